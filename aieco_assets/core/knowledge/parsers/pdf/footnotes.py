"""Footnotes beside the text that they belong to: after the paragraph with the mark, or in the cell of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aieco_assets.core.knowledge.parsers.pdf.lines import Line, TextBlock
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import PlacedTable
from aieco_assets.core.knowledge.tables import Cell, Table

_MARKS = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_RAISED = re.compile(f"[{_MARKS}]+|[*†‡§¶]{{1,3}}")
_OPENING = re.compile(rf"\s*([{_MARKS}]{{1,3}}|[*†‡§¶]{{1,3}}|\d{{1,3}}(?=[ .)]))[ .)]*(?=\S)")
_EXPONENT = re.compile(r"(?:^|[\s\d/])(?:[kcdm]?m|ft|in|s|yd)$")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ENDED = re.compile(r"[.!?:;][\"'”’)]*[⁰¹²³⁴⁵⁶⁷⁸⁹*†‡§]*\s*$")
_SMALLER = 0.96  # than the text with the mark
_LONGEST_IN_CELL = 240  # characters
Item = TextBlock | PlacedTable


@dataclass
class _Note:
    mark: str
    lines: list[Line]
    place: int
    used: bool = False

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def with_notes(items: Sequence[Item]) -> list[Item]:
    """The page's items, each note whose mark is found moved to it."""
    marked = _marked(items)
    if not marked:
        return list(items)
    left, notes = _taken(items, marked)
    if not notes:
        return list(items)
    found: list[Item] = []
    for place, item in left:
        if isinstance(item, PlacedTable):
            rest: list[_Note] = []
            found.append(_table_with_notes(item, place, notes, rest))
            found += [TextBlock(note.lines) for note in rest]
        else:
            found += _block_with_notes(item, place, notes)
        found += [TextBlock(note.lines) for note in notes if note.place == place and not note.used]
    return found


def _marked(items: Sequence[Item]) -> dict[str, float]:
    """The marks in the text, and how high the text around them is."""
    found: dict[str, float] = {}
    for item in items:
        if isinstance(item, TextBlock):
            texts = [(line.text, line.height) for line in item.lines]
        else:
            texts = [(text, item.height) for text in _cell_texts(item.table)]
        for text, height in texts if _RAISED.search("\n".join(text for text, _ in texts)) else ():
            for mark in _marks(text):
                found[mark] = max(height, found.get(mark, 0.0))
    return found


def _marks(text: str) -> list[str]:
    """Marks of notes in a text, in order, as plain digits; not those at its beginning, and no exponents of units."""
    found = []
    for match in _RAISED.finditer(text):
        before = text[: match.start()].rstrip()
        if before and not (match[0] in "²³" and _EXPONENT.search(before)):
            found.append(match[0].translate(_PLAIN))
    return found


def _taken(items: Sequence[Item], marked: dict[str, float]) -> tuple[list[tuple[int, Item]], list[_Note]]:
    """Items without the notes (with their places), and the notes in order."""
    left: list[tuple[int, Item]] = []
    notes: list[_Note] = []
    for place, item in enumerate(items):
        if isinstance(item, PlacedTable) or not place:
            left.append((place, item))
            continue
        kept: list[Line] = []
        note: _Note | None = None
        for line in item.lines:
            match = _OPENING.match(line.text)
            raised = match is not None and (not match[1][0].isascii() or match[1][0] == "*")
            mark = match[1].translate(_PLAIN) if match else ""
            if mark in marked and (raised or line.height < _SMALLER * marked[mark]):
                note = _Note(mark, [line], place)
                notes.append(note)
            elif note is not None and line.height < 1.05 * note.lines[0].height:
                note.lines.append(line)
            else:
                note = None
                kept.append(line)
        left.append((place, TextBlock(kept)))
    return left, notes


def _take(notes: list[_Note], text: str, place: int) -> list[_Note]:
    """The notes whose marks stand in a text: of each mark the next note."""
    taken: list[_Note] = []
    for mark in dict.fromkeys(_marks(text)):
        note = next((one for one in notes if one.mark == mark and one.place >= place), None)
        if note is not None and not note.used:
            note.used = True
            taken.append(note)
    return taken


def _block_with_notes(block: TextBlock, place: int, notes: list[_Note]) -> list[Item]:
    """The block, cut after the line that ends the sentence with the mark."""
    found: list[Item] = []
    lines: list[Line] = []
    waiting: list[_Note] = []
    for line in block.lines:
        lines.append(line)
        waiting += _take(notes, line.text, place)
        if waiting and _ENDED.search(line.text):
            found += [TextBlock(lines), *(TextBlock(note.lines) for note in waiting)]
            lines, waiting = [], []
    if lines:
        found.append(TextBlock(lines))
    return found + [TextBlock(note.lines) for note in waiting]


def _table_with_notes(placed: PlacedTable, place: int, notes: list[_Note], rest: list[_Note]) -> PlacedTable:
    rows: list[list[Cell]] = []
    for row in placed.table.rows:
        cells: list[Cell] = []
        for cell in row:
            text = cell.text
            for note in _take(notes, text, place):
                if cell.heading or len(note.text) > _LONGEST_IN_CELL:
                    rest.append(note)
                else:
                    text += f" ({note.text})"
            cells.append(replace(cell, text=text) if text != cell.text else cell)
        rows.append(cells)
    return replace(placed, table=Table(rows, placed.table.header_rows))


def _cell_texts(table: Table) -> list[str]:
    return [cell.text for row in table.rows for cell in row]
