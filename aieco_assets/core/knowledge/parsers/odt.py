"""OpenDocument texts (odt) as LibreOffice shows them: without hidden sections, deletions and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Block, Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.facts import facts_from
from aieco_assets.core.knowledge.note_markers import mark, superscript
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.odt_styles import TB, D, Lists, O, S, Styles, T, number
from aieco_assets.core.knowledge.parsers.package import open_package
from aieco_assets.core.knowledge.tables import Cell, Table, in_cell

if TYPE_CHECKING:
    from lxml.etree import _Element

_DC = "{http://purl.org/dc/elements/1.1/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_SILENT = frozenset(
    {
        f"{O}annotation",
        f"{T}tracked-changes",
        f"{T}sequence-decls",
        f"{O}forms",
        f"{T}ruby-text",
        f"{T}page-number",
    }
    | {f"{T}page-count", f"{T}hidden-text", f"{D}image", f"{T}soft-page-break", f"{T}variable-decls"}
    | {f"{T}script", f"{O}event-listeners", f"{O}dde-source"}
)
_INDEXES = frozenset(
    f"{T}{name}" for name in ("table-of-content", "alphabetical-index", "illustration-index", "table-index")
) | {f"{T}{name}" for name in ("object-index", "user-index", "bibliography")}


def parse(data: bytes) -> ParsedDocument:
    package = open_package(data, "odt")
    if b"encryption-data" in (package.read("META-INF/manifest.xml") or b""):
        raise UnreadableDocument("it is encrypted: open it and save it without a password")
    content, styles, meta = (package.xml(f"{name}.xml") for name in ("content", "styles", "meta"))
    body = content.find(f"{O}body/{O}text") if content is not None else None
    if content is None or body is None:
        raise UnreadableDocument("it is not a readable odt (it holds no text document)")
    reader = _Reader([root for root in (styles, content) if root is not None])
    items = list(reader.items(body))
    above, below = reader.furniture(styles, content) if styles is not None else ([], [])
    page = page_of([*above, *items, *below])
    told = meta.findtext(f".//{_DC}title") if meta is not None else ""
    said = (
        {one.tag.rpartition("}")[2]: one.text or "" for one in meta.iter() if isinstance(one.tag, str)}
        if meta is not None
        else {}
    )
    tags = [one.text or "" for one in meta.iter(f"{_META}keyword")] if meta is not None else []
    first = reader.title or (page.headings[0][1] if page.headings else "")
    return ParsedDocument(
        title_of(told or first, [page]),
        (page,),
        facts_from({"language": said.get("language"), "modified": said.get("date"), "tags": tags}),
    )


class _Reader:
    def __init__(self, roots: list[_Element]) -> None:
        self._styles = Styles(roots)
        self._lists = Lists(roots)
        self._noted: list[tuple[str, str]] = []
        self._frames: list[_Element] = []
        self._marks = self._in_cell = 0
        self.title = ""

    def items(self, parent: Iterable[_Element], level: int = 0, style: str = "") -> Iterator[Item]:
        for element in parent:
            tag = element.tag
            if tag in (f"{T}p", f"{T}h"):
                yield from self._paragraph(element)
            elif tag == f"{T}list":
                yield from self._list(element, level + 1, element.get(f"{T}style-name", style))
            elif tag == f"{TB}table":
                yield from self._table(element)
                yield from self._notes()
            elif tag == f"{D}frame":
                yield from self._frame(element)
            elif tag == f"{T}section" or tag in _INDEXES:
                if not _section_hidden(element):
                    yield from self.items(element)
            elif tag in (f"{T}index-body", f"{T}index-title", f"{D}g", f"{T}numbered-paragraph"):
                yield from self.items(element, level, style)
            elif tag in (f"{D}custom-shape", f"{D}text-box", f"{D}rect"):
                yield from self.items(element)

    def furniture(self, styles: _Element, content: _Element) -> tuple[list[Item], list[Item]]:
        """Headers and footers of the pages that the document uses, each once."""
        used = {s.get(f"{S}master-page-name") for s in content.iter(f"{S}style")} | {"Standard", "Default"}
        masters = [page for page in styles.iter(f"{S}master-page") if page.get(f"{S}name") in used]
        found: list[list[Item]] = []
        for kind in ("header", "footer"):
            told: dict[str, Item] = {}
            for master in masters:
                for part in master:
                    of_kind = part.tag in (f"{S}{kind}", f"{S}{kind}-first", f"{S}{kind}-left")
                    if of_kind and part.get(f"{S}display") != "false":
                        told |= {i.text: i for i in self.items(part) if isinstance(i, Block) and i.text.strip()}
            found.append(list(told.values()))
        return found[0], found[1]

    def _paragraph(self, paragraph: _Element, label: str = "") -> Iterator[Item]:
        if self._styles.is_hidden(paragraph.get(f"{T}style-name", "")):
            return
        words = self._words(paragraph)
        frames, self._frames = self._frames, []
        if words.strip():
            words = f"{label} {words}" if label else words
            named = self._styles.names(paragraph.get(f"{T}style-name", ""))
            if "Title" in named and not self.title:
                self.title = " ".join(words.split())
            if paragraph.tag == f"{T}h":
                yield heading(f"{self._lists.chapter(paragraph)}{words}")
            else:
                yield heading(words) if "Title" in named else text(words)
        if not self._in_cell:
            yield from self._notes()
        for frame in frames:
            yield from self._frame(frame)

    def _list(self, listed: _Element, level: int, style: str) -> Iterator[Item]:
        self._lists.begin(listed, level, style)
        for item in listed:
            if item.tag not in (f"{T}list-item", f"{T}list-header"):
                continue
            # One that only holds the list inside of it counts for nothing.
            own = any(part.tag in (f"{T}p", f"{T}h") for part in item)
            label = self._lists.label(item, level, style) if item.tag == f"{T}list-item" and own else ""
            for part in item:
                if part.tag in (f"{T}p", f"{T}h"):
                    yield from self._paragraph(part, label)
                    label = ""
                else:
                    yield from self.items([part], level, style)

    def _words(self, element: _Element) -> str:
        told = [element.text or ""]
        for part in element:
            told += [self._inline(part), part.tail or ""]
        return re.sub(r"[ \t\r\n]+", " ", "".join(told).replace("\v", "\0")).replace("\0", "\n")

    def _inline(self, part: _Element) -> str:
        tag = part.tag
        if tag == f"{T}s":
            return " "
        if tag == f"{T}tab":
            return " "
        if tag == f"{T}line-break":
            return "\v"
        if tag == f"{T}note":
            return self._note(part)
        if tag in (f"{D}frame", f"{D}custom-shape", f"{D}g", f"{D}rect"):
            self._frames.append(part)
            return ""
        if tag in _SILENT or not isinstance(tag, str) or self._styles.is_hidden(part.get(f"{T}style-name", "")):
            return ""
        if tag in (f"{T}conditional-text", f"{T}hidden-paragraph"):
            return part.text or ""
        words = self._words(part)
        return superscript(words) if self._styles.is_raised(part.get(f"{T}style-name", "")) else words

    def _note(self, note: _Element) -> str:
        body = note.find(f"{T}note-body")
        words = " ".join(" ".join(self._words(p) for p in body.iter(f"{T}p")).split()) if body is not None else ""
        if not words:
            return ""
        self._marks += 1
        self._noted.append((mark(self._marks), words))
        return mark(self._marks)

    def _notes(self) -> Iterator[Item]:
        noted, self._noted = self._noted, []
        for label, words in noted:
            yield text(f"{label} {words}")

    def _frame(self, frame: _Element) -> Iterator[Item]:
        boxes = frame.findall(f"{D}text-box")
        if boxes:
            for box in boxes:
                yield from self.items(box)
        elif frame.tag != f"{D}frame":
            yield from self.items(frame)

    def _table(self, table: _Element) -> Iterator[Item]:
        rows, header = [], 0
        for row in table.iter(f"{TB}table-row"):
            if next(row.iterancestors(f"{TB}table")) is not table or row.get(f"{TB}visibility") in (
                "collapse",
                "filter",
            ):
                continue
            rows.append([cell for cell in row if cell.tag == f"{TB}table-cell"])
            header += next(row.iterancestors(f"{TB}table-header-rows"), None) is not None
        cells = [cell for row in rows for cell in row]
        nested = sum(any(next(cell.iter(f"{TB}table"), None) is not None for cell in row) for row in rows)
        first = any(next(cell.iter(f"{TB}table"), None) is not None for cell in (rows[0] if rows else ()))
        # A table inside a row of values is no layout.
        if first or 2 * nested > len(rows) or max(map(len, rows), default=0) < 2 or len(rows) < 2:
            for cell in cells:
                yield from self.items(cell)
            return
        yield Table([[self._cell(cell) for cell in row] for row in rows], header or None)

    def _cell(self, cell: _Element) -> Cell:
        self._in_cell += 1
        words = in_cell(self.items(cell))
        self._in_cell -= 1
        across, down = (number(cell, f"{TB}number-{kind}-spanned") for kind in ("columns", "rows"))
        repeated = min(number(cell, f"{TB}number-columns-repeated"), 100)
        return Cell(words, max(across, repeated), down, strong=self._is_bold(cell))

    def _is_bold(self, cell: _Element) -> bool:
        """Whether all its words are: by the style of each paragraph, or of all that stands in it."""
        paragraphs = [p for p in cell.iter(f"{T}p") if "".join(p.itertext()).strip()]
        return bool(paragraphs) and all(self._styled_bold(p) or self._all_bold(p) for p in paragraphs)

    def _styled_bold(self, element: _Element) -> bool:
        return self._styles.is_bold(element.get(f"{T}style-name", ""))

    def _all_bold(self, paragraph: _Element) -> bool:
        between = [paragraph.text, *(part.tail for part in paragraph)]
        return not any(words and words.strip() for words in between) and all(map(self._styled_bold, paragraph))


def _section_hidden(section: _Element) -> bool:
    return (
        section.get(f"{T}display", "true") in ("none", "condition") and section.get(f"{T}is-hidden", "true") != "false"
    )
