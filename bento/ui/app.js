"use strict";
// The chat page. Text reaches the page through textContent only, so nothing that a document or a person wrote is markup.

const find = (id) => document.getElementById(id);
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
const KEY = "aieco-key";
const EXAMPLES = [
  "How many days do I have to return an item?",
  "How long does standard delivery take?",
  "How many days of annual leave do employees get?",
  "How many sales have we made in the past year in the UK?",
  "What was our revenue by month?",
];
const BADGES = {
  verified: "✓ Verified against the quotes",
  quoted: "✓ Quoted word for word",
  number: "✓ From the warehouse",
  abstained: "No answer found",
  failed: "No answer",
};

async function call(path, body) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(key && { Authorization: `Bearer ${key}` }) };
  const response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  const data = await response.json().catch(() => ({}));
  if (response.status === 401) askForKey();
  if (!response.ok) throw new Error(data.error || `The service answered ${response.status}.`);
  return data;
}

function askForKey() {
  find("key-form").hidden = false;
  find("key").focus();
}

function showStatus(state, text) {
  find("status").dataset.state = state;
  find("status-text").textContent = text;
}

function showKnowledge({ version, as_of: asOf, stale }) {
  const day = asOf ? new Date(asOf).toLocaleDateString(undefined, { dateStyle: "medium" }) : "";
  showStatus(stale ? "wait" : "ready", `Knowledge base v${version}${day && ` · ${day}`}${stale ? " · stale" : ""}`);
}

async function probe() {
  const response = await fetch("/readyz").catch(() => null);
  if (!response?.ok) {
    showStatus(response ? "wait" : "down", response ? (await response.text()).trim() || "not ready yet" : "no connection");
    setTimeout(probe, 3000);
    return;
  }
  showStatus("ready", "ready");
  call("/version").then((version) => version.knowledge_base && showKnowledge(version.knowledge_base)).catch(() => {});
}

function outcome(answer) {
  const words = (text) => text.replace(/\s+/g, " ").trim();
  if (answer.abstained) return "abstained";
  if (answer.metric) return "number";
  return words(answer.citations.map(({ quote }) => quote).join(" ")).includes(words(answer.answer)) ? "quoted" : "verified";
}

function showSaid(turn, kind, text) {
  turn.querySelector(".thinking").hidden = true;
  turn.querySelector(".said").hidden = false;
  turn.querySelector(".card").removeAttribute("aria-busy");
  const badge = turn.querySelector(".badge");
  badge.textContent = BADGES[kind];
  badge.classList.add(kind);
  turn.querySelector(".text").textContent = text;
}

function showAnswer(turn, answer) {
  const kind = outcome(answer);
  showSaid(turn, kind, answer.answer);
  turn.querySelector(".citations").append(...answer.citations.map(citationItem));
  if (answer.metric) showMetric(turn, answer.metric);
  const [model] = (answer.models.llm ?? "").split("@");
  turn.querySelector(".meta").textContent = `${model === "none" ? "read, not generated" : model} · ${(answer.usage.latency_ms / 1000).toFixed(1)} s`;
  turn.querySelectorAll("[data-rating]").forEach((button) => button.addEventListener("click", () => rate(turn, button, answer)));
  showKnowledge(answer.knowledge_base);
}

const UNITS = { GBP: { style: "currency", currency: "GBP" }, share: { style: "percent", minimumFractionDigits: 2 } };
const told = (value, unit) => (value === null ? "–" : value.toLocaleString("en-GB", UNITS[unit]));
const spelt = (day) => new Date(`${day}T00:00:00`).toLocaleDateString("en-GB", { dateStyle: "long" });

function showMetric(turn, metric) {
  const { countries, items, first_day: first, last_day: last } = metric.filters;
  const loaded = metric.loaded_at ? `, loaded ${new Date(metric.loaded_at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" })}` : "";
  const facts = {
    Metric: `${metric.name}: ${metric.definition}`,
    Filters: [...countries, ...items, first === last ? spelt(first) : `${spelt(first)} to ${spelt(last)}`].join(" · "),
    Freshness: `data up to ${spelt(metric.as_of)}${loaded} (${metric.tables.join(", ")})`,
  };
  turn.querySelector(".facts").append(...Object.entries(facts).flatMap(([name, text]) => [make("dt", "", name), make("dd", "", text)]));
  const rows = metric.rows.map((row) => {
    const line = document.createElement("tr");
    line.append(make("td", "", row.label), make("td", "value", told(row.value, metric.unit)));
    return line;
  });
  turn.querySelector(".rows").hidden = !rows.length;
  if (rows.length) {
    turn.querySelector(".rows tbody").append(...rows);
    turn.querySelector(".rows caption").textContent = `by ${metric.group_by}${metric.groups > rows.length ? `: ${rows.length} of ${metric.groups}` : ""}`;
  }
  turn.querySelector(".metric").hidden = false;
}

function citationItem(citation) {
  const button = make("button", "", "");
  button.type = "button";
  button.append(
    make("span", "quote", citation.quote.trim()),
    make("span", "source", `${citation.document}, page ${citation.page}`),
  );
  button.addEventListener("click", () => openPage(citation));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

async function openPage(citation) {
  const place = find("page-text");
  find("page-title").textContent = `${citation.document}, page ${citation.page}`;
  place.textContent = "…";
  find("page").showModal();
  try {
    const { text } = await call(`/documents/${citation.sha256}/pages/${citation.page}`);
    // Offsets count characters as Python does, not UTF-16 units.
    const letters = Array.from(text);
    const part = (from, to) => letters.slice(from, to).join("");
    const mark = make("mark", "", part(citation.start, citation.end));
    place.replaceChildren(part(0, citation.start), mark, part(citation.end));
    mark.scrollIntoView({ block: "center" });
  } catch (error) {
    place.textContent = error.message;
  }
}

async function rate(turn, pressed, answer) {
  try {
    await call("/feedback", { trace_id: answer.trace_id, rating: pressed.dataset.rating });
    turn.querySelectorAll("[data-rating]").forEach((button) => button.setAttribute("aria-pressed", button === pressed));
  } catch (error) {
    turn.querySelector(".meta").textContent = error.message;
  }
}

async function ask(question) {
  find("welcome").hidden = true;
  const turn = find("turn").content.firstElementChild.cloneNode(true);
  turn.querySelector(".asked").textContent = question;
  find("log").append(turn);
  turn.scrollIntoView({ block: "start" });
  find("send").disabled = true;
  try {
    showAnswer(turn, await call("/answer", { question }));
  } catch (error) {
    showSaid(turn, "failed", error.message);
    turn.querySelector(".foot").hidden = true;
  } finally {
    find("send").disabled = false;
    turn.scrollIntoView({ block: "start" });
  }
}

function fit() {
  const box = find("question");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

find("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = find("question").value.trim();
  if (!question || find("send").disabled) return;
  find("question").value = "";
  fit();
  ask(question);
});
find("question").addEventListener("input", fit);
find("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    find("ask").requestSubmit();
  }
});
find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, find("key").value.trim());
  find("key-form").hidden = true;
  find("question").focus();
  probe();
});
find("page-close").addEventListener("click", () => find("page").close());
find("page").addEventListener("click", (event) => event.target === find("page") && find("page").close());

find("examples").append(
  ...EXAMPLES.map((question) => {
    const button = make("button", "", question);
    button.type = "button";
    button.addEventListener("click", () => ask(question));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }),
);
probe();
