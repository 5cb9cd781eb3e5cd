"""Tables without rules between their cells: lines whose cells stand under each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from aieco_assets.core.knowledge.parsers.pdf.drawings import Drawings
from aieco_assets.core.knowledge.parsers.pdf.lines import Line
from aieco_assets.core.knowledge.parsers.pdf.ruled_tables import PlacedTable
from aieco_assets.core.knowledge.parsers.pdf.spans import Span
from aieco_assets.core.knowledge.tables import Cell, Table

_FEWEST_ROWS = 3
_LONGEST = 60  # characters of a cell on one line, on the average
_MARKER = re.compile(r"[•▪◦‣●■–*-]|\(?\w{1,3}[.)]|\d+(\.\d+)*\.?")
_NUMBER = re.compile(r"[(+\-−–~<>≤≥£$€¥]*\s?\d")
Columns = list[tuple[float, float]]


def with_tables(lines: Sequence[Line], drawings: Drawings) -> list[Line | PlacedTable]:
    """The lines, runs of them that are tables replaced."""
    found: list[Line | PlacedTable] = []
    at = 0
    for start, end in _runs(lines):
        made = _table(lines[start:end], drawings)
        if made is not None:
            table, first, last = made
            found += lines[at : start + first]
            found.append(table)
            at = start + last
    return [*found, *lines[at:]]


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
    several = [line for line in lines if len(line.cells) > 1]
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


def _table(lines: Sequence[Line], drawings: Drawings) -> tuple[PlacedTable, int, int] | None:
    columns = _columns(lines)
    if len(columns) < 2:
        return None
    grid = [_placed(line, columns) for line in lines]
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
        grid = [_placed(line, columns) for line in lines]
    first, last = several[0], several[-1]
    # Lines of one cell after the last row go on with it, or belong to no table.
    while last + 1 < len(lines) and _is_rest(lines, grid, last + 1, columns):
        last += 1
    lines, grid = lines[first : last + 1], grid[first : last + 1]
    rows = _rows(lines, grid, rules)
    header = _header_rows(lines, rows, rules)
    cells = [_written(row, len(columns), number < header) for number, (row, _) in enumerate(rows)]
    box = (columns[0][0], lines[-1].bottom, columns[-1][1], lines[0].top)
    return PlacedTable(Table(cells, header or None), *box, columns), first, last + 1


def _placed(line: Line, columns: Columns) -> list[tuple[int, int, Span]]:
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


def _is_rest(lines: Sequence[Line], grid: list, number: int, columns: Columns) -> bool:
    """Whether a line of one cell is the rest of a wrapped cell above it."""
    (at, to, cell), *_ = grid[number]
    close = lines[number - 1].bottom - lines[number].top < 0.5 * lines[number].height
    return close and to - at == 1 and at > 0 and cell.left >= columns[at][0] - 3


def _rules(lines: Sequence[Line], drawings: Drawings) -> list[float]:
    """Heights of the rules across the lines, from top to bottom."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    top, bottom = lines[0].top + 6, lines[-1].bottom - 6
    wide = [y for y, at, to in drawings.across if bottom <= y <= top and min(to, right) - max(at, left) > 0.6 * (right - left)]
    found: list[float] = []
    for y in sorted(wide, reverse=True):
        if not found or found[-1] - y > 3:
            found.append(y)
    return found


Row = list[tuple[int, int, str]]


def _rows(lines: Sequence[Line], grid: list, rules: list[float]) -> list[tuple[Row, Line]]:
    """Lines as rows: what is wrapped goes on with the row above it."""
    pitches = [above.middle - line.middle for above, line in zip(lines, lines[1:], strict=False)]
    between = [any(above.middle > y > line.middle for y in rules) for above, line in zip(lines, lines[1:], strict=False)]
    ruled = sum(between) >= max(2, 0.25 * len(lines))
    tight = min(pitches, default=0.0)
    two_pitches = bool(pitches) and tight * 1.3 < median(pitches)
    rows: list[tuple[Row, Line]] = []
    for number, (line, placed) in enumerate(zip(lines, grid, strict=True)):
        row: Row = [(at, to, cell.text) for at, to, cell in placed]
        if number and _goes_on(
            rows[-1][0], row, line, pitches[number - 1], between[number - 1], ruled, two_pitches, tight
        ):
            rows[-1] = (_joined(rows[-1][0], row), line)
        else:
            rows.append((row, line))
    return rows


def _goes_on(
    above: Row, row: Row, line: Line, pitch: float, between: bool, ruled: bool, two_pitches: bool, tight: float
) -> bool:
    if between or pitch > 1.6 * line.height:
        return False
    if ruled:
        return True
    if two_pitches:
        return pitch < 1.15 * tight
    told = {at: text for at, _, text in above}
    first = row[0][2]
    if row[0][0] > 0:  # nothing under the first column
        return all(at in told and not _NUMBER.match(text) for at, _, text in row) and 0 in told
    return len(row) == 1 and row[0][1] == 1 and len(above) > 1 and first[:1].islower()


def _joined(above: Row, row: Row) -> Row:
    told = {at: (to, text) for at, to, text in above}
    for at, to, text in row:
        before = told.get(at)
        told[at] = (max(before[0], to), f"{before[1]}\n{text}") if before else (to, text)
    return [(at, to, text) for at, (to, text) in sorted(told.items())]


def _header_rows(lines: Sequence[Line], rows: list[tuple[Row, Line]], rules: list[float]) -> int:
    """Rows above the first rule inside of the table, or bold ones above others; 0 where nothing says."""
    for y in rules:
        above = [row for row, line in rows if line.middle > y]
        if 0 < len(above) <= 4 and len(above) < len(rows):
            return 0 if any(_NUMBER.match(text) and len(text) > 4 for row in above for _, _, text in row[1:]) else len(above)
    bold = 0
    while bold < len(rows) and rows[bold][1].bold:
        bold += 1
    return bold if bold <= 3 and bold < len(rows) else 0


def _written(row: Row, count: int, header: bool) -> list[Cell]:
    """Cells in a heading stretch over the columns beside them that have none, as far as they stand in the middle."""
    cells: list[Cell] = []
    at = 0
    for start, end, text in row:
        if start < at:
            continue
        cells += [Cell() for _ in range(at, start)]
        cells.append(Cell(text, end - start, heading=header))
        at = end
    return cells + [Cell() for _ in range(at, count)]
