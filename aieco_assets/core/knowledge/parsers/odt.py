"""OpenDocument texts (odt) as LibreOffice shows them: without hidden sections, deletions and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Block, Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.facts import facts_from
from aieco_assets.core.knowledge.marks import mark
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.docx_styles import formatted
from aieco_assets.core.knowledge.parsers.package import open_package
from aieco_assets.core.knowledge.tables import Cell, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:"
_T, _TB, _O, _S, _D, _FO = (
    f"{_OASIS}{name}:1.0}}" for name in ("text", "table", "office", "style", "drawing", "xsl-fo-compatible")
)
_DC = "{http://purl.org/dc/elements/1.1/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_SILENT = frozenset(
    {
        f"{_O}annotation",
        f"{_T}tracked-changes",
        f"{_T}sequence-decls",
        f"{_O}forms",
        f"{_T}ruby-text",
        f"{_T}page-number",
    }
    | {f"{_T}page-count", f"{_T}hidden-text", f"{_D}image", f"{_T}soft-page-break", f"{_T}variable-decls"}
)


def parse(data: bytes) -> ParsedDocument:
    package = open_package(data, "odt")
    if b"encryption-data" in (package.read("META-INF/manifest.xml") or b""):
        raise UnreadableDocument("it is encrypted: open it and save it without a password")
    content, styles, meta = (package.xml(f"{name}.xml") for name in ("content", "styles", "meta"))
    body = content.find(f"{_O}body/{_O}text") if content is not None else None
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
        self._styles = {s.get(f"{_S}name", ""): s for root in roots for s in root.iter(f"{_S}style")}
        self._lists = {s.get(f"{_S}name", ""): s for root in roots for s in root.iter(f"{_T}list-style")}
        self._outline = next(
            (found for root in roots if (found := root.find(f".//{_T}outline-style")) is not None), None
        )
        self._noted: list[tuple[str, str]] = []
        self._frames: list[_Element] = []
        self._chapters: list[int] = []
        self._marks = self._in_cell = 0
        self._counts: dict[str, int] = {}
        self.title = ""

    def items(self, parent: Iterable[_Element], level: int = 0, style: str = "") -> Iterator[Item]:
        for element in parent:
            tag = element.tag
            if tag in (f"{_T}p", f"{_T}h"):
                yield from self._paragraph(element)
            elif tag == f"{_T}list":
                yield from self._list(element, level + 1, element.get(f"{_T}style-name", style))
            elif tag == f"{_TB}table":
                yield from self._table(element)
                yield from self._notes()
            elif tag == f"{_D}frame":
                yield from self._frame(element)
            elif tag in (f"{_T}section", f"{_T}table-of-content", f"{_T}alphabetical-index"):
                if not _section_hidden(element):
                    yield from self.items(element)
            elif tag in (f"{_T}index-body", f"{_T}index-title", f"{_D}g", f"{_T}numbered-paragraph"):
                yield from self.items(element, level, style)
            elif tag in (f"{_D}custom-shape", f"{_D}text-box", f"{_D}rect"):
                yield from self.items(element)

    def furniture(self, styles: _Element, content: _Element) -> tuple[list[Item], list[Item]]:
        """Headers and footers of the pages that the document uses, each once."""
        used = {s.get(f"{_S}master-page-name") for s in content.iter(f"{_S}style")} | {"Standard", "Default"}
        masters = [page for page in styles.iter(f"{_S}master-page") if page.get(f"{_S}name") in used]
        found: list[list[Item]] = []
        for kind in ("header", "footer"):
            told: dict[str, Item] = {}
            for master in masters:
                for part in master:
                    of_kind = part.tag in (f"{_S}{kind}", f"{_S}{kind}-first", f"{_S}{kind}-left")
                    if of_kind and part.get(f"{_S}display") != "false":
                        told |= {i.text: i for i in self.items(part) if isinstance(i, Block) and i.text.strip()}
            found.append(list(told.values()))
        return found[0], found[1]

    def _paragraph(self, paragraph: _Element, label: str = "") -> Iterator[Item]:
        if self._is_hidden(paragraph.get(f"{_T}style-name", "")):
            return
        words = self._words(paragraph)
        frames, self._frames = self._frames, []
        if words.strip():
            words = f"{label} {words}" if label else words
            named = self._names(paragraph.get(f"{_T}style-name", ""))
            if "Title" in named and not self.title:
                self.title = " ".join(words.split())
            if paragraph.tag == f"{_T}h":
                yield heading(f"{self._chapter(paragraph)}{words}")
            else:
                yield heading(words) if "Title" in named else text(words)
        if not self._in_cell:
            yield from self._notes()
        for frame in frames:
            yield from self._frame(frame)

    def _chapter(self, paragraph: _Element) -> str:
        """The number of a heading, where the outline numbers its level."""
        told = paragraph.get(f"{_T}outline-level", "1")
        level = int(told) if told.isdigit() else 1
        self._chapters = [*self._chapters, *([0] * level)][:level]
        self._chapters[-1] += 1
        form = self._level(self._outline, level, "outline-level-style")
        shown = form.get(f"{_S}num-format", "") if form is not None else ""
        if form is None or shown not in _FORMS or paragraph.get(f"{_T}is-list-header") == "true":
            return ""
        levels = int(form.get(f"{_T}display-levels", "1"))
        numbers = ".".join(formatted(n or 1, _FORMS[shown]) for n in self._chapters[-levels:])
        return f"{form.get(f'{_S}num-prefix', '')}{numbers}{form.get(f'{_S}num-suffix', '')} "

    def _level(self, style: _Element | None, level: int, *kinds: str) -> _Element | None:
        for one in style if style is not None else ():
            if one.get(f"{_T}level") == str(level) and one.tag in [_T + kind for kind in kinds]:
                return one
        return None

    def _list(self, listed: _Element, level: int, style: str) -> Iterator[Item]:
        form = self._level(self._lists.get(style), level, "list-level-style-number")
        shown = form.get(f"{_S}num-format", "") if form is not None else ""
        key = f"{style} {level}"
        if form is None or listed.get(f"{_T}continue-numbering") != "true":
            start = form.get(f"{_T}start-value", "1") if form is not None else "1"
            self._counts[key] = int(start) - 1
        for item in listed:
            if item.tag not in (f"{_T}list-item", f"{_T}list-header"):
                continue
            label = ""
            if item.tag == f"{_T}list-item":
                self._counts[key] = self._counts.get(key, 0) + 1
                if form is None:
                    label = "•"
                elif shown in _FORMS:
                    number = formatted(self._counts[key], _FORMS[shown])
                    label = f"{form.get(f'{_S}num-prefix', '')}{number}{form.get(f'{_S}num-suffix', '')}"
            for part in item:
                if part.tag in (f"{_T}p", f"{_T}h"):
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
        if tag == f"{_T}s":
            return " "
        if tag == f"{_T}tab":
            return " "
        if tag == f"{_T}line-break":
            return "\v"
        if tag == f"{_T}note":
            return self._note(part)
        if tag in (f"{_D}frame", f"{_D}custom-shape", f"{_D}g", f"{_D}rect"):
            self._frames.append(part)
            return ""
        if tag in _SILENT or not isinstance(tag, str) or self._is_hidden(part.get(f"{_T}style-name", "")):
            return ""
        if tag in (f"{_T}conditional-text", f"{_T}hidden-paragraph"):
            return part.text or ""
        return self._words(part)

    def _note(self, note: _Element) -> str:
        body = note.find(f"{_T}note-body")
        words = " ".join(" ".join(self._words(p) for p in body.iter(f"{_T}p")).split()) if body is not None else ""
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
        boxes = frame.findall(f"{_D}text-box")
        if boxes:
            for box in boxes:
                yield from self.items(box)
        elif frame.tag != f"{_D}frame":
            yield from self.items(frame)

    def _table(self, table: _Element) -> Iterator[Item]:
        rows, header = [], 0
        for row in table.iter(f"{_TB}table-row"):
            if next(row.iterancestors(f"{_TB}table")) is not table or row.get(f"{_TB}visibility") in (
                "collapse",
                "filter",
            ):
                continue
            rows.append([cell for cell in row if cell.tag == f"{_TB}table-cell"])
            header += next(row.iterancestors(f"{_TB}table-header-rows"), None) is not None
        cells = [cell for row in rows for cell in row]
        nested = any(next(cell.iter(f"{_TB}table"), None) is not None for cell in cells)
        if nested or max(map(len, rows), default=0) < 2 or len(rows) < 2:
            for cell in cells:
                yield from self.items(cell)
            return
        yield Table([[self._cell(cell) for cell in row] for row in rows], header or None)

    def _cell(self, cell: _Element) -> Cell:
        self._in_cell += 1
        items = [item for item in self.items(cell) if isinstance(item, Block)]
        self._in_cell -= 1
        across, down = (int(cell.get(f"{_TB}number-{kind}-spanned", "1")) for kind in ("columns", "rows"))
        repeated = min(int(cell.get(f"{_TB}number-columns-repeated", "1")), 100)
        return Cell(" ".join(item.text for item in items), max(across, repeated), down, strong=self._is_bold(cell))

    def _is_bold(self, cell: _Element) -> bool:
        paragraphs = [p for p in cell.iter(f"{_T}p") if "".join(p.itertext()).strip()]
        return bool(paragraphs) and all(
            "Table Heading" in " ".join(self._names(p.get(f"{_T}style-name", ""))).replace("_20_", " ")
            for p in paragraphs
        )

    def _names(self, style: str) -> list[str]:
        names = []
        for _ in range(20):
            if not style or style in names:
                break
            names.append(style)
            one = self._styles.get(style)
            style = one.get(f"{_S}parent-style-name", "") if one is not None else ""
        return names

    def _is_hidden(self, style: str) -> bool:
        """Hidden or struck out by the style or what it is based on."""
        hidden = struck = ""
        for name in self._names(style):
            one = self._styles.get(name)
            look = one.find(f"{_S}text-properties") if one is not None else None
            if look is not None:
                hidden = hidden or look.get(f"{_T}display", "")
                struck = (
                    struck
                    or look.get(f"{_S}text-line-through-style", "")
                    or look.get(f"{_S}text-line-through-type", "")
                )
        return hidden == "none" or struck not in ("", "none")


def _section_hidden(section: _Element) -> bool:
    return (
        section.get(f"{_T}display", "true") in ("none", "condition")
        and section.get(f"{_T}is-hidden", "true") != "false"
    )
