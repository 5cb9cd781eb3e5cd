"use strict";
// The review page, after client.js: cases, the answer of today beside each, and a person's decision.

const REASONS = { thumbs_down: "Disliked", abstained: "No answer", sample: "Weekly sample" };
const day = (iso) => new Date(iso).toLocaleDateString("en-GB", { dateStyle: "medium" });
let chosen = "open";

function showGolden({ version, questions, gate_version: gate, gate_passed: passed }) {
  const place = find("golden");
  const now = version === null ? ["The golden questions can't be read from here."]
    : version ? ["Golden questions: version ", make("code", "", version), ` (${questions}).`] : ["No golden questions are asked yet."];
  const last = !gate ? [] : [
    ` The last gate ${passed ? "was passed" : "was not passed"} on `,
    ...(gate === version ? ["these."] : ["version ", make("code", "", gate), ": the next evaluation asks those of now."]),
  ];
  place.replaceChildren(...now, ...last);
}

async function load() {
  find("said").textContent = "…";
  try {
    const { cases, golden } = await call(`/review/cases?status=${chosen}`);
    showGolden(golden);
    find("cases").replaceChildren(...cases.map(caseItem));
    find("said").textContent = cases.length ? "" : `There is no ${chosen} case.`;
  } catch (error) {
    find("cases").replaceChildren();
    find("said").textContent = error.message;
  }
}

function caseItem(found) {
  const item = find("case").content.firstElementChild.cloneNode(true);
  const badge = item.querySelector(".open .badge");
  badge.textContent = REASONS[found.reason];
  badge.classList.add(found.reason);
  item.querySelector(".question").textContent = found.question;
  item.querySelector(".open .meta").textContent = `asked ${found.times === 1 ? "once" : `${found.times} times`} · ${day(found.asked_at)}`;
  item.querySelector(".note").textContent = found.note ? `“${found.note}”` : "";
  const [head, body] = [item.querySelector(".open"), item.querySelector(".body")];
  head.addEventListener("click", () => {
    body.hidden = !body.hidden;
    head.setAttribute("aria-expanded", !body.hidden);
    if (!item.dataset.asked) show(item, found);
  });
  return item;
}

async function show(item, found) {
  item.dataset.asked = "yes";
  const thinking = item.querySelector(".thinking");
  try {
    const { answer, answered } = await call(`/review/cases/${found.case_id}`);
    thinking.hidden = true;
    showNow(item.querySelector(".now"), answer, answered);
    fill(item.querySelector("form"), found, answer, answered);
  } catch (error) {
    delete item.dataset.asked;
    thinking.hidden = false;
    thinking.querySelector("em").textContent = error.message;
  }
}

const nearest = (answer) => (answer.citations.length ? answer.citations : answer.suggestions);

function showNow(place, answer, answered) {
  const kind = outcome(answer);
  const badge = place.querySelector(".badge");
  badge.textContent = BADGES[kind];
  badge.classList.add(kind);
  showText(place.querySelector(".text"), answer.answer);
  place.querySelector(".citations").replaceChildren(...nearest(answer).map((one) => citationItem(one, answer.documents, false)));
  const pages = answered?.pages.slice(0, 5).map(([document, page]) => `${document}, page ${page}`).join("; ");
  place.querySelector(".then").textContent = answered
    ? `When it was asked: ${answered.outcome}${answered.knowledge_version ? `, knowledge base v${answered.knowledge_version}` : ""}${pages ? `. Found: ${pages}.` : "."}`
    : "The log has no more of how it was answered.";
  place.hidden = false;
}

function fill(form, found, answer, answered) {
  form.elements.question.value = found.question;
  const cited = new Set(answer.citations.map(({ document, page }) => `${document}#${page}`));
  const known = [...nearest(answer).map(({ document, page }) => [document, page]), ...(answered?.pages ?? [])];
  const places = [...new Set(known.map(([document, page]) => `${document}#${page}`))].slice(0, 8);
  form.querySelector(".pages").replaceChildren(...places.map((name) => placeChoice(name, cited.has(name))));
  // A bar stands between alternatives there: a row of a table would come apart.
  const quotes = answer.citations.map(({ quote }) => quote.trim().replace(/\s+/g, " ")).filter((quote) => !quote.includes("|"));
  form.elements.contains.value = answer.abstained ? "" : quotes[0] ?? "";
  form.querySelectorAll('[name="answerable"]').forEach((choice) => choice.addEventListener("change", () => {
    form.querySelector(".answerable").hidden = form.elements.answerable.value === "no";
  }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(form, found, "accept");
  });
  form.querySelector(".reject").addEventListener("click", () => decide(form, found, "reject"));
  form.hidden = chosen !== "open";
}

function placeChoice(name, checked) {
  const label = make("label", "choice", "");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "place", value: name, checked });
  const [document_, page] = split(name);
  label.append(box, `${document_}, page ${page}`);
  return label;
}

const split = (name) => [name.slice(0, name.lastIndexOf("#")), Number(name.slice(name.lastIndexOf("#") + 1))];

function golden(form) {
  const question = form.elements.question.value.trim();
  if (form.elements.answerable.value === "no") return { question, unanswerable: true };
  const other = form.elements.page.value.trim();
  if (other && !/.#\d+$/.test(other)) throw new Error(`${other} names no page: write document#page, such as returns-policy.pdf#1.`);
  const names = [...[...form.querySelectorAll('[name="place"]:checked')].map(({ value }) => value), ...(other ? [other] : [])];
  return {
    question,
    pages: names.map(split).map(([document, page]) => ({ document, page })),
    must_contain: form.elements.contains.value.split("\n").map((line) => line.trim()).filter(Boolean),
  };
}

async function decide(form, found, decision) {
  const buttons = form.querySelectorAll("button");
  const problem = form.querySelector(".problem");
  problem.textContent = "";
  buttons.forEach((button) => (button.disabled = true));
  try {
    const state = await call(`/review/cases/${found.case_id}`, { decision, ...(decision === "accept" && golden(form)) });
    showGolden(state);
    form.closest(".case").remove();
    const left = find("cases").children.length;
    find("said").textContent = `“${found.question}” is ${decision === "accept" ? "a golden question" : "rejected"}.${left ? "" : " There is no open case left."}`;
  } catch (error) {
    problem.textContent = error.message;
    buttons.forEach((button) => (button.disabled = false));
  }
}

document.querySelectorAll("[data-status]").forEach((tab) => tab.addEventListener("click", () => {
  chosen = tab.dataset.status;
  document.querySelectorAll("[data-status]").forEach((other) => other.setAttribute("aria-pressed", other === tab));
  load();
}));
find("key-form").addEventListener("submit", load);
load();
