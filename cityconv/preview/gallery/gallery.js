"use strict";
// The grid of frames. `frames.js` calls `showIndex` with what there is.

const BATCH = 60; // cards that are added at a time
const byId = (id) => document.getElementById(id);
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

const gallery = {
  classes: [], // {name, color, count}
  layers: [],
  frames: [], // all, see `toFrame`
  matching: [], // those that the filters leave, in order
  shown: 0, // how many of these have a card
};

function showIndex(index) {
  gallery.layers = index.layers;
  gallery.classes = index.classes.map(([name, color, count]) => ({ name, color, count }));
  gallery.frames = index.frames.map((row) => toFrame(row, index));
  const objects = gallery.classes.reduce((sum, item) => sum + item.count, 0);
  document.title = `${index.title} – preview`;
  byId("title").textContent = index.title;
  byId("summary").textContent = [
    counted(gallery.frames.length, "frame"),
    counted(objects, "object"),
    `${gallery.classes.length.toLocaleString("en")} ${gallery.classes.length === 1 ? "class" : "classes"}`,
  ].join(" · ");
  fillSelect("split", "All splits", index.splits.map((name) => [name, name]));
  fillSelect("city", "All cities", index.cities.filter(Boolean).sort().map((name) => [name, name]));
  fillSelect("class", "All classes", gallery.classes.map((item, number) => [number, `${item.name} (${item.count.toLocaleString("en")})`]));
  byId("bare-switch").hidden = !gallery.frames.some((frame) => frame.photograph);
  new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && addCards(), { rootMargin: "800px" })
    .observe(byId("more"));
  filterFrames();
  openFromAddress();
}

function toFrame([split, city, name, hasPhotograph, width, height, pairs], index) {
  const counts = new Map();
  let objects = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    counts.set(pairs[at], pairs[at + 1]);
    objects += pairs[at + 1];
  }
  const frame = { split: index.splits[split], city: index.cities[city], name, width, height, counts, objects };
  const path = [frame.split, frame.city, name].filter(Boolean).join("/").split("/").map(encodeURIComponent).join("/");
  frame.path = path;
  const picture = path.replace(/[^/]*$/, "preview_$&");
  frame.picture = `pictures/${picture}.${hasPhotograph ? "jpg" : "png"}`;
  frame.photograph = hasPhotograph ? `photographs/${picture}.jpg` : "";
  frame.data = `objects/${path}.js`;
  frame.text = `${frame.split}/${frame.city}/${name}`.toLowerCase();
  return frame;
}

function fillSelect(id, all, options) {
  const select = byId(id);
  select.replaceChildren(new Option(all, ""), ...options.map(([value, text]) => new Option(text, value)));
  select.closest("label").hidden = options.length < 2;
}

// Filters

function filterFrames() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const [split, city, chosen, order] = ["split", "city", "class", "order"].map((id) => byId(id).value);
  gallery.matching = gallery.frames.filter(
    (frame) =>
      (!split || frame.split === split) &&
      (!city || frame.city === city) &&
      (!chosen || frame.counts.has(Number(chosen))) &&
      words.every((word) => frame.text.includes(word)),
  );
  if (order) {
    const number = (frame) => (chosen ? frame.counts.get(Number(chosen)) : frame.objects);
    const sign = order === "most" ? -1 : 1;
    gallery.matching.sort((one, other) => sign * (number(one) - number(other)));
  }
  const all = gallery.matching.length === gallery.frames.length;
  byId("count").textContent = all
    ? counted(gallery.frames.length, "frame")
    : `${gallery.matching.length.toLocaleString("en")} of ${counted(gallery.frames.length, "frame")}`;
  byId("none").hidden = gallery.matching.length > 0;
  byId("grid").replaceChildren();
  gallery.shown = 0;
  addCards();
}

function addCards() {
  const next = gallery.matching.slice(gallery.shown, gallery.shown + BATCH);
  gallery.shown += next.length;
  byId("grid").append(...next.map(toCard));
}

function toCard(frame) {
  const card = document.createElement("li");
  const link = document.createElement("a");
  link.href = `#${frame.path}`;
  const image = document.createElement("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.width = frame.width;
  image.height = frame.height;
  image.alt = "";
  image.src = cardPicture(frame);
  image.dataset.path = frame.path;
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = frame.name;
  const facts = document.createElement("span");
  facts.className = "facts";
  const chosen = byId("class").value;
  const objects = chosen
    ? `${frame.counts.get(Number(chosen)).toLocaleString("en")} ${gallery.classes[chosen].name}`
    : counted(frame.objects, "object");
  facts.textContent = [frame.split, objects].join(" · ");
  link.append(image, name, facts);
  card.append(link);
  return card;
}

function cardPicture(frame) {
  return byId("bare").checked && frame.photograph ? frame.photograph : frame.picture;
}

byId("filters").addEventListener("input", filterFrames);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("reset").addEventListener("click", () => {
  byId("filters").reset();
  filterFrames();
  byId("search").focus();
});
byId("bare").addEventListener("change", () => {
  const byPath = new Map(gallery.matching.map((frame) => [frame.path, frame]));
  for (const image of byId("grid").querySelectorAll("img")) image.src = cardPicture(byPath.get(image.dataset.path));
});
