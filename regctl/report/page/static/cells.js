"use strict";
// A grid of coloured cells: the heat map of two axes, and the confusion matrix. `fill` is a colour, `share` one
// between paper (0) and the accent (1); `down`: rows are counted from the top.

class Cells {
  constructor(drawing, parts) {
    this.drawing = drawing;
    this.parts = parts;
    this.columns = drawing.x.names.length;
    this.rows = drawing.y.names.length;
    this.at = null;
    this.tip = new Tip(parts.plot);
    parts.plot.parentElement.classList.add("cells", drawing.y.down ? "down" : "up");
    this.by = new Map(drawing.cells.map((cell) => [`${cell.i},${cell.j}`, cell]));
    this.legend();
    steered(parts.plot, {
      move: (dx, dy) => this.move(dx, dy),
      point: (x, y) => this.point(x, y),
      leave: () => this.show(null),
    });
    drawn(parts.plot, (width) => this.draw(width));
  }

  legend() {
    for (const mark of this.drawing.marks) {
      const key = html("span", { class: "key" });
      key.append(shapeKey(mark.shape), html("span", {}, mark.name));
      this.parts.legend.append(key);
    }
  }

  draw(wide) {
    const { drawing, parts, columns, rows } = this;
    const names = drawing.y.names.map((name) => cut(name, wide < 500 ? 10 : 18));
    const left = 12 + Math.max(...names.map(width), 14);
    const bar = drawing.bar ? 64 : 4;
    const size = clamp((wide - left - bar) / columns, 1, drawing.down ? 64 : 90);
    const tall = drawing.down ? size : clamp(300 / rows, 12, 64);
    const across = drawing.x.names.map((name) => cut(name, 14));
    this.tilted = Boolean(drawing.y.down) && Math.max(...across.map(width)) + 6 > size;
    const below = this.tilted ? 14 + 0.75 * Math.max(...across.map(width)) : 28;
    this.box = { left, top: 8, size, tall, right: left + size * columns, bottom: 8 + tall * rows };
    this.root?.remove();
    this.root = svg(parts.plot, "svg", { width: wide, height: this.box.bottom + below, "aria-hidden": "true" });
    parts.plot.prepend(this.root);
    for (const cell of drawing.cells) this.cell(cell);
    this.names(names, across);
    for (const mark of drawing.marks) {
      const place = `translate(${this.left(mark.i) + size / 2},${this.top(mark.j) + tall / 2}) scale(1.4)`;
      svg(this.root, "path", { d: SHAPES[mark.shape], transform: place, class: "point c-mark" });
    }
    if (drawing.bar) this.colourBar();
    this.over = svg(this.root, "rect", { class: "chosen-cell", width: size, height: tall, visibility: "hidden" });
    this.show(this.at);
  }

  left(i) {
    return this.box.left + i * this.box.size;
  }

  top(j) {
    return this.box.top + (this.drawing.y.down ? j : this.rows - 1 - j) * this.box.tall;
  }

  cell(cell) {
    const { size, tall } = this.box;
    const [x, y] = [this.left(cell.i), this.top(cell.j)];
    const tile = svg(this.root, "rect", { class: "tile", x, y, width: size, height: tall });
    if (cell.fill) tile.style.fill = cell.fill;
    else tile.style.setProperty("--share", `${100 * cell.share}%`);
    const text = cell.text || cell.sign;
    if (!text || width(text) > size + 2) return;
    const look = cell.fill ? "on-tile" : cell.share > 0.5 ? "on-accent" : "on-paper";
    svg(this.root, "text", { class: look, x: x + size / 2, y: y + tall / 2 + 4, "text-anchor": "middle" }, text);
  }

  names(names, across) {
    const { left, size, tall, bottom } = this.box;
    const every = Math.ceil(14 / tall);
    names.forEach((name, j) => {
      if (j % every) return;
      svg(this.root, "text", { x: left - 6, y: this.top(j) + tall / 2 + 4, "text-anchor": "end" }, name);
    });
    const step = this.tilted ? Math.ceil(14 / size) : Math.ceil((Math.max(...across.map(width)) + 6) / size);
    across.forEach((name, i) => {
      if (i % step) return;
      const x = this.left(i) + size / 2;
      const turn = this.tilted ? { transform: `rotate(-45 ${x} ${bottom + 14})`, "text-anchor": "end" } : { "text-anchor": "middle" };
      svg(this.root, "text", { x, y: bottom + (this.tilted ? 14 : 18), ...turn }, name);
    });
  }

  colourBar() {
    const { right, top, bottom } = this.box;
    const { ticks, colours } = this.drawing.bar;
    const id = `${this.parts.id}-bar`;
    const fading = svg(svg(this.root, "defs"), "linearGradient", { id, x1: 0, x2: 0, y1: 1, y2: 0 });
    colours.forEach((colour, step) => {
      svg(fading, "stop", { offset: step / (colours.length - 1), "stop-color": colour });
    });
    svg(this.root, "rect", { x: right + 10, y: top, width: 12, height: bottom - top, fill: `url(#${id})` });
    for (const [share, text] of ticks) {
      const y = bottom - share * (bottom - top);
      svg(this.root, "text", { x: right + 26, y: y + 4 }, cut(text, 6));
    }
  }

  point(x, y) {
    const { left, top, size, tall } = this.box;
    const i = Math.floor((x - left) / size);
    const row = Math.floor((y - top) / tall);
    const j = this.drawing.y.down ? row : this.rows - 1 - row;
    this.show(this.by.has(`${i},${j}`) ? [i, j] : null);
  }

  move(dx, dy) {
    const [i, j] = this.at || [0, this.drawing.y.down ? 0 : this.rows - 1];
    const up = this.drawing.y.down ? dy : -dy;
    if (!this.at) return this.show([i, j]);
    this.show([clamp(i + dx, 0, this.columns - 1), clamp(j + up, 0, this.rows - 1)]);
  }

  show(at) {
    this.at = at;
    const cell = at && this.by.get(at.join(","));
    this.over.setAttribute("visibility", cell ? "visible" : "hidden");
    if (!cell) return this.tip.hide();
    const [x, y] = [this.left(cell.i), this.top(cell.j)];
    this.over.setAttribute("x", x);
    this.over.setAttribute("y", y);
    this.tip.show(x + this.box.size / 2, y, cell.tip[0], [{ name: "", value: cell.tip[1] }]);
  }
}
