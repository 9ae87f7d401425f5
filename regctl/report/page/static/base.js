"use strict";
// What every drawing needs: elements, scales, numbers, the box that follows the pointer. All texts are set as text.

const SVG = "http://www.w3.org/2000/svg";
const LETTER = 6.6; // mean width of a letter of the axes, in pixels
const SHAPES = {
  circle: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
  ring: "M-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0",
  square: "M-3.4,-3.4h6.8v6.8h-6.8z",
  diamond: "M0,-6L6,0L0,6L-6,0z",
  times: "M-3,-3L3,3M-3,3L3,-3",
  up: "M0,-6L6,5L-6,5z",
  down: "M0,6L6,-5L-6,-5z",
};

function html(name, attributes = {}, text = null) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}

function svg(parent, name, attributes = {}, text = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  parent.append(made);
  return made;
}

function cut(text, letters) {
  const all = Array.from(text);
  return all.length <= letters ? text : `${all.slice(0, letters - 1).join("")}…`;
}

function width(text) {
  return LETTER * Array.from(text).length;
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** From an axis's own numbers to pixels; 0 has a place of its own on a log axis that breaks before it. */
function scale(axis, start, end) {
  const bent = (value) => (axis.log ? Math.log(Math.max(value, 1e-300)) : value);
  const low = bent(axis.low);
  const high = bent(axis.high);
  const [from, to] = axis.reverse ? [end, start] : [start, end];
  return (value) => {
    const at = axis.zero != null && value <= 0 ? axis.zero : value;
    return from + ((bent(at) - low) / (high - low || 1)) * (to - from);
  };
}

/** A part's colour: by a name of the style sheet, or by a pair of its own for light and for dark paper. */
function coloured(element, series) {
  if (series.colours) {
    element.classList.add("c-own");
    element.style.setProperty("--light", series.colours[0]);
    element.style.setProperty("--dark", series.colours[1]);
  } else {
    element.classList.add(`c-${series.role}`);
  }
  return element;
}

/** The box that says what is under the pointer or at the keyboard's place. */
class Tip {
  constructor(host) {
    this.host = host;
    this.box = html("div", { class: "tip", role: "status", "aria-live": "polite" });
    this.box.hidden = true;
    host.append(this.box);
  }

  show(x, y, heading, rows) {
    this.box.replaceChildren(html("strong", {}, cut(heading, 80)));
    for (const { name, value, series } of rows) {
      const line = html("div");
      if (series) line.append(coloured(html("span", { class: "swatch", "aria-hidden": "true" }), series));
      line.append(html("span", {}, cut(name, 60)), html("b", {}, value));
      this.box.append(line);
    }
    this.box.hidden = false;
    const room = this.host.clientWidth - this.box.offsetWidth;
    const left = x + 14 <= room ? x + 14 : x - 14 - this.box.offsetWidth;
    this.box.style.left = `${clamp(left, 0, Math.max(room, 0))}px`;
    this.box.style.top = `${Math.max(0, y - this.box.offsetHeight - 10)}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}

/** Keys and pointer of a plot: `move(dx, dy)` for arrows, `point(x, y)` in pixels, `leave()`. */
function steered(plot, { move, point, leave }) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    const step = steps[event.key] || { Home: [-Infinity, 0], End: [Infinity, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    move(...step);
  });
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    point(event.clientX - box.left, event.clientY - box.top);
  });
  plot.addEventListener("pointerdown", (event) => {
    const box = plot.getBoundingClientRect();
    point(event.clientX - box.left, event.clientY - box.top);
  });
  plot.addEventListener("pointerleave", leave);
  plot.addEventListener("blur", leave);
}

/** Draw now, and again whenever the place has another width. */
function drawn(plot, draw) {
  let last = 0;
  const redraw = () => {
    const now = plot.clientWidth;
    if (now && now !== last) draw((last = now));
  };
  new ResizeObserver(redraw).observe(plot);
  redraw();
}

/** Which of the ticks have room for their texts: `[pixel, text]` that do not touch; the later ones give way. */
function roomy(ticks, gap = 10) {
  const taken = [];
  return ticks.map(([at, text]) => {
    const half = width(text) / 2 + gap / 2;
    const free = taken.every(([from, to]) => at + half <= from || at - half >= to);
    if (free) taken.push([at - half, at + half]);
    return free;
  });
}
