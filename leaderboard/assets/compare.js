"use strict";
// Two models of a board: the pairs of the board lie in a script of their own, which is read when the board is chosen.

const form = document.getElementById("compare");
const answer = document.getElementById("answer");
const known = new Map(); // file of a board → its document, once it was read
let board = null;
let arrived = null;

const fixed = (value, digits = 3) => value.toFixed(digits).replace("-", "−");
const signed = (value) => (value < 0 ? fixed(value) : `+${fixed(value)}`);
const within = (low, high, show = fixed) => `[${show(low)}, ${show(high)}]`;
const probability = (p) => (p < 0.001 ? "p < 0.001" : `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`);
const made = (name, text, className) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
};

function fill(select, chosen) {
  select.replaceChildren(...board.models.map((model, place) => {
    const option = made("option", model[0]);
    option.value = place;
    option.selected = place === chosen;
    return option;
  }));
}

// eslint-disable-next-line no-unused-vars -- called by the scripts of the boards
function showPairs(document_) {
  arrived = document_;
}

// The address names what is shown, so that a pair can be sent to somebody, and Back shows the one before.
function addressed() {
  const named = new URLSearchParams(location.hash.slice(1));
  return { board: named.get("board"), a: named.get("a"), b: named.get("b") };
}

function address() {
  const label = (name) => board.models[Number(form.elements[name].value)][0];
  const named = new URLSearchParams({ board: form.elements.board.selectedOptions[0].dataset.id, a: label("a"), b: label("b") });
  location.hash = named.toString();
}

// What the address names, or the first board and its first two models; a name that is not there is said.
function restore() {
  const wanted = addressed();
  const option = [...form.elements.board.options].find((each) => each.dataset.id === wanted.board);
  form.elements.board.value = (option ?? form.elements.board.options[0]).value;
  read(() => {
    const places = [wanted.a, wanted.b].map((label) => board.models.findIndex((model) => model[0] === label));
    const missing = [wanted.board && !option ? wanted.board : null, ...[wanted.a, wanted.b].filter((label, k) => label && places[k] < 0)].filter(Boolean);
    const a = places[0] < 0 ? Number(places[1] === 0 && board.models.length > 1) : places[0];
    fill(form.elements.a, a);
    fill(form.elements.b, places[1] < 0 ? Math.min(a === 0 ? 1 : 0, board.models.length - 1) : places[1]);
    show();
    if (missing.length) answer.prepend(made("p", `Not here: ${missing.join(", ")}. Shown instead:`, "warning"));
  });
}

// The pair as A − B, whichever way round it is kept.
function pairOf(a, b) {
  const found = board.pairs.find((pair) => (pair[0] === a && pair[1] === b) || (pair[0] === b && pair[1] === a));
  if (!found) return null;
  const [first, , low, high, lowAgain, highAgain, ...numbers] = found;
  const value = Object.fromEntries(board.numbers.map((name, k) => [name, numbers[k]]));
  value.interval = [low, high];
  value.again = lowAgain === null ? null : [lowAgain, highAgain];
  if (first !== a) {
    value.difference = -value.difference;
    value.interval = [-high, -low];
    if (value.difference_retrained !== null) value.difference_retrained = -value.difference_retrained;
    if (value.again) value.again = [-highAgain, -lowAgain];
    [value.p_worse, value.p_better] = [value.p_better, value.p_worse];
  }
  return value;
}

function show() {
  const a = Number(form.elements.a.value);
  const b = Number(form.elements.b.value);
  const parts = [made("p", `${board.title} · ${board.data.toUpperCase()} · ${board.protocol}, ${board.endpoint.replaceAll("_", " ")} · ${board.patients} · ${board.metric}`, "facts")];
  for (const place of [a, b]) {
    const [label, value, low, high] = board.models[place];
    const line = made("p");
    line.append(made("b", label), ` ${fixed(value)} ${within(low, high)}`);
    parts.push(line);
  }
  const pair = a === b ? null : pairOf(a, b);
  parts.push(pair ? columns(pair, board.models[a][0]) : made("p", a === b ? "The same model twice: choose another." : "This pair was not computed.", "muted"));
  if (pair) parts.push(figures(a, b));
  answer.replaceChildren(...parts);
}

// Curves of both models with their bands, and how far they agree on who is at risk.
function figures(a, b) {
  const grid = made("div", undefined, "figures");
  for (const item of board.curves) grid.append(curve(item, a, b));
  const table = agreement(a, b);
  if (table) grid.append(table);
  return grid;
}

function drawing(width, height, label) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", "100%");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const add = (name, attributes, text) => {
    const element = document.createElementNS(svg.namespaceURI, name);
    for (const [key, each] of Object.entries(attributes)) element.setAttribute(key, each);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
  };
  return [svg, add];
}

function framed(title, about, svg) {
  const figure = made("figure", undefined, "card");
  const caption = made("figcaption");
  caption.append(made("h3", title), about);
  figure.append(caption, svg);
  return figure;
}

function legend(a, b) {
  const list = made("ul", undefined, "legend");
  for (const [place, colour] of [[a, 1], [b, 2]]) {
    const item = made("li");
    item.append(made("i", undefined, `k${colour}`), board.models[place][0]);
    list.append(item);
  }
  return list;
}

function curve(item, a, b) {
  const time = item.axis !== "false positive rate";
  const [width, height, left, top, bottom] = [480, 330, 40, 8, 36];
  const used = [a, b].flatMap((place) => item.models[place].flat()).filter((value) => value !== null);
  const low = time ? Math.floor(Math.min(500, ...used) / 100) * 100 : 0;
  const [first, last] = time ? [0, Math.max(...item.x)] : [0, 1];
  const x = (value) => left + ((width - left - 8) * (value - first)) / (last - first);
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / (1000 - low));
  const [svg, add] = drawing(width, height, `${item.name} of ${board.models[a][0]} and ${board.models[b][0]}, with 95 % bands`);
  for (let value = low; value <= 1000; value += time ? 100 : 250) {
    add("line", { x1: left, x2: width - 8, y1: y(value), y2: y(value), class: "grid" });
    add("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, (value / 1000).toFixed(time ? 1 : 2));
  }
  for (const value of time ? [...Array(Math.floor(last) + 1).keys()].filter((k) => last <= 8 || k % 2 === 0) : [0, 0.25, 0.5, 0.75, 1]) {
    add("text", { x: x(value), y: height - bottom + 16, "text-anchor": "middle" }, String(value));
  }
  add("text", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle" }, item.axis);
  for (const [place, colour] of [[b, 2], [a, 1]]) {
    const known = item.x.map((value, k) => [value, ...item.models[place].map((series) => series[k])]).filter((row) => !row.includes(null));
    const band = [...known.map((row) => [row[0], row[3]]), ...known.map((row) => [row[0], row[2]]).reverse()];
    const line = (points) => points.map((point) => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(" ");
    add("polygon", { points: line(band), class: `band f${colour}` });
    add("polyline", { points: line(known), class: `curve s${colour}` });
  }
  return framed(item.name, legend(a, b), svg);
}

function agreement(a, b) {
  const text = board.agreement[`${a},${b}`] ?? board.agreement[`${b},${a}`];
  if (!text) return null;
  const swapped = board.agreement[`${a},${b}`] === undefined;
  const counts = text.match(/\+..|./g).map((digits) => Number.parseInt(digits, 36)); // larger ones: a plus and two digits
  const most = Math.max(...counts);
  const [size, left] = [80, 44];
  const [svg, add] = drawing(left + 5 * size + 8, 5 * size + 46, "Patients by fifth of risk under both models");
  for (let k = 0; k < 25; k += 1) {
    const [one, other] = [Math.floor(k / 5), k % 5];
    const [column, row] = swapped ? [other, one] : [one, other];
    const [cx, cy] = [left + size * (column + 0.5), size * (4.5 - row)];
    add("rect", { x: cx - size / 2, y: cy - size / 2, width: size, height: size, class: "cell" });
    for (const [shift, count, colour] of [[-15, counts[k], 0], [15, counts[25 + k], 2]]) {
      if (count) add("circle", { cx: cx + shift, cy, r: (33 * Math.sqrt(count / most)).toFixed(1), class: `f${colour} faint` });
    }
  }
  for (let k = 0; k < 5; k += 1) {
    add("text", { x: left + size * (k + 0.5), y: 5 * size + 16, "text-anchor": "middle" }, String(k + 1));
    add("text", { x: left - 8, y: size * (4.5 - k) + 4, "text-anchor": "end" }, String(k + 1));
  }
  add("text", { x: left + 2.5 * size, y: 5 * size + 36, "text-anchor": "middle" }, "fifth of risk under A (5: highest)");
  add("text", { x: 12, y: 2.5 * size, "text-anchor": "middle", transform: `rotate(-90 12 ${2.5 * size})` }, "fifth under B");
  const about = made("p", "Area: patients, grey without and orange with the event, by their mean rank within test folds. On the diagonal both models see the same patients as high risk.");
  return framed("Do they see the same patients?", about, svg);
}

// A pair that was picked after looking at the board has to stand the adjustment for all pairs.
function verdict(alone, adjusted, differ) {
  if (!alone) return "cannot be told apart";
  return adjusted < 0.05 ? differ : `${differ} only if this pair was chosen beforehand`;
}

function columns(pair, name) {
  const grid = made("div", undefined, "pair");
  const fitted = pair.interval[0] > 0 || pair.interval[1] < 0;
  const left = made("section");
  left.append(
    made("h2", "These fitted models"),
    made("p", verdict(fitted, pair.p_fitted_holm, "differ"), "short"),
    made("p", `A − B ${signed(pair.difference)} ${within(...pair.interval, signed)}, ${probability(pair.p_fitted)}; among all pairs of the board, adjusted, ${probability(pair.p_fitted_holm)}.`),
    drawn(pair.difference, pair.interval, pair),
    made("p", `${board.tested} patients could detect a difference of ${fixed(pair.minimal_detectable_difference)} between models like these with 80 % power.`),
  );
  const right = made("section");
  right.append(made("h2", "These algorithms, trained again"));
  if (pair.again === null) {
    right.append(made("p", "not known", "short"), made("p", "A single split, or one for each site, says nothing of training again."));
  } else {
    right.append(
      made("p", verdict(pair.p_retrained < 0.05, pair.p_retrained_holm, "would differ"), "short"),
      made("p", `A − B ${signed(pair.difference_retrained)} ${within(...pair.again, signed)}, ${probability(pair.p_retrained)}; adjusted ${probability(pair.p_retrained_holm)}.`),
      drawn(pair.difference_retrained, pair.again, pair),
      made("p", `Probability that ${name} is worse by more than ${board.margin}: ${pair.p_worse.toFixed(2)}; within it, so equal for practical purposes: ${pair.p_equivalent.toFixed(2)}; better by more: ${pair.p_better.toFixed(2)}.`),
    );
  }
  grid.append(left, right);
  return grid;
}

// The difference on one axis for both questions, with 0 and the margin.
function drawn(value, interval, pair) {
  const reach = 1.08 * Math.max(board.margin, ...[...pair.interval, ...(pair.again ?? [])].map(Math.abs));
  const at = (x) => `${(50 + (50 * x) / reach).toFixed(1)}%`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const add = (name, attributes, text) => {
    const element = document.createElementNS(svg.namespaceURI, name);
    for (const [key, each] of Object.entries(attributes)) element.setAttribute(key, each);
    if (text) element.textContent = text;
    svg.append(element);
  };
  svg.setAttribute("width", "100%");
  svg.setAttribute("height", "56");
  svg.setAttribute("class", "forest");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Difference ${signed(value)}, interval ${within(...interval, signed)}`);
  add("rect", { x: at(-board.margin), width: `${((100 * board.margin) / reach).toFixed(1)}%`, y: 4, height: 32, class: "zone wide" });
  add("line", { x1: at(0), x2: at(0), y1: 4, y2: 36, class: "coin" });
  add("line", { x1: at(interval[0]), x2: at(interval[1]), y1: 20, y2: 20, class: "whisker leading" });
  add("circle", { cx: at(value), cy: 20, r: 5, class: "mark leading" });
  for (const x of [-board.margin, 0, board.margin]) add("text", { x: at(x), y: 51, "text-anchor": "middle" }, x === 0 ? "0" : signed(x).replace(/0+$/, ""));
  return svg;
}

// Read the chosen board, if it was not read before; then go on, unless another was chosen meanwhile.
function read(then) {
  const file = form.elements.board.value;
  const go = () => {
    if (form.elements.board.value !== file) return;
    board = known.get(file);
    then();
  };
  if (known.has(file)) {
    go();
    return;
  }
  const script = document.createElement("script");
  script.src = form.dataset.root + file;
  script.addEventListener("load", () => {
    known.set(file, arrived);
    script.remove();
    go();
  });
  script.addEventListener("error", () => answer.replaceChildren(made("p", `${file} cannot be read: the folder of this site is not whole.`, "warning")));
  document.head.append(script);
}

// The models of the pair stay where the new board has them, too.
form.elements.board.addEventListener("input", () => {
  const before = ["a", "b"].map((name) => (board ? board.models[Number(form.elements[name].value)][0] : null));
  read(() => {
    const places = before.map((label) => board.models.findIndex((model) => model[0] === label));
    const both = places.every((place) => place >= 0);
    fill(form.elements.a, both ? places[0] : 0);
    fill(form.elements.b, both ? places[1] : Math.min(1, board.models.length - 1));
    address();
  });
});
for (const name of ["a", "b"]) form.elements[name].addEventListener("input", address);
form.elements.swap.addEventListener("click", () => {
  [form.elements.a.value, form.elements.b.value] = [form.elements.b.value, form.elements.a.value];
  address();
});
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", restore);
if (form.elements.board.options.length) restore();
