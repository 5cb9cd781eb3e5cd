"""Word's body as blocks, as it is seen with all changes accepted: the walk through paragraphs and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Item, heading, text
from aieco_assets.core.knowledge.parsers.docx_parts import BOX, GONE, INTO, MC, chosen, content, named
from aieco_assets.core.knowledge.parsers.docx_runs import Runs
from aieco_assets.core.knowledge.parsers.docx_styles import VAL, Numbering, Styles, W, is_on
from aieco_assets.core.knowledge.parsers.docx_tables import cells_of, is_layout, is_strong, rows_of, sets_off
from aieco_assets.core.knowledge.tables import Cell, Table, in_cell, merged_down

if TYPE_CHECKING:
    from lxml.etree import _Element

Notes = Callable[[str, str], list[str]]
Others = Callable[["_Element"], Iterable[Item]]


def no_notes(kind: str, number: str) -> list[str]:
    return []


class Body:
    """Walks a body, a header or a note. `notes`: what stands in the note of a kind (footnote, endnote) with an id.

    `others`: what stands in another part of the file: a chart, a diagram, an imported document.
    """

    def __init__(self, styles: Styles, numbering: Numbering, notes: Notes = no_notes, others: Others | None = None):
        self._styles, self._numbering = styles, numbering
        self._others = others or (lambda element: ())
        self._runs = Runs(styles, notes)
        self._pending = ""  # text of a paragraph whose end was deleted
        self._in_cell = 0

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
                yield from self.items(content(element))
            elif tag == f"{MC}AlternateContent":
                yield from self.items(chosen(element))
            elif tag in INTO:
                yield from self.items(element)
            elif tag == f"{W}altChunk":
                yield from self._others(element)

    def _paragraph(self, paragraph: _Element) -> Iterator[Item]:
        properties = paragraph.find(f"{W}pPr")
        style = named(properties, "pStyle") or self._styles.default
        told = self._runs.text(paragraph, style)
        boxes, self._runs.boxes = self._runs.boxes, []
        if _end_deleted(properties):
            self._pending += told
        else:
            told, self._pending = self._pending + told, ""
            if told.strip():
                yield self._block(told, properties, style)
        if not self._in_cell:
            yield from self._noted_items()
        for box in boxes:
            yield from self.items(box) if box.tag == BOX else self._others(box)

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
        number = named(direct, "numId") or named(styled, "numId")
        level = named(direct, "ilvl") or named(styled, "ilvl") or self._numbering.level_of(number, style) or "0"
        if number and number != "0" and level.isdigit():
            return self._numbering.label(number, int(level))
        bullets = number != "0" and any(name.startswith("list bullet") for name in self._styles.names(style))
        return "•" if bullets else ""

    def _noted_items(self) -> Iterator[Item]:
        noted, self._runs.noted = self._runs.noted, []
        for label, lines in noted:
            if lines:
                yield text(f"{label} " + "\n".join(lines))

    def _table(self, table: _Element) -> Iterator[Item]:
        rows = list(rows_of(table))
        cells = [list(cells_of(row)) for row in rows]
        if is_layout(cells, self._styles):
            for cell in (cell for row in cells for cell in row):
                yield from self.items(cell)
            return
        look = table.find(f"{W}tblPr/{W}tblLook")
        styled = named(table.find(f"{W}tblPr"), "tblStyle")
        set_off = sets_off(look, "firstRow", 0x20) and self._styles.conditional(styled, "firstRow")
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
        before = named(row.find(f"{W}trPr"), "gridBefore")
        told = [Cell(across=int(before))] if before.isdigit() and int(before) else []
        for cell in cells:
            properties = cell.find(f"{W}tcPr")
            across = named(properties, "gridSpan")
            merge = properties.find(f"{W}vMerge") if properties is not None else None
            down = -1 if merge is not None and merge.get(VAL, "continue") == "continue" else 1
            self._in_cell += 1
            words = in_cell(self.items(cell))
            self._in_cell -= 1
            is_set_off = strong or is_strong(cell, self._styles)
            told.append(Cell(words, int(across) if across.isdigit() else 1, down, is_header, is_set_off))
        return told


def _end_deleted(properties: _Element | None) -> bool:
    """Whether the paragraph goes on in the next one, because the mark at its end was deleted or moved away."""
    own = properties.find(f"{W}rPr") if properties is not None else None
    return own is not None and any(child.tag in GONE for child in own)
