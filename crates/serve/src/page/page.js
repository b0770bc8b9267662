// The demo's page: sends images to the API, shows probabilities, and draws the heatmaps that come with them. The answer of an
// image holds the map of every class, so that switching the class or the opacity asks nothing.
"use strict";

/** Bars; if there are only a few more classes, all. */
const SHOWN_AT_ONCE = 6;
const FEW_MORE = 2;
const SENT_AT_ONCE = 3;
const TRIES = 4;
/** Longer side of a drawn heatmap, pixels; the browser scales it to the image. */
const DRAWN_SIDE = 448;
const BLUE = [0, 114, 178];
const ORANGE = [230, 159, 0];

const token = new URLSearchParams(location.search).get("token");
const byId = (id) => document.getElementById(id);
const percent = (part) => `${(part * 100).toFixed(1)} %`;
const count = (n) => n.toLocaleString("en");

let model = null;
let colors = [];
let numberOfAnswers = 0;
let sending = 0;
const waiting = [];

function headers() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Told to screen readers; what is shown says it by itself. */
function say(text) {
  byId("status").textContent = text;
}

// --- the model ---------------------------------------------------------------------------------------------------

async function loadModel() {
  try {
    const response = await fetch("/api/model", { headers: headers() });
    const document = await response.json();
    if (!response.ok) throw new Error(document.error);
    model = document;
    colors = model.colors.match(/.{6}/g).map((color) => [0, 2, 4].map((at) => parseInt(color.slice(at, at + 2), 16)));
    showModel();
  } catch (error) {
    byId("subtitle").textContent = `The model cannot be reached (${error.message}); is the demo still running? Reload the page to try again.`;
  }
}

function list(words) {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

function fact(term, text, kind) {
  const dt = document.createElement("dt");
  const dd = document.createElement("dd");
  dt.textContent = term;
  dd.textContent = text;
  if (kind) dd.className = kind;
  byId("facts").append(dt, dd);
}

function showModel() {
  const { classes } = model;
  document.title = `${model.project}: demo`;
  byId("title").textContent = model.project;
  const named = classes.length > 8 ? `${classes.length} classes, such as ${list(classes.slice(0, 5))}` : list(classes);
  byId("subtitle").textContent = `A model that tells apart ${named}`;
  fact("Trained on", `${count(model.train_images)} images, ${model.trained}`);
  if (model.accuracy === null) {
    fact("How often it is right", "It was not measured");
  } else {
    const range = model.interval ? ` (95 % interval: ${percent(model.interval[0])} to ${percent(model.interval[1])})` : "";
    fact("How often it is right", `${percent(model.accuracy)} of ${count(model.valid_images)} images that it had not learned from${range}`);
  }
  for (const caveat of model.caveats) fact("Beware", caveat, "caveat");
  if (model.weak_at === null) {
    fact("Weak at", "It was not measured class by class");
  } else if (model.weak_at.length > 0) {
    fact("Weak at", model.weak_at.map((weak) => `${weak.class} (knows ${percent(weak.recall)} of ${count(weak.images)})`).join(", "));
  }
  fact("Not meant for", model.not_for);
  fact("Answers checked", model.check, model.check_passed ? "" : "caveat");
  const licences = Object.entries(model.licences);
  if (licences.length > 0) {
    fact("Licences of collected images", licences.map(([name, n]) => `${name} (${count(n)})`).join(", "));
  }
  fact("Made with", `${model.program}: ${model.architecture}, run ${model.run}`);
  for (const credit of model.credits) {
    const item = document.createElement("li");
    const by = [credit.title ?? "Untitled", credit.author ?? "unknown author", credit.licence ?? "licence not named"];
    item.textContent = `${by.join(", ")}: ${credit.page}`;
    byId("credits").querySelector("ul").append(item);
  }
  byId("credits").hidden = model.credits.length === 0;
  if (token) byId("api").href = `/api/openapi.json?token=${encodeURIComponent(token)}`;
}

// --- asking ------------------------------------------------------------------------------------------------------

function addFiles(files) {
  const added = [...files];
  if (added.length === 0) return;
  for (const file of added) {
    const entry = makeEntry(file);
    byId("list").prepend(entry.article);
    waiting.push(entry);
  }
  byId("empty").hidden = true;
  byId("clear").hidden = false;
  say(added.length === 1 ? `Looking at ${added[0].name}` : `Looking at ${added.length} images`);
  sendNext();
}

function sendNext() {
  while (sending < SENT_AT_ONCE && waiting.length > 0) {
    const entry = waiting.shift();
    if (!entry.article.isConnected) continue;
    sending += 1;
    ask(entry).finally(() => {
      sending -= 1;
      sendNext();
    });
  }
}

async function ask(entry) {
  try {
    showAnswer(entry, await answerOf(entry.file));
  } catch (error) {
    showTrouble(entry, error.message);
  }
}

async function answerOf(file) {
  if (model && file.size > model.most_bytes) {
    throw new Error(`The file is too large (the limit is ${model.most_bytes / 1048576} MB); send a smaller copy`);
  }
  if (file.size === 0) throw new Error("The file is empty");
  for (let attempt = 1; ; attempt += 1) {
    let response;
    try {
      response = await fetch("/api/heatmap", { method: "POST", body: file, headers: { ...headers(), "Content-Type": "application/octet-stream" } });
    } catch {
      throw new Error("The demo cannot be reached; is it still running?");
    }
    const document = await response.json().catch(() => ({ error: `The demo answered with ${response.status}` }));
    if (response.ok) return document;
    const wait = Number(response.headers.get("Retry-After"));
    if (!wait || attempt === TRIES) throw new Error(document.error);
    await new Promise((done) => setTimeout(done, 1000 * Math.min(wait, 20)));
  }
}

// --- one answer --------------------------------------------------------------------------------------------------

function makeEntry(file) {
  const article = byId("answer").content.firstElementChild.cloneNode(true);
  const find = (selector) => article.querySelector(selector);
  numberOfAnswers += 1;
  const entry = { file, article, find, number: numberOfAnswers, answer: null };
  const name = file.name || "image";
  const title = find("h3");
  title.id = `answer-${entry.number}`;
  title.textContent = "Looking…";
  article.setAttribute("aria-labelledby", title.id);
  article.setAttribute("aria-busy", "true");
  find(".file").textContent = name;
  const image = find("img");
  image.alt = name;
  image.addEventListener("error", () => image.classList.add("broken"));
  image.src = URL.createObjectURL(file);
  const remove = find(".remove");
  remove.setAttribute("aria-label", `Remove ${name}`);
  remove.addEventListener("click", () => {
    const next = article.nextElementSibling ?? article.previousElementSibling;
    forget(entry);
    (next ? next.querySelector(".remove") : byId("files")).focus();
  });
  article.addEventListener("forget", () => URL.revokeObjectURL(image.src));
  return entry;
}

function forget(entry) {
  entry.article.dispatchEvent(new Event("forget"));
  entry.article.remove();
  const isEmpty = byId("list").children.length === 0;
  byId("empty").hidden = !isEmpty;
  byId("clear").hidden = isEmpty;
}

function showTrouble(entry, text) {
  entry.article.setAttribute("aria-busy", "false");
  entry.find("h3").textContent = "No answer";
  entry.find(".trouble").textContent = text;
  entry.find(".trouble").hidden = false;
  say(`${entry.file.name}: ${text}`);
}

function showAnswer(entry, answer) {
  entry.answer = answer;
  const { find } = entry;
  entry.article.setAttribute("aria-busy", "false");
  const top = answer.probs[0];
  find("h3").textContent = `${top.class}, ${percent(top.prob)}`;
  find(".answered").hidden = false;
  answer.probs.forEach((row, rank) => find(".bars").append(bar(entry, row, rank)));
  const all = find(".all");
  const more = [...find(".bars").querySelectorAll("[hidden]")].length;
  if (more > 0) {
    all.hidden = false;
    all.textContent = `Show ${more} more classes`;
    all.addEventListener("click", () => {
      all.hidden = true;
      const hidden = [...find(".bars").querySelectorAll("[hidden]")];
      hidden.forEach((row) => { row.hidden = false; });
      hidden[0].querySelector("input").focus();
    });
  }
  const select = find("select");
  select.append(new Option("no other class", ""));
  for (const map of answer.maps) select.append(new Option(map.class, map.class));
  find(".against").hidden = answer.maps.length < 2;
  select.addEventListener("change", () => draw(entry));
  find(".opacity input").addEventListener("input", () => setOpacity(entry));
  setOpacity(entry);
  draw(entry);
  say(`${entry.file.name}: ${top.class}, ${percent(top.prob)}`);
}

function bar(entry, row, rank) {
  const label = document.createElement("label");
  label.className = "bar";
  label.hidden = rank >= SHOWN_AT_ONCE && entry.answer.probs.length > SHOWN_AT_ONCE + FEW_MORE;
  const radio = document.createElement("input");
  radio.type = "radio";
  radio.name = `class-${entry.number}`;
  radio.value = row.class;
  radio.checked = rank === 0;
  radio.disabled = !entry.answer.maps.some((map) => map.class === row.class);
  radio.addEventListener("change", () => draw(entry));
  const part = (kind, text) => {
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    return span;
  };
  const track = part("track", "");
  const fill = part("fill", "");
  fill.style.width = `${row.prob * 100}%`;
  track.append(fill);
  const name = part("name", row.class);
  name.title = row.class;
  label.append(radio, name, track, part("number", percent(row.prob)));
  return label;
}

// --- heatmaps ----------------------------------------------------------------------------------------------------

function setOpacity(entry) {
  const range = entry.find(".opacity input");
  entry.find("canvas").style.opacity = range.value / 100;
  range.setAttribute("aria-valuetext", `${range.value} %`);
}

function draw(entry) {
  const { answer, find } = entry;
  const name = find(".bars input:checked").value;
  const against = find("select").value;
  const valuesOf = (wanted) => answer.maps.find((map) => map.class === wanted).values;
  const values = valuesOf(name);
  const meaning = find(".meaning");
  const isDifference = against !== "" && against !== name;
  find(".scale").classList.toggle("difference", isDifference);
  if (isDifference) {
    const other = valuesOf(against);
    const difference = values.map((value, at) => value - other[at]);
    const most = Math.max(...difference.map(Math.abs));
    paint(entry, difference.map((value) => (most > 0 ? value / most : 0)), (value) => [value < 0 ? BLUE : ORANGE, Math.abs(value)]);
    meaning.textContent = `Orange speaks for ${name} more than for ${against}, blue the other way round`;
    return;
  }
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  paint(entry, values.map((value) => (range > 0 ? (value - low) / range : 0)), (value) => [colors[Math.min(255, Math.floor(value * 256))], value]);
  meaning.textContent = range > 0 ? `Light regions speak for ${name} most` : `No region speaks for ${name}`;
}

/** Bilinear between the centers of the cells, as the studio draws it; `colorOf` gives a color and how opaque it is, 0 to 1. */
function paint(entry, cells, colorOf) {
  const { answer } = entry;
  const scale = Math.min(1, DRAWN_SIDE / Math.max(answer.width, answer.height));
  const width = Math.max(1, Math.round(answer.width * scale));
  const height = Math.max(1, Math.round(answer.height * scale));
  const canvas = entry.find("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  const [left, top, right, bottom] = answer.region;
  const place = (part, length) => {
    const at = Math.min(Math.max(part * length - 0.5, 0), length - 1);
    const first = Math.floor(at);
    return [first, Math.min(first + 1, length - 1), at - first];
  };
  for (let y = 0; y < height; y += 1) {
    const down = ((y + 0.5) / height - top) / (bottom - top);
    if (down < 0 || down > 1) continue;
    const [y0, y1, fy] = place(down, answer.rows);
    for (let x = 0; x < width; x += 1) {
      const across = ((x + 0.5) / width - left) / (right - left);
      if (across < 0 || across > 1) continue;
      const [x0, x1, fx] = place(across, answer.columns);
      const at = (row, column) => cells[row * answer.columns + column];
      const above = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * fx;
      const below = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * fx;
      const [color, alpha] = colorOf(above + (below - above) * fy);
      pixels.data.set([...color, Math.round(alpha * 255)], 4 * (y * width + x));
    }
  }
  context.putImageData(pixels, 0, 0);
}

// --- events ------------------------------------------------------------------------------------------------------

for (const id of ["files", "camera"]) {
  byId(id).addEventListener("change", (event) => {
    addFiles(event.target.files);
    // The same file can be chosen again.
    event.target.value = "";
  });
}
document.addEventListener("paste", (event) => {
  if (event.clipboardData) addFiles(event.clipboardData.files);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragged");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragged");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragged");
  addFiles(event.dataTransfer.files);
});
byId("clear").addEventListener("click", () => {
  waiting.length = 0;
  for (const article of [...byId("list").children]) article.dispatchEvent(new Event("forget"));
  byId("list").replaceChildren();
  byId("empty").hidden = false;
  byId("clear").hidden = true;
  byId("files").focus();
  say("All answers are gone");
});
loadModel();
