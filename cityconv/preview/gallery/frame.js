"use strict";
// One frame: its picture as layers of an SVG, and the list of its objects. `objects/*.js` call `showFrame`.

const SVG = "http://www.w3.org/2000/svg";
const TEXT = 12; // size of names on the screen, in pixels
const MOST_ZOOM = 32;
const viewer = {
  frame: null, // of `gallery.frames`
  data: null,
  layers: null, // names of the layers that are shown
  hidden: new Set(), // names of the classes that are not shown
  view: null, // x, y, width, height of what is seen, in pixels of the picture
};

// Opening and closing

function openFromAddress() {
  const path = location.hash.slice(1);
  const frame = path && gallery.frames.find((item) => item.path === path);
  if (!frame) {
    byId("viewer").close();
    return;
  }
  viewer.frame = frame;
  viewer.layers ??= new Set(frame.photograph ? gallery.layers : [...gallery.layers, "masks"]);
  byId("frame-name").textContent = frame.name;
  const order = gallery.matching.indexOf(frame);
  const place = order < 0 ? "" : `${(order + 1).toLocaleString("en")} of ${gallery.matching.length.toLocaleString("en")}`;
  byId("frame-place").textContent = [frame.split, frame.city, place].filter(Boolean).join(" · ");
  byId("previous").disabled = order <= 0;
  byId("next").disabled = order < 0 || order === gallery.matching.length - 1;
  byId("problem").hidden = true;
  if (!byId("viewer").open) byId("viewer").showModal();
  loadObjects(frame);
}

function loadObjects(frame) {
  const script = document.createElement("script");
  script.src = frame.data;
  script.onload = () => script.remove();
  script.onerror = () => {
    script.remove();
    byId("problem").textContent = `${frame.data} cannot be loaded.`;
    byId("problem").hidden = false;
  };
  document.head.append(script);
}

function showFrame(path, data) {
  if (!viewer.frame || viewer.frame.path !== path.split("/").map(encodeURIComponent).join("/")) return;
  viewer.data = data;
  drawPicture();
  listClasses();
  listObjects();
  fit();
  applyLayers();
}

function leave(frame) {
  if (frame) location.replace(`#${frame.path}`);
  else byId("viewer").close();
}

function step(distance) {
  const at = gallery.matching.indexOf(viewer.frame);
  if (at >= 0 && gallery.matching[at + distance]) leave(gallery.matching[at + distance]);
}

// The picture

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function drawPicture() {
  const { size, picture, classes, objects } = viewer.data;
  const [width, height] = picture;
  const scale = width / size[0];
  for (const id of ["ground", "photograph"]) {
    byId(id).setAttribute("width", width);
    byId(id).setAttribute("height", height);
  }
  byId("viewer").style.setProperty("--aspect", `${width} / ${height}`);
  byId("picture").classList.toggle("flat", !viewer.frame.photograph);
  if (viewer.frame.photograph) byId("photograph").setAttribute("href", viewer.frame.photograph);
  else byId("photograph").removeAttribute("href");
  byId("picture-title").textContent = `${viewer.frame.name}: ${counted(objects.length, "object")}`;
  const parts = { regions: [], boxes: [], names: [] };
  objects.forEach(([kind, , , corners, anchor, path], number) => {
    const [name, color] = classes[kind];
    const shared = { "data-object": number, "data-class": name, style: `--color: ${color}` };
    if (path) parts.regions.push(element("path", { d: path, ...shared }));
    if (corners.length) parts.boxes.push(element("polygon", { points: corners.map((value) => value * scale).join(" "), ...shared }));
    const text = element("text", shared);
    text.textContent = name;
    const [x, y, room] = corners.length ? boxAnchor(corners, scale) : anchor;
    Object.assign(text.dataset, { x, y, room, boxed: corners.length ? "1" : "" });
    parts.names.push(text);
  });
  for (const [id, made] of Object.entries(parts)) byId(id).replaceChildren(...made);
  mark(null);
}

function boxAnchor(corners, scale) {
  const xs = corners.filter((_, at) => at % 2 === 0);
  const ys = corners.filter((_, at) => at % 2 === 1);
  const left = Math.min(...xs) * scale;
  return [left, Math.min(...ys) * scale, Math.max(...xs) * scale - left];
}

function applyLayers() {
  for (const input of byId("layers").querySelectorAll("input")) {
    input.checked = viewer.layers.has(input.value);
    byId("picture").classList.toggle(`no-${input.value}`, !input.checked);
  }
  for (const item of byId("viewer").querySelectorAll("[data-class]")) {
    item.classList.toggle("off", viewer.hidden.has(item.dataset.class));
  }
  placeNames();
}

// Moving about

function setView(x, y, width) {
  const [full, high] = viewer.data.picture;
  const wide = Math.min(Math.max(width, full / MOST_ZOOM), full);
  const tall = (wide * high) / full;
  viewer.view = {
    x: Math.min(Math.max(x, 0), full - wide),
    y: Math.min(Math.max(y, 0), high - tall),
    width: wide,
    height: tall,
  };
  byId("picture").setAttribute("viewBox", `${viewer.view.x} ${viewer.view.y} ${wide} ${tall}`);
  byId("zoom-out").disabled = byId("zoom-fit").disabled = wide === full;
  byId("zoom-in").disabled = wide <= full / MOST_ZOOM;
  placeNames();
}

function fit() {
  setView(0, 0, viewer.data.picture[0]);
}

function zoom(factor, clientX, clientY) {
  const { x, y, width, height } = viewer.view;
  const at = clientX === undefined ? { x: x + width / 2, y: y + height / 2 } : toPicture(clientX, clientY);
  const wide = Math.min(Math.max(width / factor, viewer.data.picture[0] / MOST_ZOOM), viewer.data.picture[0]);
  const share = wide / width;
  setView(at.x - (at.x - x) * share, at.y - (at.y - y) * share, wide);
}

function toPicture(clientX, clientY) {
  return new DOMPoint(clientX, clientY).matrixTransform(byId("picture").getScreenCTM().inverse());
}

// Names keep their size on the screen. One that has no room, or would cover that of a larger object, is not shown.
function placeNames() {
  const matrix = byId("picture").getScreenCTM();
  if (!matrix || !matrix.a) return;
  const unit = 1 / matrix.a;
  const placed = [];
  const larger = [...byId("names").children].sort((one, other) => other.dataset.room - one.dataset.room);
  for (const text of larger) {
    const room = Number(text.dataset.room);
    const boxed = text.dataset.boxed === "1";
    const length = text.textContent.length * TEXT * 0.6 * unit;
    const x = Number(text.dataset.x) + 2 * unit * boxed;
    const y = boxed ? Math.max(text.dataset.y - 4 * unit, TEXT * unit) : Number(text.dataset.y) + (TEXT / 3) * unit;
    const left = boxed ? x : x - length / 2;
    const hides = ([otherLeft, otherRight, otherY]) =>
      left < otherRight && otherLeft < left + length && Math.abs(y - otherY) < TEXT * 1.2 * unit;
    const isShown = room > (boxed ? length / 2 : length) && !viewer.hidden.has(text.dataset.class) && !placed.some(hides);
    text.classList.toggle("cramped", !isShown);
    if (!isShown) continue;
    placed.push([left, left + length, y]);
    text.setAttribute("x", x);
    text.setAttribute("y", y);
    text.setAttribute("text-anchor", boxed ? "start" : "middle");
    text.style.fontSize = `${TEXT * unit}px`;
    text.style.strokeWidth = `${3 * unit}px`;
  }
}

// Lists

function listClasses() {
  const counts = new Map();
  for (const [kind] of viewer.data.objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const rows = [...counts].sort((one, other) => other[1] - one[1]).map(([kind, count]) => {
    const [name, color] = viewer.data.classes[kind];
    const label = document.createElement("label");
    label.className = "class";
    const input = document.createElement("input");
    input.type = "checkbox";
    input.value = name;
    input.checked = !viewer.hidden.has(name);
    label.append(input, swatch(color), textSpan("name", name), textSpan("number", count.toLocaleString("en")));
    return label;
  });
  byId("class-list").replaceChildren(...rows);
}

function listObjects() {
  const { classes, objects } = viewer.data;
  byId("objects-title").textContent = counted(objects.length, "object");
  byId("objects").replaceChildren(
    ...objects.map(([kind, isCrowd, area], number) => {
      const [name, color] = classes[kind];
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.object = number;
      const size = area === null ? "" : `${area.toLocaleString("en")} px`;
      button.append(swatch(color), textSpan("name", name + (isCrowd ? " (group)" : "")), textSpan("number", size));
      const item = document.createElement("li");
      item.dataset.class = name;
      item.append(button);
      return item;
    }),
  );
}

function swatch(color) {
  const made = document.createElement("i");
  made.style.background = color;
  return made;
}

function textSpan(kind, text) {
  const made = document.createElement("span");
  made.className = kind;
  made.textContent = text;
  return made;
}

// The object that the pointer or the focus is on

function mark(number, fromPicture = false) {
  for (const marked of byId("objects").querySelectorAll(".marked")) marked.classList.remove("marked");
  const item = number === null ? null : viewer.data.objects[number];
  for (const path of byId("mark").children) path.setAttribute("d", item ? outlineOf(item) : "");
  if (!item) return;
  const button = byId("objects").querySelector(`[data-object="${number}"]`);
  button.classList.add("marked");
  if (fromPicture) button.scrollIntoView({ block: "nearest" });
}

function outlineOf([, , , corners, , path]) {
  if (path) return path;
  const scale = viewer.data.picture[0] / viewer.data.size[0];
  return corners.length ? `M${corners.map((value) => value * scale).join(" ")}z` : "";
}

function zoomTo(number) {
  mark(number);
  const box = byId("mark").firstElementChild.getBBox();
  if (!box.width) return;
  const [full, high] = viewer.data.picture;
  const wide = Math.min(full, Math.max(box.width * 2, (box.height * 2 * full) / high, full / 8));
  setView(box.x + box.width / 2 - wide / 2, box.y + box.height / 2 - (wide * high) / full / 2, wide);
}

// Events

const numberOf = (target) => {
  const found = target.closest?.("[data-object]");
  return found ? Number(found.dataset.object) : null;
};

addEventListener("hashchange", openFromAddress);
addEventListener("resize", () => viewer.data && placeNames());
byId("viewer").addEventListener("close", () => {
  const path = viewer.frame?.path;
  viewer.frame = null;
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  document.querySelector(`a[href="#${CSS.escape(path ?? "")}"]`)?.focus();
});
byId("close").addEventListener("click", () => leave(null));
byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("zoom-in").addEventListener("click", () => zoom(1.5));
byId("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
byId("zoom-fit").addEventListener("click", fit);
byId("layers").addEventListener("change", ({ target }) => {
  viewer.layers[target.checked ? "add" : "delete"](target.value);
  applyLayers();
});
byId("class-list").addEventListener("change", ({ target }) => {
  viewer.hidden[target.checked ? "delete" : "add"](target.value);
  applyLayers();
});
for (const [id, all] of [["all-classes", true], ["no-classes", false]]) {
  byId(id).addEventListener("click", () => {
    for (const [name] of viewer.data.classes) viewer.hidden[all ? "delete" : "add"](name);
    listClasses();
    applyLayers();
  });
}
byId("objects").addEventListener("pointerover", ({ target }) => mark(numberOf(target)));
byId("objects").addEventListener("pointerleave", () => mark(null));
byId("objects").addEventListener("focusin", ({ target }) => mark(numberOf(target)));
byId("objects").addEventListener("focusout", () => mark(null));
byId("objects").addEventListener("click", ({ target }) => numberOf(target) !== null && zoomTo(numberOf(target)));
byId("picture").addEventListener("pointerover", ({ target }) => mark(numberOf(target), true));
byId("picture").addEventListener("pointerleave", () => mark(null));
byId("picture").addEventListener("dblclick", ({ clientX, clientY }) => zoom(2, clientX, clientY));
byId("picture").addEventListener("wheel", (event) => {
  if (!viewer.data) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
}, { passive: false });

const pointers = new Map(); // where each pressed pointer is
byId("picture").addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, event);
  byId("picture").setPointerCapture(event.pointerId);
});
byId("picture").addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before || !viewer.data) return;
  const [one, other] = [...pointers.values()];
  if (other) {
    const still = before === one ? other : one;
    const distance = (point) => Math.hypot(point.clientX - still.clientX, point.clientY - still.clientY);
    zoom(distance(event) / Math.max(distance(before), 1), (event.clientX + still.clientX) / 2, (event.clientY + still.clientY) / 2);
  } else {
    const unit = 1 / byId("picture").getScreenCTM().a;
    setView(
      viewer.view.x - (event.clientX - before.clientX) * unit,
      viewer.view.y - (event.clientY - before.clientY) * unit,
      viewer.view.width,
    );
  }
  pointers.set(event.pointerId, event);
});
for (const name of ["pointerup", "pointercancel"]) {
  byId("picture").addEventListener(name, (event) => pointers.delete(event.pointerId));
}

byId("viewer").addEventListener("keydown", (event) => {
  if (!viewer.data || event.ctrlKey || event.metaKey || event.altKey) return;
  const actions = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    0: fit,
  };
  if (event.key in actions) {
    event.preventDefault();
    actions[event.key]();
  }
});
