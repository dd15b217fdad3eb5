// The page is complete without this script, but for charts: it draws them, sorts and filters tables, and colors places.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const shown = (number) => number.toLocaleString("en-US");
const percent = (share) =>
  share >= 0.1 ? `${(share * 100).toFixed(1)}%` : `${Number((share * 100).toPrecision(3))}%`;

// Charts
const charts = read("charts");
for (const place of document.querySelectorAll("[data-chart]")) {
  await window.vegaEmbed(place, charts[place.dataset.chart], { renderer: "svg", actions: false });
  for (const part of place.children) part.setAttribute("aria-hidden", "true"); // the place has the words for it
}

// Tables that can be sorted
function sortBy(header) {
  const table = header.closest("table");
  const isText = header.dataset.kind === "text";
  const current = header.getAttribute("aria-sort");
  const descends = current === "none" ? !isText : current === "ascending";
  for (const other of table.tHead.rows[0].cells) {
    if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  }
  header.setAttribute("aria-sort", descends ? "descending" : "ascending");
  const value = (row) => row.cells[header.cellIndex].dataset.value;
  const order = (a, b) => (isText ? value(a).localeCompare(value(b)) : value(a) - value(b));
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => (descends ? order(b, a) : order(a, b))));
}
for (const header of document.querySelectorAll("th[aria-sort]")) {
  header.firstElementChild.addEventListener("click", () => sortBy(header));
}

// The classes of a split
const tallies = read("tallies");
const [FRAMES, OBJECTS, , HIDDEN, TRUNCATED, PIXELS] = [0, 1, 2, 3, 4, 5];
const rows = [...document.querySelectorAll("#class-rows tr")];
function showSplit(split) {
  const found = rows.map((row) => {
    const tally = tallies.classes[row.dataset.class][split];
    return { row, tally, share: tally[PIXELS] / tallies.pixels[split] };
  });
  const mostObjects = Math.max(...found.map((item) => item.tally[OBJECTS]));
  const mostShare = Math.max(...found.map((item) => item.share));
  for (const { row, tally, share } of found) {
    row.hidden = tally[OBJECTS] === 0;
    fill(row.cells[1], tally[OBJECTS], shown(tally[OBJECTS]), mostObjects);
    fill(row.cells[2], share, percent(share), mostShare);
    for (const [cell, number] of [[3, FRAMES], [4, HIDDEN], [5, TRUNCATED]]) {
      row.cells[cell].dataset.value = tally[number];
      row.cells[cell].textContent = shown(tally[number]);
    }
  }
  const kept = found.filter((item) => !item.row.hidden).length;
  document.getElementById("split-count").textContent = `${kept} classes`;
  const header = document.querySelector("table.classes th:not([aria-sort=none])");
  header.setAttribute("aria-sort", header.ariaSort === "descending" ? "ascending" : "descending");
  sortBy(header); // in the same order as before
}
function fill(cell, value, words, most) {
  cell.dataset.value = value;
  cell.firstElementChild.textContent = words;
  cell.firstElementChild.style.setProperty("--share", most ? value / most : 0);
}
document.getElementById("split").addEventListener("change", (event) => showSplit(event.target.value));

// Places in the image: gray pictures, colored as the page is, with the share of the pixels under the pointer
function colorPlace(figure) {
  const image = figure.querySelector("img");
  const canvas = figure.querySelector("canvas") || document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  const gray = pixels.data.filter((_, index) => index % 4 === 0);
  const [low, middle, high] = ["--low", "--accent", "--high"].map(colorOf);
  gray.forEach((value, index) => {
    const [from, to, part] = value < 128 ? [low, middle, value / 128] : [middle, high, (value - 128) / 127];
    for (let channel = 0; channel < 3; channel++) {
      pixels.data[index * 4 + channel] = from[channel] + (to[channel] - from[channel]) * part;
    }
  });
  context.putImageData(pixels, 0, 0);
  if (canvas.isConnected) return;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", image.alt);
  image.hidden = true;
  image.style.display = "none";
  image.before(canvas);
  const words = figure.querySelector("figcaption span");
  const usual = words.textContent;
  canvas.addEventListener("pointermove", (event) => {
    const x = Math.floor((event.offsetX / canvas.clientWidth) * canvas.width);
    const y = Math.floor((event.offsetY / canvas.clientHeight) * canvas.height);
    const value = gray[Math.min(y, canvas.height - 1) * canvas.width + Math.min(x, canvas.width - 1)];
    words.textContent = `${percent(figure.dataset.most * (value / 255) ** 2)} here`;
  });
  canvas.addEventListener("pointerleave", () => (words.textContent = usual));
}
function colorOf(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim().slice(1);
  const digits = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((start) => parseInt(digits.slice(start, start + 2), 16));
}
const places = [...document.querySelectorAll(".place")];
async function colorPlaces() {
  for (const figure of places) {
    const image = figure.querySelector("img");
    image.loading = "eager";
    await image.decode();
    colorPlace(figure);
  }
}
colorPlaces();
for (const query of ["(prefers-color-scheme: dark)", "print"]) {
  matchMedia(query).addEventListener("change", () => places.forEach(colorPlace));
}
