"""Word's body as blocks, as it is seen with all changes accepted: the walk through paragraphs, runs and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Item, heading, text
from aieco_assets.core.knowledge.marks import mark
from aieco_assets.core.knowledge.parsers.docx_styles import VAL, Numbering, Styles, W, is_on
from aieco_assets.core.knowledge.tables import Cell, Table, merged_down

if TYPE_CHECKING:
    from lxml.etree import _Element

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_GONE = frozenset(W + name for name in ("del", "moveFrom", "cellDel"))
_INTO = frozenset(
    W + name for name in ("ins", "moveTo", "hyperlink", "smartTag", "customXml", "dir", "bdo", "fldSimple")
)
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}ptab": "\t",
}
# Of Word's symbol fonts, what carries meaning.
_SYMBOLS = {
    "a8": "☐",
    "6f": "☐",
    "fe": "☑",
    "fd": "☒",
    "78": "☒",
    "fc": "✓",
    "fb": "✗",
    "b7": "•",
    "a7": "•",
    "e0": "→",
}
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


class Body:
    """Walks a body, a header or a note. `notes`: what stands in the note of a kind (footnote, endnote) with an id."""

    def __init__(self, styles: Styles, numbering: Numbering, notes: Callable[[str, str], list[str]]) -> None:
        self._styles, self._numbering, self._notes = styles, numbering, notes
        self._fields: list[list[str]] = []  # (code or result, the code) of the fields that are open
        self._pending = ""  # text of a paragraph whose end was deleted
        self._boxes: list[_Element] = []
        self._noted: list[tuple[str, list[str]]] = []
        self._marks = self._in_cell = 0

    def items(self, parent: Iterable[_Element]) -> Iterator[Item]:
        """Blocks in reading order; notes follow the paragraph or table with their mark."""
        for element in parent:
            tag = element.tag
            if tag == f"{W}p":
                yield from self._paragraph(element)
            elif tag == f"{W}tbl":
                yield from self._table(element)
                yield from self._noted_items()
            elif tag == f"{W}sdt":
                yield from self.items(_content(element))
            elif tag == f"{_MC}AlternateContent":
                yield from self.items(_chosen(element))
            elif tag in _INTO:
                yield from self.items(element)

    def _paragraph(self, paragraph: _Element) -> Iterator[Item]:
        properties = paragraph.find(f"{W}pPr")
        style = _named(properties, "pStyle") or self._styles.default
        told = self._runs(paragraph, style)
        boxes, self._boxes = self._boxes, []
        if _end_deleted(properties):
            self._pending += told
        else:
            told, self._pending = self._pending + told, ""
            if told.strip():
                yield self._block(told, properties, style)
        if not self._in_cell:
            yield from self._noted_items()
        for box in boxes:
            yield from self.items(box)

    def _block(self, told: str, properties: _Element | None, style: str) -> Item:
        level = properties.find(f"{W}outlineLvl") if properties is not None else None
        label = self._label(properties, style)
        told = f"{label} {told.lstrip()}" if label else told
        if self._styles.is_heading(style) or (level is not None and level.get(VAL, "9") in "012345678"):
            return heading(told)
        return text(told)

    def _label(self, properties: _Element | None, style: str) -> str:
        direct = properties.find(f"{W}numPr") if properties is not None else None
        styled = self._styles.property(style, "pPr/numPr")
        number = _named(direct, "numId") or _named(styled, "numId")
        level = _named(direct, "ilvl") or _named(styled, "ilvl") or "0"
        if number and number != "0" and level.isdigit():
            return self._numbering.label(number, int(level))
        bullets = number != "0" and any(name.startswith("list bullet") for name in self._styles.names(style))
        return "•" if bullets else ""

    def _noted_items(self) -> Iterator[Item]:
        noted, self._noted = self._noted, []
        for label, lines in noted:
            if lines:
                yield text(f"{label} " + "\n".join(lines))

    def _runs(self, parent: Iterable[_Element], style: str) -> str:
        """The visible text of a paragraph's content."""
        told: list[str] = []
        for element in parent:
            tag = element.tag
            if tag == f"{W}r":
                told.append(self._run(element, style))
            elif tag == f"{W}sdt":
                told.append(self._runs(_content(element), style))
            elif tag == f"{_MC}AlternateContent":
                told.append(self._runs(_chosen(element), style))
            elif tag == f"{W}fldSimple":
                code = element.get(f"{W}instr", "").split()
                told.append("" if code[:1] and code[0].upper() in _PAGE_FIELDS else self._runs(element, style))
            elif tag in _INTO:
                told.append(self._runs(element, style))
            elif tag in (f"{_M}oMath", f"{_M}oMathPara"):
                told.append("".join(element.itertext(f"{_M}t")))
        return "".join(told)

    def _run(self, run: _Element, style: str) -> str:
        hidden = self._is_hidden(run, style)
        told: list[str] = []
        for element in run:
            tag = element.tag
            if tag == f"{W}fldChar":
                told.append(self._field(element))
            elif tag == f"{W}instrText":
                if self._fields:
                    self._fields[-1][1] += element.text or ""
            elif hidden or not self._shows():
                continue
            elif tag == f"{W}t":
                told.append(element.text or "")
            elif tag in _SIGNS:
                told.append(_SIGNS[tag])
            elif tag == f"{W}sym":
                told.append(_symbol(element))
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                told.append(self._note(element))
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                self._boxes += _boxes(element)
            elif tag == f"{_MC}AlternateContent":
                for chosen in _chosen(element):
                    self._boxes += _boxes(chosen)
        return "".join(told)

    def _is_hidden(self, run: _Element, style: str) -> bool:
        properties = run.find(f"{W}rPr")
        own = _named(properties, "rStyle")
        for name in ("vanish", "strike", "dstrike"):
            element = properties.find(W + name) if properties is not None else None
            for source in (own, style):
                if element is None and source:
                    element = self._styles.property(source, f"rPr/{name}")
            if is_on(element):
                return True
        return False

    def _shows(self) -> bool:
        return all(
            state == "result" and (code.split() or [""])[0].upper() not in _PAGE_FIELDS for state, code in self._fields
        )

    def _field(self, element: _Element) -> str:
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            shown = self._shows()
            self._fields.append(["code", ""])
            return _form_value(element) if shown else ""
        if kind == "separate" and self._fields:
            self._fields[-1][0] = "result"
        elif kind == "end" and self._fields:
            self._fields.pop()
        return ""

    def _note(self, reference: _Element) -> str:
        kind = "footnote" if reference.tag == f"{W}footnoteReference" else "endnote"
        lines = self._notes(kind, reference.get(f"{W}id", ""))
        if not lines:
            return ""
        self._marks += 1
        self._noted.append((mark(self._marks), lines))
        return mark(self._marks)

    def _table(self, table: _Element) -> Iterator[Item]:
        rows = [row for row in _rows(table) if not _row_gone(row)]
        cells = [[cell for cell in _cells(row)] for row in rows]
        if _is_layout(cells, self._styles):
            for cell in (cell for row in cells for cell in row):
                yield from self.items(cell)
            return
        look = table.find(f"{W}tblPr/{W}tblLook")
        styled = _named(table.find(f"{W}tblPr"), "tblStyle")
        set_off = _look(look, "firstRow", 0x20) and self._styles.conditional(styled, "firstRow")
        marked = 0
        while marked < len(rows) and is_on(rows[marked].find(f"{W}trPr/{W}tblHeader")):
            marked += 1
        told = [
            self._row(row, row_cells, marked > number, set_off and number == 0)
            for number, (row, row_cells) in enumerate(zip(rows, cells, strict=True))
        ]
        if len(told) == 1:
            for cell in told[0]:
                yield text(cell.text)
            return
        yield Table(merged_down(told))

    def _row(self, row: _Element, cells: list[_Element], is_header: bool, strong: bool) -> list[Cell]:
        before = _named(row.find(f"{W}trPr"), "gridBefore")
        told = [Cell(across=int(before))] if before.isdigit() and int(before) else []
        for cell in cells:
            properties = cell.find(f"{W}tcPr")
            across = _named(properties, "gridSpan")
            merge = properties.find(f"{W}vMerge") if properties is not None else None
            down = -1 if merge is not None and merge.get(VAL, "continue") == "continue" else 1
            self._in_cell += 1
            words = " ".join(item.text for item in self.items(cell) if not isinstance(item, Table))
            self._in_cell -= 1
            told.append(
                Cell(words, int(across) if across.isdigit() else 1, down, is_header, strong or _is_strong(cell))
            )
        return told


_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def _rows(table: Iterable[_Element]) -> Iterator[_Element]:
    for element in table:
        if element.tag == f"{W}tr":
            yield element
        elif element.tag == f"{W}sdt":
            yield from _rows(_content(element))
        elif element.tag in _INTO:
            yield from _rows(element)


def _cells(row: Iterable[_Element]) -> Iterator[_Element]:
    for element in row:
        if element.tag == f"{W}tc":
            if element.find(f"{W}tcPr/{W}cellDel") is None:
                yield element
        elif element.tag == f"{W}sdt":
            yield from _cells(_content(element))
        elif element.tag in _INTO:
            yield from _cells(element)


def _row_gone(row: _Element) -> bool:
    properties = row.find(f"{W}trPr")
    if properties is None:
        return False
    return any(child.tag in _GONE for child in properties) or is_on(properties.find(f"{W}hidden"))


def _is_layout(cells: list[list[_Element]], styles: Styles) -> bool:
    """Whether a table only puts things beside each other: it has one column, or holds tables or headings."""
    if max(map(len, cells), default=0) < 2:
        return True
    for cell in (cell for row in cells for cell in row):
        if next(cell.iter(f"{W}tbl"), None) is not None:
            return True
        if any(styles.is_heading(style.get(VAL, "")) for style in cell.iter(f"{W}pStyle")):
            return True
    return False


def _is_strong(cell: _Element) -> bool:
    shade = cell.find(f"{W}tcPr/{W}shd")
    if shade is not None and shade.get(f"{W}fill", "auto").lower() not in ("auto", "ffffff"):
        return True
    runs = [run for run in cell.iter(f"{W}r") if run.find(f"{W}t") is not None]
    return bool(runs) and all(is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _look(look: _Element | None, name: str, bit: int) -> bool:
    if look is None:
        return False
    told = look.get(W + name)
    if told is not None:
        return told not in ("0", "false")
    value = look.get(VAL, "0")
    return bool(int(value, 16) & bit) if all(c in "0123456789abcdefABCDEF" for c in value) else False


def _end_deleted(properties: _Element | None) -> bool:
    """Whether the paragraph goes on in the next one, because the mark at its end was deleted or moved away."""
    own = properties.find(f"{W}rPr") if properties is not None else None
    return own is not None and any(child.tag in _GONE for child in own)


def _content(control: _Element) -> Iterable[_Element]:
    """What stands in a content control; nothing where it only prompts for its value."""
    properties = control.find(f"{W}sdtPr")
    content = control.find(f"{W}sdtContent")
    if content is None or (properties is not None and is_on(properties.find(f"{W}showingPlcHdr"))):
        return ()
    return content


def _chosen(alternatives: _Element) -> Iterable[_Element]:
    """One of the forms in which the same thing is in the file for newer and older programs."""
    for kind in ("Choice", "Fallback"):
        for one in alternatives.findall(_MC + kind):
            if len(one):
                return one
    return ()


def _boxes(drawing: _Element) -> list[_Element]:
    """The text boxes of a drawing, unless it is hidden."""
    if any(one.get("hidden") in ("1", "true") for one in drawing.iter(f"{_DRAWN}docPr")):
        return []
    found = []
    for box in drawing.iter(f"{W}txbxContent"):
        outer = box.iterancestors(f"{W}txbxContent", f"{_MC}Fallback")
        shapes = (shape.get("style", "").replace(" ", "") for shape in box.iterancestors())
        if any(_within(one, drawing) for one in outer) or any("visibility:hidden" in style for style in shapes):
            continue
        found.append(box)
    return found


def _within(element: _Element, drawing: _Element) -> bool:
    return any(above is drawing for above in element.iterancestors())


def _symbol(element: _Element) -> str:
    code = element.get(f"{W}char", "").lower()
    if len(code) == 4 and code.startswith("f0"):
        return _SYMBOLS.get(code[2:], "")
    try:
        return chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""


def _form_value(begin: _Element) -> str:
    """What a form field of old Word shows that is no text: a ticked box, the chosen entry."""
    data = begin.find(f"{W}ffData")
    if data is None:
        return ""
    box = data.find(f"{W}checkBox")
    if box is not None:
        ticked = box.find(f"{W}checked")
        return (
            "☒"
            if is_on(ticked if ticked is not None else box.find(f"{W}default"))
            and not (ticked is None and box.find(f"{W}default") is None)
            else "☐"
        )
    entries = [entry.get(VAL, "") for entry in data.findall(f"{W}ddList/{W}listEntry")]
    chosen = _named(data.find(f"{W}ddList"), "result") or "0"
    return entries[int(chosen)] if chosen.isdigit() and int(chosen) < len(entries) else ""


def _named(parent: _Element | None, name: str) -> str:
    found = parent.find(W + name) if parent is not None else None
    return "" if found is None else found.get(VAL, "")
