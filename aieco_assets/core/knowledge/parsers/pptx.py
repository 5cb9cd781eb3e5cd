"""Presentations (pptx): a page per slide that is shown, what is said in its notes under a heading of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Block, Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.note_markers import superscript
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers.docx_styles import formatted
from aieco_assets.core.knowledge.parsers.drawings import CHART, DIAGRAM, A, drawing
from aieco_assets.core.knowledge.parsers.office_math import FORMULAS, formula
from aieco_assets.core.knowledge.parsers.package import Package, open_package
from aieco_assets.core.knowledge.tables import Cell, Table

if TYPE_CHECKING:
    from lxml.etree import _Element

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TITLES, _REPEATED = ("title", "ctrTitle"), ("ftr", "hdr", "dt")
_SAME_ROW = 200_000  # EMU (half a centimetre): shapes whose tops differ by less stand beside each other


def parse(data: bytes) -> ParsedDocument:
    package = open_package(data, "pptx")
    main = package.main()
    root = package.xml(main)
    if root is None or root.tag != f"{_P}presentation":
        raise package.broken("it is no presentation of PowerPoint 2007 or newer")
    reader = _Reader(package)
    pages = []
    for number, slide in enumerate(root.iter(f"{_P}sldId"), 1):
        part = package.related(main, slide.get(f"{_R}id", ""))
        items = reader.slide(part)
        if items:
            pages.append(page_of(items, number))
    first = next((words for page in pages for _, words in page.headings), "")
    return ParsedDocument(title_of(package.property("title") or first, pages), tuple(pages), package.facts())


class _Reader:
    """Slides in order; footers and what the layouts print on every slide are told once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._repeated: set[str] = set()
        self._layouts: set[str] = set()

    def slide(self, part: str) -> list[Item]:
        root = self._package.xml(part)
        if root is None or root.get("show", "1") in ("0", "false"):
            return []
        found = list(self._shapes(root.find(f"{_P}cSld/{_P}spTree"), part))
        layout = self._package.related_kind(part, "slideLayout")
        for behind in (layout, self._package.related_kind(layout, "slideMaster")):
            if behind and behind not in self._layouts and root.get("showMasterSp", "1") not in ("0", "false"):
                self._layouts.add(behind)
                printed = self._package.xml(behind)
                tree = printed.find(f"{_P}cSld/{_P}spTree") if printed is not None else None
                found += self._shapes(tree, behind, placeholders=False)
        notes = self._package.related_kind(part, "notesSlide")
        spoken = self._package.xml(notes)
        if spoken is not None:
            body = [
                item
                for shape in spoken.iter(f"{_P}sp")
                if _placeholder(shape) == "body"
                for item in self._paragraphs(shape.find(f"{_P}txBody"), False)
            ]
            found += [heading("Notes"), *body] if body else []
        return found

    def _shapes(self, tree: _Element | None, part: str, placeholders: bool = True) -> Iterator[Item]:
        """Titles first, then from top to bottom and from left to right."""
        shapes = [shape for shape in _flat(tree) if not _is_hidden(shape)]
        for shape in sorted(shapes, key=_place):
            kind = _placeholder(shape)
            if kind == "sldNum" or (kind and not placeholders):
                continue
            if shape.tag == f"{_P}grpSp":
                yield from self._shapes(shape, part, placeholders)
            elif shape.tag == f"{_P}graphicFrame":
                yield from self._graphic(shape, part)
            else:
                yield from self._text(shape, kind)

    def _text(self, shape: _Element, kind: str) -> Iterator[Item]:
        items = list(self._paragraphs(shape.find(f"{_P}txBody"), kind in ("body", "obj")))
        told = " ".join(item.text for item in items)
        if not told.strip():
            return
        if kind in _REPEATED:
            if told in self._repeated:
                return
            self._repeated.add(told)
        if kind in _TITLES:
            yield heading(told)
        else:
            yield from items

    def _graphic(self, frame: _Element, part: str) -> Iterator[Item]:
        table = next(frame.iter(f"{A}tbl"), None)
        if table is not None:
            yield self._table(table)
        for reference in frame.iter(CHART, DIAGRAM):
            yield from drawing(reference, self._package, part)

    def _table(self, table: _Element) -> Table:
        properties = table.find(f"{A}tblPr")
        set_off = properties is not None and properties.get("firstRow") in ("1", "true")
        rows = []
        for number, row in enumerate(table.iter(f"{A}tr")):
            cells = []
            for cell in row.iter(f"{A}tc"):
                if cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true"):
                    continue
                words = " ".join(item.text for item in self._paragraphs(cell.find(f"{A}txBody"), False))
                across, down = (_whole(cell.get(name, "1")) for name in ("gridSpan", "rowSpan"))
                cells.append(Cell(words, across, down, strong=set_off and number == 0))
            rows.append(cells)
        return Table(rows)

    def _paragraphs(self, body: _Element | None, bulleted: bool) -> Iterator[Block]:
        paragraphs = body.findall(f"{A}p") if body is not None else []
        counts: dict[int, int] = {}
        for paragraph in paragraphs:
            words = _words(paragraph)
            if not words.strip():
                continue
            properties = paragraph.find(f"{A}pPr")
            level = _whole(properties.get("lvl", "0")) if properties is not None else 0
            has = {name: properties is not None and properties.find(A + name) is not None for name in _BULLETS}
            for other in [one for one in counts if one > level or (one == level and not has["buAutoNum"])]:
                del counts[other]
            if properties is not None and (numbered := properties.find(f"{A}buAutoNum")) is not None:
                counts[level] = counts.get(level, _whole(numbered.get("startAt", "1")) - 1) + 1
                yield text(f"{_number(counts[level], numbered.get('type', ''))} {words}")
            elif has["buChar"] or (bulleted and len(paragraphs) > 1 and not has["buNone"]):
                yield text(f"• {words}")
            else:
                yield text(words)


_BULLETS = ("buAutoNum", "buChar", "buNone")


_FORMS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}


def _number(count: int, kind: str) -> str:
    """`b)` for alphaLcParenR."""
    form = next((form for name, form in _FORMS.items() if kind.startswith(name)), "decimal")
    before = "(" if kind.endswith("ParenBoth") else ""
    after = ")" if "Paren" in kind else "" if kind.endswith("Plain") else "."
    return f"{before}{formatted(count, form)}{after}"


def _words(paragraph: _Element) -> str:
    told = []
    for part in paragraph:
        if part.tag == f"{A}br":
            told.append("\n")
        elif part.tag in (f"{A}r", f"{A}fld") and part.get("type") != "slidenum":
            look = part.find(f"{A}rPr")
            if look is not None and look.get("strike", "noStrike") != "noStrike":
                continue
            words = part.findtext(f"{A}t") or ""
            above = look.get("baseline", "0") if look is not None else "0"
            told.append(superscript(words) if above.isdigit() and int(above) > 0 else words)
        elif part.tag == f"{_MC}AlternateContent":  # a formula; for older programs it is a picture
            told += [formula(one) for one in part.iter(*FORMULAS) if next(one.iterancestors(*FORMULAS), None) is None]
    return "".join(told)


def _flat(tree: _Element | None) -> Iterator[_Element]:
    """Shapes of a tree; of one that is in the file for newer and older programs one form."""
    for shape in tree if tree is not None else ():
        if shape.tag == f"{_MC}AlternateContent":
            chosen = next((one for one in shape if len(one)), None)
            yield from _flat(chosen)
        elif shape.tag in (f"{_P}sp", f"{_P}grpSp", f"{_P}graphicFrame", f"{_P}cxnSp"):
            yield shape


def _named(shape: _Element) -> _Element | None:
    return next(
        iter(shape.find(f"{_P}{name}/{_P}cNvPr") for name in _NAMES if shape.find(f"{_P}{name}") is not None), None
    )


_NAMES = ("nvSpPr", "nvGrpSpPr", "nvGraphicFramePr", "nvCxnSpPr")


def _is_hidden(shape: _Element) -> bool:
    named = _named(shape)
    return named is not None and named.get("hidden") in ("1", "true")


def _placeholder(shape: _Element) -> str:
    """The kind of placeholder (title, body, ftr …); empty for a shape that is none."""
    found = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return found.get("type", "obj") if found is not None else ""


def _place(shape: _Element) -> tuple[int, int, int]:
    kind = _placeholder(shape)
    offset = next(shape.iter(f"{A}off"), None)  # placeholders stand where their layout has them: above what was added
    top, left = (_whole(offset.get(name, "0")) for name in ("y", "x")) if offset is not None else (0, 0)
    return 0 if kind in _TITLES else 2 if kind in _REPEATED else 1, top // _SAME_ROW, left


def _whole(told: str) -> int:
    return int(told) if told.lstrip("-").isdigit() else 0
