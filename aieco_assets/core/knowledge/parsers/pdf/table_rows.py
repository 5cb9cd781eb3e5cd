"""Lines of a table without rules as its rows: what is wrapped, what is a heading."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from aieco_assets.core.knowledge.parsers.pdf.lines import Line
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import is_amount
from aieco_assets.core.knowledge.tables import Cell

MOST_HEADERS = 3
Row = list[tuple[int, int, str]]


def rows_of(lines: Sequence[Line], grid: list, rules: list[float]) -> list[tuple[Row, Line]]:
    """Lines as rows: what is wrapped goes on with the row above it."""
    pitches = [above.middle - line.middle for above, line in pairwise(lines)]
    between = [any(above.middle > y > line.middle for y in rules) for above, line in pairwise(lines)]
    ruled = sum(between) >= max(2, 0.45 * (sum(placed[0][0] == 0 for placed in grid) - 1))
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
    told = {at for at, *_ in above}
    lower = row[0][0] == 0 and row[0][2][:1].islower()
    if lower and told == {0} and pitch < 1.4 * line.height:
        return True
    if not all(at in told for at, *_ in row):
        return False
    if two_pitches:
        return pitch < 1.15 * tight
    if row[0][0] > 0:  # nothing under the first column
        return 0 in told and not any(is_amount(text) for *_, text in row)
    return lower and len(row) == 1 and row[0][1] == 1 and len(above) > 1


def _joined(above: Row, row: Row) -> Row:
    told = {at: (to, text) for at, to, text in above}
    for at, to, text in row:
        before = told.get(at)
        told[at] = (max(before[0], to), f"{before[1]}\n{text}") if before else (to, text)
    return [(at, to, text) for at, (to, text) in sorted(told.items())]


def header_rows(rows: list[tuple[Row, Line]], rules: list[float]) -> int:
    """Rows above the first rule inside of the table, or bold ones above others; 0 where nothing says."""
    for y in rules:
        above = [row for row, line in rows if line.middle > y]
        if 0 < len(above) <= 4 and len(above) < len(rows):
            return 0 if any(is_amount(text) for row in above for _, _, text in row[1:]) else len(above)
    names = 0
    while names < len(rows) and not any(is_amount(text) for at, _, text in rows[names][0] if at):
        names += 1
    amounts = sum(any(is_amount(text) for at, _, text in row if at) for row, _ in rows[names:])
    if names <= MOST_HEADERS + 1 and amounts > 0.5 * (len(rows) - names):
        while names and rows[names - 1][0][0][0] == 0 and len(rows[names - 1][0]) == 1:
            names -= 1  # names the rows below it
        return names
    bold = 0
    while bold < len(rows) and rows[bold][1].bold:
        bold += 1
    return bold if bold <= 3 and bold < len(rows) else 0


def written(row: Row, count: int, header: bool) -> list[Cell]:
    if len(row) == 1 and not header and row[0][1] - row[0][0] > 1:
        return [Cell(row[0][2], count)]  # names the rows below it
    cells: list[Cell] = []
    at = 0
    for start, end, text in row:
        if start < at:
            continue
        cells += [Cell() for _ in range(at, start)]
        cells.append(Cell(text, end - start, heading=header))
        at = end
    return cells + [Cell() for _ in range(at, count)]
