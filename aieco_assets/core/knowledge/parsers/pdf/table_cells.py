"""Which columns the cells of a line stand in, headings of several columns among them."""

from __future__ import annotations

from aieco_assets.core.knowledge.parsers.pdf.drawings import Drawings
from aieco_assets.core.knowledge.parsers.pdf.lines import Line
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import is_amount
from aieco_assets.core.knowledge.parsers.pdf.spans import Span
from aieco_assets.core.knowledge.parsers.pdf.table_rows import MOST_HEADERS

Columns = list[tuple[float, float]]
_TOUCH = 1.5  # points


def placed_cells(line: Line, columns: Columns) -> list[tuple[int, int, Span]]:
    """(first column, one after the last, cell): a cell stands in all columns that it overlaps."""
    found: list[tuple[int, int, Span]] = []
    for cell in line.cells:
        over = [n for n, (left, right) in enumerate(columns) if min(cell.right, right) - max(cell.left, left) > 1.0]
        if not over:
            over = [min(range(len(columns)), key=lambda n: abs(sum(columns[n]) / 2 - (cell.left + cell.right) / 2))]
        if found and over[0] < found[-1][1]:
            before = found[-1]
            if over[-1] >= before[1]:
                over = [n for n in over if n >= before[1]]
            else:
                text = f"{before[2].text} {cell.text}"
                joined = Span(text, before[2].left, cell.bottom, cell.right, cell.top, before[2].place)
                found[-1] = (before[0], max(before[1], over[-1] + 1), joined)
                continue
        found.append((over[0], over[-1] + 1, cell))
    return found


def _whole(start: float, end: float, cell: Span, drawings: Drawings) -> tuple[float, float]:
    """The rule under a cell with those that touch it: it may be drawn column by column."""
    beside = sorted((at, to) for y, at, to in drawings.across if -3 < cell.bottom - y < cell.height)
    for at, to in beside:
        if at <= end + _TOUCH and to > end:
            end = to
    for at, to in reversed(beside):
        if to >= start - _TOUCH and at < start:
            start = at
    return start, end


def stretch(grid: list, columns: Columns, drawings: Drawings) -> None:
    """A heading of several columns stands in the middle of them, or over a rule as wide as they are."""
    for number in range(min(MOST_HEADERS, len(grid) - 1)):
        placed, below = grid[number], {at for at, to, _ in grid[number + 1]}
        if len(placed) >= len(columns) or any(is_amount(cell.text) for *_, cell in placed):
            continue
        for place, (at, to, cell) in enumerate(placed):
            left = placed[place - 1][1] if place else (1 if cell.left > columns[0][1] else 0)
            right = placed[place + 1][0] if place + 1 < len(placed) else len(columns)
            under = [
                (start, end)
                for y, start, end in drawings.across
                if -3 < cell.bottom - y < cell.height and start < cell.right and end > cell.left
            ]
            best = (at, to)
            if under and under[0][1] - under[0][0] < 0.9 * (columns[-1][1] - columns[0][0]):
                start, end = _whole(min(under)[0], max(end for _, end in under), cell, drawings)
                over = [n for n in range(left, right) if columns[n][1] > start + 2 and columns[n][0] < end - 2]
                best = (over[0], over[-1] + 1) if over else best
            elif number + 1 < len(grid):
                middle = (cell.left + cell.right) / 2
                wider = [
                    (abs((columns[i][0] + columns[j - 1][1]) / 2 - middle), i - j, i, j)
                    for i in range(left, at + 1)
                    for j in range(to, right + 1)
                    if all(column in below for column in range(i, j))
                ]
                near = [one for one in wider if one[0] < max(6.0, 0.6 * cell.height)]
                best = min(near, key=lambda one: (one[1], one[0]))[2:] if near and to - at < right - left else best
            placed[place] = (best[0], best[1], cell)
