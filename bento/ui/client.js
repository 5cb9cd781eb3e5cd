"use strict";
// What the pages share: calls with the key, the form that asks for one, how an answer and its citations are shown, and a
// document's page with the quote marked.
// Text reaches a page through textContent only, so nothing that a document or a person wrote is markup.

const find = (id) => document.getElementById(id);
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
const KEY = "aieco-key";
const BADGES = {
  verified: "✓ Verified against the quotes",
  quoted: "✓ Quoted word for word",
  number: "✓ From the warehouse",
  abstained: "No answer found",
  failed: "No answer",
};

function request(path, body) {
  const key = sessionStorage.getItem(KEY);
  const headers = { ...(body && { "Content-Type": "application/json" }), ...(key && { Authorization: `Bearer ${key}` }) };
  return fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
}

async function call(path, body) {
  const response = await request(path, body);
  const data = await response.json().catch(() => ({}));
  if (response.status === 401) enter(response.headers.get("X-Aieco-Login"));
  if (!response.ok) throw new Error(data.error || `The service answered ${response.status}.`);
  return data;
}

// Behind the login, whose session is over; else by a key.
function enter(login) {
  if (login === "/login") location.assign(`${login}?next=${encodeURIComponent(location.pathname)}`);
  else askForKey();
}

function askForKey() {
  find("key-form").hidden = false;
  find("key").focus();
}

// As core/rag/seal.py has it: lines without the mark of a list's item, each white space one blank.
const plain = (line) => line.replace(/^\W*(?:[•●▪◦‣∙·*–—-]|\d{1,2}[.)]|#{1,6})\s+/, "").replace(/\s+/g, " ").trim();
const words = (text) => text.split("\n").map(plain).join(" ");

function outcome(answer) {
  if (answer.abstained) return "abstained";
  if (answer.metric) return "number";
  const said = answer.citations.map(({ quote }) => words(quote)).join(" ");
  return answer.answer.split("\n").every((line) => said.includes(plain(line))) ? "quoted" : "verified";
}

// Lines that begin as items of a list are one; what has cells is a table's row.
function showText(place, text) {
  place.replaceChildren();
  for (const line of text.split("\n")) {
    const item = /^- /.test(line);
    if (!item) place.append(make("p", /\S \| \S/.test(line) ? "row" : "", line));
    else {
      if (place.lastElementChild?.tagName !== "UL") place.append(document.createElement("ul"));
      place.lastElementChild.append(make("li", "", line.slice(2)));
    }
  }
}

// Title and days of a cited document, as far as it names them.
function ofItself({ title, dated, in_force: { from, until } }) {
  const days = [["dated", dated], ["in force from", from], ["in force until", until]];
  return [title, ...days.filter(([, day]) => day).map(([name, day]) => `${name} ${day}`)].filter(Boolean).join(" · ");
}

function citationItem(citation, documents, repeated) {
  const known = documents.find(({ path }) => path === citation.document);
  const button = make("button", "", "");
  button.type = "button";
  button.append(
    ...(repeated ? [] : [make("span", "quote", citation.quote.trim())]),
    make("span", "source", [`${citation.document}, page ${citation.page}`, ...(known ? [ofItself(known)] : [])].filter(Boolean).join(" · ")),
  );
  button.addEventListener("click", () => openPage(citation));
  const item = document.createElement("li");
  item.append(button);
  return item;
}

async function openPage(citation) {
  const place = find("page-text");
  const beside = find("page-picture");
  find("page-title").textContent = `${citation.document}, page ${citation.page}`;
  place.textContent = "…";
  showPicture(beside, null);
  find("page").showModal();
  const address = `/documents/${citation.sha256}/pages/${citation.page}`;
  try {
    const { text } = await call(address);
    const picture = /\.pdf$/i.test(citation.document) ? await drawn(`${address}/image?start=${citation.start}&end=${citation.end}`, citation) : null;
    if (!find("page").open) return;
    showPicture(beside, picture);
    showMarked(place, text, citation);
  } catch (error) {
    place.textContent = error.message;
  }
}

function showMarked(place, text, { start, end }) {
  // Offsets count characters as Python does, not UTF-16 units.
  const letters = Array.from(text);
  const part = (from, to) => letters.slice(from, to).join("");
  const mark = make("mark", "", part(start, end));
  place.replaceChildren(part(0, start), mark, part(end));
  // Only the text moves: on a narrow screen the picture above it is seen first.
  place.scrollTop = mark.offsetTop - place.offsetTop - place.clientHeight / 2;
}

// What was read stands beside what is seen, so that a mistake of the reader shows.
function showPicture(place, picture) {
  find("page").classList.toggle("drawn", Boolean(picture));
  place.hidden = !picture;
  place.replaceChildren(...(picture ? [picture] : []));
  place.scrollTop = 0;
}

// The key travels in a header, which an address in an image can't have.
async function drawn(address, citation) {
  const response = await request(address);
  if (!response.ok) return null;
  const reader = new FileReader();
  reader.readAsDataURL(await response.blob());
  await new Promise((done) => reader.addEventListener("loadend", done));
  const picture = Object.assign(new Image(), { alt: `The page, with this marked: ${citation.quote.trim()}`, src: reader.result });
  await picture.decode().catch(() => {});
  return picture;
}

find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, find("key").value.trim());
  find("key-form").hidden = true;
});
find("page-close").addEventListener("click", () => find("page").close());
find("page").addEventListener("click", (event) => event.target === find("page") && find("page").close());
