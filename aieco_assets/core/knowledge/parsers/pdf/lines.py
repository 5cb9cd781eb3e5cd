"""Spans as lines, and lines as blocks that belong together (a paragraph, a list, a heading)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from aieco_assets.core.knowledge.parsers.pdf.leaders import told_apart
from aieco_assets.core.knowledge.parsers.pdf.spans import WIDE_GAP, Span

_APART = " | "
_SIGNS, _SIGNS_BEHIND = frozenset({"$", "€", "£", "¥", "(", "$(", "US$", "-", "–"}), frozenset({"%", ")", ")%"})


class Line:
    """Cells from left to right: spans between which there is more than a space. Its box is that of all of them.

    `height`: of its longest cell. `is_scattered`: no sentence runs from one of its cells to the next.
    """

    __slots__ = ("bold", "bottom", "cells", "height", "is_scattered", "left", "middle", "right", "text", "top")

    def __init__(self, cells: list[Span], bold: bool = False) -> None:
        first = longest = cells[0]
        self.cells, self.bold = cells, bold
        self.left, self.right, self.bottom, self.top = first.left, first.right, first.bottom, first.top
        self.text, self.is_scattered = first.text, False
        for before, cell in pairwise(cells):
            self.right = max(self.right, cell.right)
            self.bottom, self.top = min(self.bottom, cell.bottom), max(self.top, cell.top)
            longest = cell if len(cell.text) > len(longest.text) else longest
            if cell.field or before.field:
                colon = cell.field and not before.field and before.text[-1:].isalnum()
                self.text += (": " if colon else " ") + cell.text
            elif _apart(before, cell):
                self.text += _APART + cell.text
                self.is_scattered = True
            else:
                self.text += " " + cell.text
        self.height = longest.top - longest.bottom
        self.middle = (self.top + self.bottom) / 2


def _apart(before: Span, cell: Span) -> bool:
    """Whether no sentence runs from the one to the other. Behind a number or a bullet of a list one does."""
    if cell.field or before.field or before.text.endswith(":"):
        return False
    return len(before.text) > 4 and cell.left - before.right > 1.2 * before.height


@dataclass
class TextBlock:
    lines: list[Line] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def lines_of(spans: Sequence[Span]) -> list[Line]:
    """From top to bottom. Spans on one height are one line; neighbours without a gap are one cell."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: -span.middle):
        row = rows[-1] if rows else None
        if row is not None and _same_line(row, span):
            row.append(span)
        else:
            rows.append([span])
    cells = [_cells(sorted(row, key=lambda span: span.left)) for row in rows]
    return [Line(row) for row in told_apart(cells)]


def _same_line(row: list[Span], span: Span) -> bool:
    first = row[0]
    least = 0.5 * min(first.top - first.bottom, span.top - span.bottom)
    if min(first.top, span.top) - max(first.bottom, span.bottom) < least:
        return False
    # What stands over or under another span is not on its line.
    left, right = span.left + least, span.right - least
    return all(one.right < left or one.left > right for one in row)


def _cells(row: list[Span]) -> list[Span]:
    cells = [row[0]]
    for span in row[1:]:
        before = cells[-1]
        gap = span.left - before.right
        if _is_sign_of(before.text, span.text):
            cells[-1] = Span(before.text + span.text, before.left, span.bottom, span.right, span.top, before.place)
            continue
        if gap <= WIDE_GAP * min(before.height, span.height) and not span.field and not before.field:
            close = span.joined and gap < 0.15 * before.height
            text = before.text + ("" if close else " ") + span.text
            longer = span if len(span.text) > len(before.text) else before
            bottom, top = longer.bottom, longer.top
            cells[-1] = Span(text, before.left, bottom, max(before.right, span.right), top, before.place, before.joined)
        else:
            cells.append(span)
    return cells


def _is_sign_of(before: str, text: str) -> bool:
    """Signs that stand apart from their amounts, at the edge of their column."""
    if before in _SIGNS:
        return text[:1].isdigit() or text[:1] in "(-—–."
    return text in _SIGNS_BEHIND and before[-1:].isdigit()


def blocks_of(lines: Sequence[Line]) -> list[TextBlock]:
    """Lines that follow each other at the distance of lines, in letters of one size."""
    pitches = [above.bottom - line.bottom for above, line in pairwise(lines)]
    heights = [line.height for line in lines]
    usual = min(median(pitches), 2.0 * median(heights)) if pitches else 0.0
    blocks: list[TextBlock] = []
    for number, line in enumerate(lines):
        if number and _goes_on(lines[number - 1], line, pitches[number - 1], usual):
            blocks[-1].lines.append(line)
        else:
            blocks.append(TextBlock([line]))
    return blocks


def _goes_on(above: Line, line: Line, pitch: float, usual: float) -> bool:
    tall, small = max(above.height, line.height), min(above.height, line.height)
    return (
        small > 0.87 * tall and pitch < max(1.3 * usual, 1.25 * tall) and pitch < 2.6 * tall and above.bold == line.bold
    )
