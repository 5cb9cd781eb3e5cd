"""Footnotes beside the text that they belong to: after the paragraph with the mark, or in the cell of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aieco_assets.core.knowledge.parsers.pdf.lines import Line, TextBlock
from aieco_assets.core.knowledge.parsers.pdf.ruled_tables import PlacedTable
from aieco_assets.core.knowledge.tables import Cell, Table

_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_RAISED = re.compile(f"[{_MARKS}]+|[*†‡§¶]{{1,3}}")
_OPENING = re.compile(rf"\s*([{_MARKS}]{{1,3}}|[*†‡§¶]{{1,3}}|\d{{1,3}}(?=[ .)]))[ .)]*(?=\S)")
_EXPONENT = re.compile(r"(?:^|[\s\d/])(?:[kcdm]?m|ft|in|s|yd)$")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ENDED = re.compile(r"[.!?:;][\"'”’)]*[⁰¹²³⁴⁵⁶⁷⁸⁹*†‡§]*\s*$")
_SMALLER = 0.96  # of the height of the body's lines
_LONGEST_IN_CELL = 240  # characters
Item = TextBlock | PlacedTable


@dataclass
class _Note:
    mark: str
    lines: list[Line]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def with_notes(items: Sequence[Item], body: float) -> list[Item]:
    """The page's items, each note whose mark is found moved to it. `body`: height of lines of running text."""
    marked = _marked(items)
    if not marked:
        return list(items)
    left, notes = _taken(items, marked, body)
    if not notes:
        return list(items)
    found: list[Item] = []
    for item in left:
        if isinstance(item, PlacedTable):
            rest: list[_Note] = []
            found.append(_table_with_notes(item, notes, rest))
            found += [TextBlock(note.lines) for note in rest]
        else:
            found += _block_with_notes(item, notes)
    return found + [TextBlock(note.lines) for note in notes.values()]


def _marked(items: Sequence[Item]) -> set[str]:
    return {
        mark
        for item in items
        for text in ([line.text for line in item.lines] if isinstance(item, TextBlock) else _cell_texts(item.table))
        for mark in _marks(text)
    }


def _marks(text: str) -> list[str]:
    """Marks of notes in a text, in order, as plain digits; not those at its beginning, and no exponents of units."""
    found = []
    for match in _RAISED.finditer(text):
        before = text[: match.start()].rstrip()
        if before and not (match[0] in "²³" and _EXPONENT.search(before)):
            found.append(match[0].translate(_PLAIN))
    return found


def _taken(items: Sequence[Item], marked: set[str], body: float) -> tuple[list[Item], dict[str, _Note]]:
    """Items without the notes, and the notes by their marks."""
    left: list[Item] = []
    notes: dict[str, _Note] = {}
    for place, item in enumerate(items):
        if isinstance(item, PlacedTable) or not place:
            left.append(item)
            continue
        kept: list[Line] = []
        open_note: _Note | None = None
        for line in item.lines:
            match = _OPENING.match(line.text)
            raised = match is not None and not match[1][0].isascii() or (match is not None and match[1][0] in "*†‡§¶")
            mark = match[1].translate(_PLAIN) if match else ""
            if match and mark in marked and mark not in notes and (raised or line.height < _SMALLER * body):
                open_note = notes[mark] = _Note(mark, [line])
            elif open_note is not None and not kept and line.height < 1.05 * open_note.lines[0].height:
                open_note.lines.append(line)
            else:
                open_note = None
                kept.append(line)
        if kept:
            left.append(TextBlock(kept))
    return left, notes


def _block_with_notes(block: TextBlock, notes: dict[str, _Note]) -> list[Item]:
    """The block, cut after the line that ends the sentence with the mark."""
    found: list[Item] = []
    lines: list[Line] = []
    waiting: list[_Note] = []
    for line in block.lines:
        lines.append(line)
        waiting += [notes.pop(mark) for mark in dict.fromkeys(_marks(line.text)) if mark in notes]
        if waiting and _ENDED.search(line.text):
            found += [TextBlock(lines), *(TextBlock(note.lines) for note in waiting)]
            lines, waiting = [], []
    if lines:
        found.append(TextBlock(lines))
    return found + [TextBlock(note.lines) for note in waiting]


def _table_with_notes(placed: PlacedTable, notes: dict[str, _Note], rest: list[_Note]) -> PlacedTable:
    rows: list[list[Cell]] = []
    for row in placed.table.rows:
        cells: list[Cell] = []
        for cell in row:
            text = cell.text
            for mark in dict.fromkeys(_marks(text)):
                note = notes.pop(mark, None)
                if note is None:
                    continue
                if cell.heading or len(note.text) > _LONGEST_IN_CELL:
                    rest.append(note)
                else:
                    text += f" ({note.text})"
            cells.append(replace(cell, text=text) if text != cell.text else cell)
        rows.append(cells)
    return replace(placed, table=Table(rows, placed.table.header_rows))


def _cell_texts(table: Table) -> list[str]:
    return [cell.text for row in table.rows for cell in row]
