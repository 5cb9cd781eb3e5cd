"use strict";
// A customer's purchases by month and what is expected next, as inline SVG. Colours come from app.css, which follows light and dark.

const WIDTH = 640;
const HEIGHT = 190;
const LEFT = 30;
const BASE = 160;
const TOP = 12;

function shape(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const monthNamed = (day, length) => new Date(`${day}T00:00:00`).toLocaleDateString("en-GB", { month: length, year: length === "long" ? "numeric" : undefined });
const counted = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: 2 });
const days = (value) => `${counted(value)} purchase day${value === 1 ? "" : "s"}`;

// What a model expects of the next 30, 90 and 365 days, as bars of 30 days: the model says no more of the days within.
function expectedBars(row) {
  const bars = [];
  let [until, before] = [0, 0];
  for (const end of [30, 90]) {
    const value = row[`expected_purchases_${end}d`];
    if (typeof value !== "number") return [];
    for (let day = until; day < end; day += 30) {
      const each = Math.max(0, value - before) / ((end - until) / 30);
      const [low, high] = end === 30 ? [row.purchases_30d_low, row.purchases_30d_high] : [];
      const bounds = typeof low === "number" && typeof high === "number" ? { low, high } : {};
      const range = "low" in bounds ? `, nine times of ten ${counted(low)} to ${counted(high)}` : "";
      bars.push({ value: each, label: `+${day + 30}`, text: `Expected on days ${day + 1} to ${day + 30}: ${days(each)}${range}.`, expected: true, ...bounds });
    }
    [until, before] = [end, value];
  }
  return bars;
}

function boughtBars(months) {
  return months.map(({ month, purchases, revenue }, place) => ({
    value: purchases,
    label: place === 0 || month.endsWith("-01-01") ? month.slice(0, 4) : monthNamed(month, "narrow"),
    text: `${monthNamed(month, "long")}: ${days(purchases)}${purchases ? `, worth ${revenue.toLocaleString("en-GB", { maximumFractionDigits: 0 })}` : ""}.`,
  }));
}

// Whole numbers of at most five lines.
function ticks(most) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => most / one <= 4) ?? Math.ceil(most / 4);
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, number) => number * step);
}

function bar({ value, label, expected, low, high }, place, wide, height) {
  const x = LEFT + place * wide;
  const parts = [shape("rect", { class: "reach", x, y: 0, width: wide, height: HEIGHT })];
  const top = BASE - Math.max(height(value), value > 0 ? 1 : 0);
  parts.push(shape("rect", { class: "amount", x: x + wide * 0.15, y: top, width: wide * 0.7, height: BASE - top, rx: 1.5 }));
  if (high !== undefined) {
    const middle = x + wide / 2;
    const [from, to] = [BASE - height(low), BASE - height(high)];
    parts.push(shape("path", { class: "whisker", d: `M${middle} ${from}V${to}M${middle - 4} ${from}h8M${middle - 4} ${to}h8` }));
  }
  parts.push(shape("text", { class: "label", x: x + wide / 2, y: BASE + 15 }, label));
  return shape("g", { class: expected ? "month expected" : "month" }, ...parts);
}

// Draws into `figure`; `said` tells of the bar that the pointer or the arrow keys are on.
function showHistory(figure, said, { as_of: asOf, months }, row) {
  const bought = boughtBars(months);
  const bars = [...bought, ...expectedBars(row)];
  const lines = ticks(Math.max(1, ...bars.map(({ value, high }) => Math.max(value, high ?? 0))));
  const height = (value) => (value / lines.at(-1)) * (BASE - TOP);
  const wide = (WIDTH - LEFT) / bars.length;
  const total = months.reduce((sum, { purchases }) => sum + purchases, 0);
  const summary = `${days(total)} in ${months.length} month${months.length === 1 ? "" : "s"} up to ${new Date(`${asOf}T00:00:00`).toLocaleDateString("en-GB", { dateStyle: "long" })}.`;
  const groups = bars.map((one, place) => bar(one, place, wide, height));
  const edge = LEFT + bought.length * wide;
  const plot = shape(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: 0, "aria-label": `${summary} Arrow keys go through the months.` },
    ...lines.flatMap((line) => [
      shape("line", { class: "grid", x1: LEFT, x2: WIDTH, y1: BASE - height(line), y2: BASE - height(line) }),
      shape("text", { class: "tick", x: LEFT - 6, y: BASE - height(line) + 3.5 }, String(line)),
    ]),
    ...groups,
    ...(bars.length > bought.length ? [
      shape("line", { class: "now", x1: edge, x2: edge, y1: 0, y2: BASE }),
      shape("text", { class: "label", x: LEFT + ((bought.length + bars.length) / 2) * wide, y: BASE + 28 }, "days from then"),
    ] : []),
  );
  let at = -1;
  const point = (place) => {
    groups[at]?.classList.remove("pointed");
    at = place;
    groups[at]?.classList.add("pointed");
    said.textContent = at < 0 ? summary : bars[at].text;
  };
  groups.forEach((group, place) => group.addEventListener("pointerenter", () => point(place)));
  plot.addEventListener("pointerleave", () => point(-1));
  plot.addEventListener("blur", () => point(-1));
  plot.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: at + 1, ArrowLeft: at < 0 ? bars.length - 1 : at - 1, Home: 0, End: bars.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    point(Math.min(Math.max(moves[event.key], 0), bars.length - 1));
  });
  figure.querySelector("svg")?.remove();
  figure.insertBefore(plot, said);
  point(-1);
  figure.hidden = false;
}
