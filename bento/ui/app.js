"use strict";
// The chat page, after client.js.

function showStatus(state, text) {
  find("status").dataset.state = state;
  find("status-text").textContent = text;
}

function knowledge({ version, as_of: asOf, stale }) {
  const day = asOf ? new Date(asOf).toLocaleDateString(undefined, { dateStyle: "medium" }) : "";
  return `Knowledge base v${version}${day && ` · ${day}`}${stale ? " · stale" : ""}`;
}

const showKnowledge = (base) => showStatus(base.stale ? "wait" : "ready", knowledge(base));

async function probe() {
  const response = await fetch("/readyz").catch(() => null);
  if (!response?.ok) {
    showStatus(response ? "wait" : "down", response ? (await response.text()).trim() || "not ready yet" : "no connection");
    setTimeout(probe, 3000);
    return;
  }
  showStatus("ready", "ready");
  call("/version").then((version) => {
    if (version.knowledge_base) showKnowledge(version.knowledge_base);
    find("in-steps").hidden = !version.agent;
  }).catch(() => {});
  call("/examples").then(({ questions }) => find("examples").replaceChildren(...questions.map(exampleItem))).catch(() => {});
}

const exampleItem = (question) => buttonItem(question, () => ask(question));

function buttonItem(text, pressed) {
  const button = make("button", "", text);
  button.type = "button";
  button.addEventListener("click", pressed);
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function showSaid(turn, kind, text) {
  turn.querySelector(".thinking").hidden = true;
  turn.querySelector(".said").hidden = false;
  turn.querySelector(".card").removeAttribute("aria-busy");
  const badge = turn.querySelector(".badge");
  badge.textContent = BADGES[kind];
  badge.classList.add(kind);
  showText(turn.querySelector(".text"), text);
}

function showAnswer(turn, answer) {
  const kind = outcome(answer);
  showSaid(turn, kind, answer.answer);
  const shown = answer.citations.length ? answer.citations : answer.suggestions ?? [];
  if (shown !== answer.citations && shown.length) turn.querySelector(".text").append(make("p", "", "These pages speak of it:"));
  // Quotes that are the answer's own words are not shown again: their page is, once.
  const said = kind === "quoted" ? words(answer.answer) : "";
  const isSaid = ({ quote }) => said.includes(words(quote));
  const ofPage = ({ sha256, page }) => shown.find((one) => isSaid(one) && one.sha256 === sha256 && one.page === page);
  const listed = shown.filter((citation) => !isSaid(citation) || ofPage(citation) === citation);
  turn.querySelector(".citations").append(...listed.map((citation) => citationItem(citation, answer.documents ?? [], isSaid(citation))));
  turn.querySelector(".evidence").hidden = kind !== "verified" || !turn.querySelector(".quote");
  if (["verified", "quoted"].includes(kind) && answer.confidence) {
    turn.querySelector(".sure").textContent = `${Math.round(answer.confidence * 100)} % sure that it answers the question`;
  }
  if (answer.metric) showMetric(turn, answer.metric);
  if (answer.steps?.length) showSteps(turn, answer.steps);
  if (answer.citations.length && answer.suggestions?.length) showChoices(turn, answer);
  const [model] = (answer.models.llm ?? "").split("@");
  turn.querySelector(".meta").textContent = [
    knowledge(answer.knowledge_base), model === "none" ? "read, not generated" : model, `${(answer.usage.latency_ms / 1000).toFixed(1)} s`,
  ].join(" · ");
  turn.querySelectorAll("[data-rating]").forEach((button) => button.addEventListener("click", () => rate(turn, button, answer)));
  showKnowledge(answer.knowledge_base);
}

// What the model looked up before it answered, and what came of each call.
function showSteps(turn, steps) {
  const place = turn.querySelector(".steps");
  place.querySelector("summary").textContent = `Worked out in ${steps.length} ${steps.length === 1 ? "step" : "steps"}`;
  place.querySelector("ol").append(...steps.map(({ tool, arguments: given, milliseconds, characters, error }) => {
    const item = make("li", "", "");
    const came = error || `${characters.toLocaleString("en-GB")} characters`;
    item.append(make("code", "", `${tool} ${JSON.stringify(given)}`), make("span", error ? "refused" : "", `${(milliseconds / 1000).toFixed(1)} s · ${came}`));
    return item;
  }));
  place.hidden = false;
}

// What the question leaves open is asked again with a choice; documents that contradict each other are opened.
function showChoices(turn, { suggestions, documents = [] }) {
  const places = new Set(suggestions.map((one) => one.document));
  const question = turn.querySelector(".asked").textContent;
  const items = suggestions.map((choice) => {
    const known = documents.find(({ path }) => path === choice.document);
    const name = places.size > 1 ? [choice.document, known && ofItself(known)].filter(Boolean).join(" · ") : plain(choice.quote);
    return buttonItem(name, () => (places.size > 1 ? openPage(choice) : ask(`${question} (${name})`)));
  });
  const list = make("ul", "examples choices", "");
  list.append(...items);
  turn.querySelector(".text").append(make("p", "", places.size > 1 ? "These documents say different things:" : "Which one do you mean?"), list);
}

// Money has two digits and its sign, or its code after it, as in the sentences; a currency that is not known has none.
const SIGNS = { GBP: "£", USD: "$", EUR: "€", currency: "" };
function told(value, unit) {
  if (value === null) return "–";
  if (unit === "share") return value.toLocaleString("en-GB", { style: "percent", minimumFractionDigits: 2 });
  if (!(unit in SIGNS) && !/^[A-Z]{3}$/.test(unit)) return value.toLocaleString("en-GB", { maximumFractionDigits: 4 });
  const amount = Math.abs(value).toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${value < 0 ? "-" : ""}${SIGNS[unit] ?? ""}${amount}${unit in SIGNS ? "" : ` ${unit}`}`;
}
const spelt = (day) => new Date(`${day}T00:00:00`).toLocaleDateString("en-GB", { dateStyle: "long" });

function showMetric(turn, metric) {
  const { countries, stores, categories, items, first_day: first, last_day: last } = metric.filters;
  const loaded = metric.loaded_at ? `, loaded ${new Date(metric.loaded_at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" })}` : "";
  const facts = {
    Metric: `${metric.name}: ${metric.definition}`,
    ...(metric.limits?.length && { Limits: metric.limits.join(" · ") }),
    ...(typeof metric.change === "number" && { Change: metric.change.toLocaleString("en-GB", { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 1 }) }),
    Filters: [...countries, ...stores.map((store) => `store ${store}`), ...categories, ...items, first === last ? spelt(first) : `${spelt(first)} to ${spelt(last)}`].join(" · "),
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

async function rate(turn, pressed, answer) {
  const send = (reason) => call("/feedback", { trace_id: answer.trace_id, rating: pressed.dataset.rating, ...(reason && { reason }) });
  const why = turn.querySelector(".why");
  try {
    await send();
    turn.querySelectorAll("[data-rating]").forEach((button) => button.setAttribute("aria-pressed", button === pressed));
    const box = why.querySelector("input");
    box.id = `why-${answer.trace_id}`;
    why.querySelector("label").htmlFor = box.id;
    why.hidden = false;
    box.focus();
    why.onsubmit = async (event) => {
      event.preventDefault();
      if (box.value.trim()) await send(box.value.trim()).catch((error) => (turn.querySelector(".meta").textContent = error.message));
      why.replaceChildren(make("p", "thanks", "Thank you: it is kept with the answer."));
    };
  } catch (error) {
    turn.querySelector(".meta").textContent = error.message;
  }
}

const EXPECTED = /^expected_(purchases|value)_(\d+)d$/;
const HIDDEN = new Set(["customer_id", "model_name", "model_version", "as_of"]);

// Columns come and go with the models: what is known gets words of its own, the rest is shown as it is called.
function customerFacts(row) {
  const facts = [];
  const share = (value) => value.toLocaleString("en-GB", { style: "percent", maximumFractionDigits: 1 });
  const plain = (value) => (typeof value === "number" ? value.toLocaleString("en-GB", { maximumFractionDigits: 2 }) : String(value));
  const interval = (name) => {
    const stem = `${name}_low` in row ? name : name.replace(/^expected_/, "");
    const [low, high] = [row[`${stem}_low`], row[`${stem}_high`]];
    return typeof low === "number" && typeof high === "number" ? ` (${plain(low)} to ${plain(high)})` : "";
  };
  for (const [name, value] of Object.entries(row)) {
    if (HIDDEN.has(name) || value === null || /_(low|high)$/.test(name)) continue;
    const days = EXPECTED.exec(name);
    if (days) facts.push([`${days[1] === "value" ? "Spending" : "Purchases"} in ${days[2]} days`, plain(value) + interval(name)]);
    else if (name === "p_alive") facts.push(["Still a customer", share(value) + interval(name)]);
    else if (/^p_|_probability$/.test(name) && typeof value === "number") facts.push([name.replace(/^p_/, "").replaceAll("_", " "), share(value)]);
    else facts.push([name.replaceAll("_", " "), (Array.isArray(value) ? value.map((one) => (typeof one === "object" ? Object.values(one).join(" ") : one)).join("; ") : typeof value === "object" ? Object.entries(value).map(([key, one]) => `${key}: ${plain(one)}`).join("; ") : plain(value)) + interval(name)]);
  }
  if (row.as_of) facts.push(["As of", spelt(row.as_of)]);
  facts.push(["Model", `${row.model_name ?? ""} version ${row.model_version ?? ""}`]);
  return facts;
}

async function lookUp(id) {
  const said = find("customer-said");
  const facts = find("customer-facts");
  said.textContent = "…";
  facts.hidden = true;
  find("customer-history").hidden = true;
  try {
    const { predictions } = await call("/predict", { customer_ids: [id] });
    said.textContent = "";
    facts.replaceChildren(...customerFacts(predictions[0]).flatMap(([name, text]) => [make("dt", "", name), make("dd", "", text)]));
    facts.hidden = false;
    // Without its history a prediction still stands.
    const history = await call("/customers/history", { customer_id: id }).catch(() => null);
    if (history) showHistory(find("customer-history"), find("history-said"), history, predictions[0]);
  } catch (error) {
    said.textContent = error.message;
  }
}

async function ask(question, inSteps = false) {
  find("welcome").hidden = true;
  // What a follow-up question leaves out is taken from those before it.
  const history = [...find("log").querySelectorAll(".asked")].map((asked) => asked.textContent).filter((text) => text.length <= 20000).slice(-6);
  const turn = find("turn").content.firstElementChild.cloneNode(true);
  turn.querySelector(".asked").textContent = question;
  find("log").append(turn);
  turn.scrollIntoView({ block: "start" });
  find("send").disabled = find("in-steps").disabled = true;
  try {
    showAnswer(turn, await (inSteps ? call("/agent", { question }) : call("/answer", { question, history })));
  } catch (error) {
    showSaid(turn, "failed", error.message);
    turn.querySelector(".foot").hidden = true;
  } finally {
    find("send").disabled = find("in-steps").disabled = false;
    turn.scrollIntoView({ block: "start" });
  }
}

function fit() {
  const box = find("question");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

function send(inSteps) {
  const question = find("question").value.trim();
  if (!question || find("send").disabled) return;
  find("question").value = "";
  fit();
  ask(question, inSteps);
}

find("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  send(false);
});
find("in-steps").addEventListener("click", () => send(true));
find("question").addEventListener("input", fit);
find("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    find("ask").requestSubmit();
  }
});
find("key-form").addEventListener("submit", () => {
  find("question").focus();
  probe();
});

find("customer-open").addEventListener("click", () => find("customer").showModal());
find("customer-close").addEventListener("click", () => find("customer").close());
find("customer").addEventListener("click", (event) => event.target === find("customer") && find("customer").close());
find("customer-form").addEventListener("submit", (event) => {
  event.preventDefault();
  lookUp(find("customer-id").value.trim());
});
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  find("question").focus();
});
probe();
