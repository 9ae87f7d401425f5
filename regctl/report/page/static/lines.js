"use strict";
// Lines and points over two axes. A drawing is what `page/shapes.py` and its neighbours make:
//   x, y: axes; series: lines with x, y, low, high, tips, at; role or colours; dash, shape, line, thin, quiet, width;
//   marks: singled-out points; regions; rule: a line across; curves and sliders: one of many curves, chosen by hand.

class Lines {
  constructor(drawing, parts) {
    this.drawing = drawing;
    this.parts = parts;
    this.hidden = new Set();
    this.place = (drawing.sliders || []).map((slider) => slider.start);
    for (const series of drawing.series) series.x ??= drawing.places;
    this.series = [...drawing.series];
    this.tip = new Tip(parts.plot);
    this.legend();
    this.sliders();
    this.at = null;
    steered(parts.plot, {
      move: (dx, dy) => this.move(dx, dy),
      point: (x, y) => this.point(x, y),
      leave: () => this.show(null),
    });
    drawn(parts.plot, (width) => this.draw(width));
  }

  visible() {
    return this.series.filter((series) => !this.hidden.has(series.name));
  }

  legend() {
    const named = this.series.filter((series) => !series.quiet);
    const others = this.series.filter((series) => series.quiet);
    const keys = named.map((series) => [series.name, [series], series]);
    if (others.length) keys.push([`${others.length} others`, others, others[0]]);
    for (const [name, group, look] of keys) this.parts.legend.append(this.key(name, group, look));
    for (const mark of this.drawing.marks) {
      const key = html("span", { class: "key" });
      key.append(shapeKey(mark.shape), html("span", {}, mark.name));
      this.parts.legend.append(key);
    }
  }

  key(name, group, look) {
    const button = html("button", { type: "button", class: "key", "aria-pressed": "true" });
    button.append(lineKey(look), html("span", {}, cut(name, 48)));
    button.title = name.length > 48 ? cut(name, 400) : "";
    button.addEventListener("click", () => {
      const hide = !this.hidden.has(group[0].name);
      for (const series of group) this.hidden[hide ? "add" : "delete"](series.name);
      button.setAttribute("aria-pressed", String(!hide));
      this.draw();
    });
    return button;
  }

  sliders() {
    (this.drawing.sliders || []).forEach((slider, which) => {
      const id = `${this.parts.id}-slider-${which}`;
      const input = html("input", {
        type: "range", id, min: 0, max: Math.max(slider.texts.length - 1, 0), step: 1, value: slider.start,
      });
      const told = html("output", { for: id });
      const update = () => {
        this.place[which] = Number(input.value);
        told.textContent = slider.texts[this.place[which]];
        input.setAttribute("aria-valuetext", told.textContent);
        this.choose();
      };
      input.addEventListener("input", () => (update(), this.draw()));
      const row = html("div", { class: "slider" });
      row.append(html("label", { for: id }, slider.name), input, told);
      this.parts.sliders.append(row);
      update();
    });
    if (!this.drawing.curves) return;
    this.note = html("p", { class: "chosen", role: "status" });
    this.parts.sliders.append(this.note);
    this.choose();
  }

  /** The curve that the sliders point at is the last of the lines. */
  choose() {
    if (!this.drawing.curves) return;
    const [i = 0, j = 0] = this.place;
    const found = this.drawing.curves.find((curve) => curve.at[0] === i && curve.at[1] === j);
    this.series = [...this.drawing.series];
    if (found) this.series.push({ name: "fitted curve", role: "ink", width: 2.5, x: found.x, y: found.y });
    if (this.note) this.note.textContent = found ? found.note : "This setting has no curve: a trial diverged.";
  }

  draw(wide = this.wide) {
    const { drawing, parts } = this;
    this.wide = wide;
    this.tall = Math.round(clamp(wide * 0.58, 250, 420));
    const left = 12 + Math.max(...drawing.y.ticks.map(([, text]) => width(text)), 16);
    this.box = { left, right: wide - 14, top: drawing.regions?.length ? 26 : 14, bottom: this.tall - 26 };
    this.x = scale(drawing.x, this.box.left, this.box.right);
    this.y = scale(drawing.y, this.box.bottom, this.box.top);
    this.root?.remove();
    this.root = svg(parts.plot, "svg", { width: wide, height: this.tall, "aria-hidden": "true" });
    parts.plot.prepend(this.root);
    const clip = svg(svg(this.root, "defs"), "clipPath", { id: `${parts.id}-clip` });
    const { left: x, right, top, bottom } = this.box;
    svg(clip, "rect", { x, y: top, width: Math.max(right - x, 0), height: Math.max(bottom - top, 0) });
    this.regions();
    this.axes();
    const inside = svg(this.root, "g", { "clip-path": `url(#${parts.id}-clip)` });
    for (const series of this.visible()) this.band(inside, series);
    if (drawing.zero_line) this.rule(inside, { y: this.y(0) }, "axis");
    for (const series of this.visible()) this.line(inside, series);
    if (drawing.rule) this.across(inside, drawing.rule.x, "rule");
    for (const mark of drawing.marks) this.across(inside, mark.x, mark.shape === "diamond" ? "rule dotted" : "rule");
    for (const series of this.visible()) this.points(series);
    for (const mark of drawing.marks) this.stamp(mark.x, mark.y, mark.shape, { role: "mark" }, 1.35);
    this.last = null;
    this.over = svg(this.root, "g");
    this.show(this.at, true);
  }

  regions() {
    for (const region of this.drawing.regions || []) {
      const [from, to] = [this.x(region.from), this.x(region.to)].sort((a, b) => a - b);
      const { top, bottom, left, right } = this.box;
      const [start, end] = [clamp(from, left, right), clamp(to, left, right)];
      svg(this.root, "rect", { class: "region", x: start, y: top, width: end - start, height: bottom - top });
      const text = width(region.name) > end - start ? `${region.name.slice(0, -7)}.` : region.name;
      if (width(text) > end - start + 8) continue;
      svg(this.root, "text", { class: "quiet", x: (start + end) / 2, y: top - 9, "text-anchor": "middle" }, text);
    }
  }

  axes() {
    const { left, right, top, bottom } = this.box;
    for (const [value, text] of this.drawing.y.ticks) {
      const at = this.y(value);
      svg(this.root, "line", { class: "grid", x1: left, x2: right, y1: at, y2: at });
      svg(this.root, "text", { x: left - 6, y: at + 4, "text-anchor": "end" }, text);
    }
    svg(this.root, "line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom });
    const { ticks, zero, gap } = this.drawing.x;
    const ordered = zero == null ? ticks : [...ticks.filter(([at]) => at === zero), ...ticks.filter(([at]) => at !== zero)];
    const placed = ordered.map(([value, text]) => [this.x(value), text]);
    roomy(placed).forEach((free, index) => {
      const [at, text] = placed[index];
      svg(this.root, "line", { class: "axis", x1: at, x2: at, y1: bottom, y2: bottom + 5 });
      if (!free) return;
      const half = width(text) / 2;
      const x = clamp(at, half, this.wide - half);
      svg(this.root, "text", { x, y: bottom + 19, "text-anchor": "middle" }, text);
    });
    if (gap != null) {
      const at = this.x(gap);
      svg(this.root, "line", { class: "gap", x1: at, x2: at, y1: top, y2: bottom });
    }
  }

  joined(value) {
    return this.drawing.x.zero == null || value !== 0;
  }

  pixel(value) {
    return clamp(this.y(value), -2 * this.tall, 3 * this.tall);
  }

  /** Stretches of neighbours that a line may join. */
  stretches(series, known) {
    const found = [[]];
    series.x.forEach((value, index) => {
      if (known(index) && this.joined(value)) found[found.length - 1].push(index);
      else if (found[found.length - 1].length) found.push([]);
    });
    return found.filter((each) => each.length);
  }

  band(parent, series) {
    if (!series.low) return;
    const known = (index) => series.low[index] != null && series.high[index] != null;
    for (const each of this.stretches(series, known)) {
      if (each.length === 1) this.bar(parent, series, each[0]);
      const up = each.map((index) => `${this.x(series.x[index])},${this.pixel(series.high[index])}`);
      const back = each.map((index) => `${this.x(series.x[index])},${this.pixel(series.low[index])}`).reverse();
      coloured(svg(parent, "polygon", { class: "band", points: [...up, ...back].join(" ") }), series);
    }
    series.x.forEach((value, index) => {
      if (known(index) && !this.joined(value)) this.bar(parent, series, index);
    });
  }

  bar(parent, series, index) {
    const at = this.x(series.x[index]);
    const ends = { y1: this.pixel(series.low[index]), y2: this.pixel(series.high[index]) };
    coloured(svg(parent, "line", { class: "bar", x1: at, x2: at, ...ends }), series);
  }

  line(parent, series) {
    if (series.line === false) return;
    const known = (index) => series.y[index] != null;
    for (const each of this.stretches(series, known)) {
      const points = each.map((index) => `${this.x(series.x[index])},${this.pixel(series.y[index])}`);
      const look = { class: series.thin ? "line thin" : "line", points: points.join(" ") };
      const line = coloured(svg(parent, "polyline", look), series);
      if (series.dash) line.setAttribute("stroke-dasharray", series.dash);
      if (series.width) line.style.strokeWidth = series.width;
    }
  }

  points(series) {
    const { top, bottom } = this.box;
    const crowded = series.x.length > this.wide / 6 && series.line !== false;
    series.y.forEach((value, index) => {
      if (value == null) {
        if (this.drawing.crosses) this.stamp(series.x[index], null, "times", { role: "ink" }, 1.4, top + 8);
        return;
      }
      const at = this.y(value);
      if (at < top - 0.5 || at > bottom + 0.5) this.beyond(series, index, at < top);
      else if (series.shape && (!crowded || !this.joined(series.x[index]))) this.stamp(series.x[index], value, series.shape, series);
      else if (!this.joined(series.x[index]) && !series.quiet) this.stamp(series.x[index], value, "circle", series, 0.7);
    });
  }

  /** A triangle at the edge; of neighbours that would touch, the first. */
  beyond(series, index, above) {
    const at = this.x(series.x[index]);
    if (series.quiet || this.last?.[0] === series && this.last[1] === above && Math.abs(this.last[2] - at) < 11) return;
    this.last = [series, above, at];
    const y = above ? this.box.top + 6 : this.box.bottom - 6;
    this.stamp(series.x[index], null, above ? "up" : "down", series, 0.8, y);
  }

  stamp(x, value, shape, series, size = 1, y = null) {
    const place = `translate(${this.x(x)},${y ?? this.y(value)}) scale(${size})`;
    const open = shape === "ring" || shape === "times";
    const mark = svg(this.root, "path", { d: SHAPES[shape], transform: place, class: open ? "point open" : "point" });
    coloured(mark, series);
  }

  across(parent, value, look) {
    const at = this.x(value);
    svg(parent, "line", { class: look, x1: at, x2: at, y1: this.box.top, y2: this.box.bottom });
  }

  rule(parent, { y }, look) {
    svg(parent, "line", { class: look, x1: this.box.left, x2: this.box.right, y1: y, y2: y });
  }

  // What the pointer reads ------------------------------------------------------------------------------------

  readable() {
    return this.visible().filter((series) => series.y.some((value) => value != null));
  }

  point(x, y) {
    const pool = this.readable();
    let best = null;
    for (const series of pool) {
      series.x.forEach((value, index) => {
        if (series.y[index] == null && this.drawing.hover !== "x") return;
        const dx = this.x(value) - x;
        const dy = this.drawing.hover === "x" ? 0 : clamp(this.y(series.y[index]), this.box.top, this.box.bottom) - y;
        const away = Math.hypot(dx, dy) + (series.quiet ? 6 : 0);
        if (!best || away < best.away) best = { series, index, away };
      });
    }
    this.show(best);
  }

  move(dx, dy) {
    const pool = this.readable();
    if (!pool.length) return;
    let { series, index } = this.at && pool.includes(this.at.series) ? this.at : { series: pool[0], index: -1 };
    if (dy) series = pool[(pool.indexOf(series) + dy + pool.length) % pool.length];
    const order = series.x.map((_, at) => at).sort((a, b) => this.x(series.x[a]) - this.x(series.x[b]));
    const now = order.indexOf(index);
    index = order[clamp(now < 0 ? 0 : now + dx, 0, order.length - 1)];
    this.show({ series, index });
  }

  show(at, quietly = false) {
    this.at = at;
    this.over?.replaceChildren();
    if (!at || at.index >= at.series.x.length || this.hidden.has(at.series.name)) return this.tip.hide();
    const { series, index } = at;
    const value = series.x[index];
    const x = this.x(value);
    svg(this.over, "line", { class: "guide", x1: x, x2: x, y1: this.box.top, y2: this.box.bottom });
    const together = this.drawing.hover === "x" ? this.readable() : [series];
    const rows = [];
    for (const each of together) {
      const here = each === series ? index : each.x.indexOf(value);
      if (here < 0) continue;
      rows.push({ name: each.name, value: told(each, here), series: each });
      if (each.y[here] == null) continue;
      const y = clamp(this.y(each.y[here]), this.box.top, this.box.bottom);
      coloured(svg(this.over, "circle", { class: "point", cx: x, cy: y, r: 5.5 }), each);
    }
    const heading = (series.at || this.drawing.at || [])[index] ?? shortest(value);
    const y = this.drawing.hover === "x" ? this.box.top + 70 : clamp(this.y(series.y[index]), this.box.top, this.box.bottom);
    if (!quietly || !this.tip.box.hidden) this.tip.show(x, y, heading, rows);
  }
}

function told(series, index) {
  if (series.y[index] == null) return "diverged or not trained";
  return series.tips ? series.tips[index] : shortest(series.y[index]);
}

function shortest(value) {
  if (value == null) return "";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return String(Number(value.toPrecision(4))).replace("e-", "e−").replace(/^-/, "−");
}

function lineKey(series) {
  const found = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["width", 26], ["height", 12], ["aria-hidden", "true"]]) found.setAttribute(key, value);
  if (series.line !== false && !(series.shape === "diamond" && series.x.length === 1)) {
    const line = coloured(svg(found, "line", { class: series.thin ? "line thin" : "line", x1: 1, x2: 25, y1: 6, y2: 6 }), series);
    if (series.dash) line.setAttribute("stroke-dasharray", series.dash);
  }
  if (series.shape) {
    const open = series.shape === "ring" || series.shape === "times";
    coloured(svg(found, "path", { d: SHAPES[series.shape], transform: "translate(13,6)", class: open ? "point open" : "point" }), series);
  }
  return found;
}

function shapeKey(shape) {
  const found = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["width", 16], ["height", 16], ["aria-hidden", "true"]]) found.setAttribute(key, value);
  svg(found, "path", { d: SHAPES[shape], transform: "translate(8,8)", class: "point c-mark" });
  return found;
}
