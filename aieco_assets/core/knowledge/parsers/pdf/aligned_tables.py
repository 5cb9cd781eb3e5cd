"""Tables without rules between their cells: lines whose cells stand under each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from aieco_assets.core.knowledge.parsers.pdf.drawings import Drawings
from aieco_assets.core.knowledge.parsers.pdf.lines import Line, lines_of
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import PlacedTable, is_amount
from aieco_assets.core.knowledge.parsers.pdf.spans import Span
from aieco_assets.core.knowledge.parsers.pdf.table_cells import Columns, placed_cells, stretch
from aieco_assets.core.knowledge.parsers.pdf.table_rows import MOST_HEADERS, header_rows, rows_of, written
from aieco_assets.core.knowledge.tables import Table

_FEWEST_ROWS = 3
_LONGEST = 60  # characters of a cell on one line, on the average
_ENTRY = re.compile(r" … \d{1,4}$")
_MARKER = re.compile(r"[•▪◦‣●■–*-]|\(?\w{1,3}[.)]|\d+(\.\d+)*\.?")


def with_tables(lines: Sequence[Line], drawings: Drawings) -> list[Line | PlacedTable]:
    """The lines, runs of them that are tables replaced."""
    found: list[Line | PlacedTable] = []
    at = 0
    for start, end in _runs(lines):
        start = max(at, start - MOST_HEADERS)  # headings of several columns stand above, a cell to the line
        made = _table(lines[start:end], drawings)
        if made is not None:
            table, first, last = made
            found += lines[at : start + first]
            found += table.lead
            found.append(replace(table, lead=[]))
            at = start + last
    return [*found, *lines[at:]]


def tables_between_rules(spans: Sequence[Span], drawings: Drawings) -> tuple[list[PlacedTable], list[Span]]:
    """The tables between rules of one length, and the spans that stand in none."""
    tables: list[PlacedTable] = []
    rest = list(spans)
    for left, right, low, high in _regions(drawings):
        inside = [s for s in rest if low < s.middle < high and s.right > left and s.left < right]
        if len(inside) < 4 or any(span.left < left - 6 or span.right > right + 6 for span in inside):
            continue
        lines = lines_of(inside)
        several = sum(len(line.cells) > 1 for line in lines)
        if several < 0.6 * len(lines):
            continue  # running text between two rules
        beside = [s.middle for s in rest if low < s.middle < high and s.right <= left]
        if sum(any(abs(line.middle - y) < 2 for y in beside) for line in lines) > 0.6 * len(lines):
            continue  # the names of the rows stand beside the rules
        for line in lines:
            line.bold = all(cell.bold for cell in line.cells)
        made = _table(lines, drawings, whole=True)
        if made is None or made[2] - made[1] < len(lines) - 1 - (made[1] <= 1):
            continue
        tables.append(made[0])
        taken = {id(span) for span in inside}
        above, below = lines[: made[1]], lines[made[2] :]
        rest = [span for span in rest if id(span) not in taken] + [c for line in above + below for c in line.cells]
    return tables, rest


def _regions(drawings: Drawings) -> list[tuple[float, float, float, float]]:
    """(left, right, bottom, top) of what stands between rules of one length, one below the other."""
    groups: dict[tuple[int, int], list[float]] = {}
    for y, at, to in drawings.across:
        if to - at > 60:
            groups.setdefault((round(at / 4), round(to / 4)), []).append(y)
    found = []
    for (at, to), heights in groups.items():
        if len(heights) < 2 or len(heights) > 400:
            continue
        found.append((at * 4.0 - 2, to * 4.0 + 2, min(heights), max(heights)))
    # Rules that part the rows of a wider table, but for its first column, come after it; else the smallest first.
    inside = {one: max((o[3] - o[2] for o in found if _holds(o, one)), default=0.0) for one in found}
    return sorted(found, key=lambda one: (max(inside[one], one[3] - one[2]), inside[one]))


def _holds(outer: tuple[float, float, float, float], inner: tuple[float, float, float, float]) -> bool:
    (left, right, low, high), (start, end, bottom, top) = outer, inner
    return low < bottom and top < high and left < start - 8 and abs(right - end) < 16


def _runs(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """(start, end) of lines near each other, most of which have several cells."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    last = single = 0
    for number, line in enumerate(lines):
        several = len(line.cells) > 1 and not _is_item_or_field(line)
        far = start is not None and lines[number - 1].bottom - line.top > 2.2 * line.height
        if start is not None and (far or (not several and single >= 3)):
            runs.append((start, last + 1 + min(single, number - last - 1)))
            start = None
        if several:
            if start is None:
                start = number
            last, single = number, 0
        elif start is not None:
            single += 1
    if start is not None:
        runs.append((start, len(lines)))
    return runs


def _is_item_or_field(line: Line) -> bool:
    """A bullet or a number and its text; a label and the value of a form's field."""
    if len(line.cells) > 2:
        return False
    return bool(_MARKER.fullmatch(line.cells[0].text)) or any(cell.field for cell in line.cells)


def _columns(lines: Sequence[Line]) -> Columns:
    """Strips that hold the cells: cut where no line, or next to none, has text."""
    several = _without_groups([line for line in lines if len(line.cells) > 1])
    steps: Counter[float] = Counter()
    for line in several:
        for cell in line.cells:
            steps[round(cell.left, 1)] += 1
            steps[round(cell.right, 1)] -= 1
    edges = sorted(steps)
    allowed = len(several) // 8
    columns: Columns = []
    opened: float | None = None
    covering = 0
    for left, right in pairwise(edges):
        covering += steps[left]
        if covering > allowed:
            opened = left if opened is None else opened
        elif opened is not None and right - left > 2:
            columns.append((opened, left))
            opened = None
    if opened is not None:
        columns.append((opened, edges[-1]))
    return columns


def _without_groups(several: list[Line]) -> list[Line]:
    """Without the headings on top that stand over several columns of amounts each: a short table would join these."""
    amounts = [sum(is_amount(cell.text) for cell in line.cells[1:]) for line in several]
    first = next((number for number, count in enumerate(amounts) if count), 0)
    rest = several[first:]
    if not 0 < first <= MOST_HEADERS or sum(count > 1 for count in amounts) < 0.6 * len(rest):
        return several
    if any(len(parts := cell.text.split()) > 1 and all(map(is_amount, parts)) for line in rest for cell in line.cells):
        return several  # amounts that stand as near as words are in no columns of their own
    for line in reversed(several[:first]):
        if not any(_over_several(cell, rest[0]) for cell in line.cells):
            rest.insert(0, line)
    return rest


def _over_several(cell: Span, line: Line) -> bool:
    return sum(min(cell.right, below.right) - max(cell.left, below.left) > 1.0 for below in line.cells) > 1


def _table(lines: Sequence[Line], drawings: Drawings, whole: bool = False) -> tuple[PlacedTable, int, int] | None:
    """The table in these lines, its first line and the one after its last. `whole`: the first line belongs to it."""
    columns = _columns(lines)
    if len(columns) < 2:
        return None
    if len(columns) < 4 and _are_contents(lines):
        return None
    grid = [placed_cells(line, columns) for line in lines]
    several = [number for number, row in enumerate(grid) if len(row) > 1]
    rules = _rules(lines, drawings)
    if len(several) < (_FEWEST_ROWS if len(rules) < 2 else 2):
        return None
    texts = [cell.text for number in several for _, _, cell in grid[number]]
    if sum(map(len, texts)) / len(texts) > _LONGEST:
        return None
    if any(sum(any(at == column for at, *_ in row) for row in grid) < 2 for column in range(len(columns))):
        columns = [one for c, one in enumerate(columns) if sum(any(at == c for at, *_ in row) for row in grid) >= 2]
        if len(columns) < 2:
            return None
        grid = [placed_cells(line, columns) for line in lines]
    first, last = 0 if whole else several[0], several[-1]
    while first and _is_heading_above(lines, first, columns):
        first -= 1
    # Lines of one cell after the last row go on with it, or belong to no table.
    while last + 1 < len(lines) and _is_rest(lines, grid, last + 1, columns):
        last += 1
    lines, grid = lines[first : last + 1], grid[first : last + 1]
    stretch(grid, columns, drawings)
    rows = rows_of(lines, grid, rules)
    header = header_rows(rows, rules)
    # In what units amounts are told, between the headings, is none of them.
    lead = [line for row, line in rows[:header] if len(row) == 1 and row[0][2].startswith("(")]
    rows = [one for number, one in enumerate(rows) if number >= header or one[1] not in lead]
    header -= len(lead)
    cells = [written(row, len(columns), number < header) for number, (row, _) in enumerate(rows)]
    box = (columns[0][0], lines[-1].bottom, columns[-1][1], lines[0].top)
    height = median(line.height for line in lines)
    made = Table(cells, header or (None if len(columns) > 2 else 0))
    return PlacedTable(made, *box, columns, height, lead), first, last + 1


def _are_contents(lines: Sequence[Line]) -> bool:
    """Whether these are the entries of a list of contents, some of which have leaders and some none."""
    if sum(bool(_ENTRY.search(line.text)) for line in lines) < 2:
        return False
    return all(_ENTRY.search(line.text) or line.cells[-1].text.isdigit() for line in lines if len(line.cells) > 1)


def _is_rest(lines: Sequence[Line], grid: list, number: int, columns: Columns) -> bool:
    """Whether a line of one cell is the rest of a wrapped cell above it."""
    (at, to, cell), *_ = grid[number]
    close = lines[number - 1].bottom - lines[number].top < 0.5 * lines[number].height
    return close and to - at == 1 and at > 0 and cell.left >= columns[at][0] - 3


def _is_heading_above(lines: Sequence[Line], first: int, columns: Columns) -> bool:
    """Whether the line above stands over other columns than the first, as a heading of several does."""
    above, line = lines[first - 1], lines[first]
    close = above.bottom - line.top < 0.9 * line.height
    return close and len(above.cells) == 1 and above.left > columns[0][1] and above.right <= columns[-1][1] + 6


def _rules(lines: Sequence[Line], drawings: Drawings) -> list[float]:
    """Heights of the rules across the lines, from top to bottom."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    top, bottom = lines[0].top + 6, lines[-1].bottom - 6
    wide = [
        y
        for y, at, to in drawings.across
        if bottom <= y <= top and min(to, right) - max(at, left) > 0.8 * (right - left)
    ]
    found: list[float] = []
    for y in sorted(wide, reverse=True):
        if not found or found[-1] - y > 3:
            found.append(y)
    return found
