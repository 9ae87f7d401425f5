"use strict";
// The table of trials: sorted by a click on a heading, filtered by words and conditions, fifty rows at a time.

const ROWS = 50;
const CONDITION = /^([^<>=!]+)(<=|>=|!=|=|<|>)(.*)$/;

class Trials {
  constructor(table, host) {
    this.columns = table.columns;
    this.order = this.columns[0].values.map((_, row) => row);
    this.sorted = { column: 0, down: false };
    this.page = 0;
    this.body = host.querySelector("tbody");
    this.status = host.querySelector("[role=status]");
    this.input = host.querySelector("input");
    this.heads = this.columns.map((column, index) => this.head(column, index));
    host.querySelector("thead tr").append(...this.heads);
    this.input.addEventListener("input", () => this.update());
    for (const [name, step] of [["previous", -1], ["next", 1]]) {
      const button = host.querySelector(`[data-step=${name}]`);
      button.addEventListener("click", () => this.turn(step));
      this[name] = button;
    }
    this.update();
  }

  head(column, index) {
    const head = html("th", { scope: "col", class: column.text ? "left" : "" });
    const button = html("button", { type: "button" }, column.label);
    button.addEventListener("click", () => {
      const again = this.sorted.column === index;
      this.sorted = { column: index, down: again && !this.sorted.down };
      this.update();
    });
    head.append(button);
    return head;
  }

  /** Rows that hold all the words: `seed=0`, `validation_loss<0.2`, or a text that some cell contains. */
  kept() {
    const tests = this.input.value.trim().split(/\s+/).filter(Boolean).map((word) => this.test(word));
    const unknown = tests.find((test) => typeof test === "string");
    if (unknown !== undefined) return { rows: [], problem: unknown };
    return { rows: this.order.filter((row) => tests.every((test) => test(row))), problem: "" };
  }

  test(word) {
    const found = CONDITION.exec(word);
    if (!found) {
      const wanted = word.toLowerCase();
      return (row) => this.columns.some((column) => shown(column, row).toLowerCase().includes(wanted));
    }
    const [, name, sign, text] = found;
    const column = this.columns.find((each) => [each.name, each.label].includes(name));
    if (!column) return `No column is called ${cut(name, 40)}. Columns: ${this.columns.map((each) => each.name).join(", ")}.`;
    if (text === "") return () => true; // still being typed
    const number = Number(text.replace("−", "-"));
    if (!column.text && Number.isNaN(number)) return `${column.name} is compared with a number.`;
    const value = column.text ? text : number;
    const compare = {
      "=": (a) => a === value, "!=": (a) => a !== value,
      "<": (a) => a < value, ">": (a) => a > value, "<=": (a) => a <= value, ">=": (a) => a >= value,
    }[sign];
    return (row) => column.values[row] !== null && compare(column.values[row]);
  }

  update() {
    const { column, down } = this.sorted;
    const { values } = this.columns[column];
    const sign = down ? -1 : 1;
    this.order.sort((a, b) => {
      const [one, other] = [values[a], values[b]];
      if (one === other) return a - b;
      if (one === null || other === null) return one === null ? 1 : -1; // what is not known stands last
      return one < other ? -sign : sign;
    });
    this.heads.forEach((head, index) => {
      if (index === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const { rows, problem } = this.kept();
    this.rows = rows;
    this.problem = problem;
    this.page = 0;
    this.fill();
  }

  turn(step) {
    this.page += step;
    this.fill();
  }

  fill() {
    const start = this.page * ROWS;
    const here = this.rows.slice(start, start + ROWS);
    this.body.replaceChildren(...here.map((row) => this.row(row)));
    const all = this.order.length.toLocaleString("en");
    const found = this.rows.length.toLocaleString("en");
    const span = here.length < this.rows.length ? `, rows ${start + 1} to ${start + here.length} shown` : "";
    this.status.textContent = this.problem || `${found} of ${all} trials${span}`;
    this.previous.disabled = this.page === 0;
    this.next.disabled = start + ROWS >= this.rows.length;
  }

  row(row) {
    const made = html("tr");
    this.columns.forEach((column, index) => {
      const name = index === 0 ? "th" : "td";
      const cell = html(name, column.text ? { class: "left" } : {}, shown(column, row));
      if (index === 0) cell.setAttribute("scope", "row");
      made.append(cell);
    });
    return made;
  }
}

function shown(column, row) {
  const value = column.values[row];
  return typeof value === "string" ? value : shortest(value);
}
