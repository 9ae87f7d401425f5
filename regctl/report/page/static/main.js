"use strict";
// Puts the drawings and the table of trials where the page has left room for them.

function materials(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}

function start() {
  for (const figure of document.querySelectorAll("figure[data-drawing]")) {
    const drawing = materials(`data-${figure.dataset.drawing}`);
    const part = (name) => figure.querySelector(`.${name}`);
    const parts = { id: figure.dataset.drawing, plot: part("plot"), legend: part("legend"), sliders: part("sliders") };
    const kinds = { lines: Lines, cells: Cells };
    new kinds[drawing.kind](drawing, parts);
  }
  const trials = materials("data-trials");
  if (trials) new Trials(trials, document.getElementById("trials"));
  const closed = () => document.querySelectorAll("main details:not([open])");
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...closed()];
    for (const each of opened) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
}

start();
