"""The cells of a sheet as titles, notes and tables: what lies apart is read apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice, pairwise, takewhile

from aieco_assets.core.knowledge.blocks import Item, text
from aieco_assets.core.knowledge.parsers.xlsx_cells import Sheet
from aieco_assets.core.knowledge.table_headings import Grid, count_header_rows
from aieco_assets.core.knowledge.tables import Cell, Table

_MOST_MERGED = 200_000  # cells that merged areas cover
_SIDE = 2  # columns that a table beside another has at least


def laid_out(sheet: Sheet) -> Iterator[Item]:
    """Blocks in reading order: top to bottom, of tables beside each other the left one first."""
    cells = _visible(sheet)
    if not cells:
        return
    rows, columns = sorted({row for row, _ in cells}), sorted({column for _, column in cells})
    yield from _region(_Region(cells, rows, columns))


class _Region:
    """Cells in some rows and columns. A merged cell is the same object in all the places that it covers."""

    def __init__(self, cells: dict[tuple[int, int], Cell], rows: Sequence[int], columns: Sequence[int]) -> None:
        self.cells = cells
        self.rows = [row for row in rows if any((row, column) in cells for column in columns)]
        self.columns = [column for column in columns if any((row, column) in cells for row in self.rows)]

    def row(self, row: int) -> list[Cell | None]:
        return [self.cells.get((row, column)) for column in self.columns]

    def grid(self) -> Grid:
        return [self.row(row) for row in self.rows]


def _visible(sheet: Sheet) -> dict[tuple[int, int], Cell]:
    """Filled cells that are seen, numbered without the hidden rows and columns; merged ones in all they cover."""
    marked = {(area.top, column) for area in sheet.headings for column in range(area.left, area.right + 1)}
    shown = {
        place: Cell(one.text, heading=place in marked, strong=one.strong)
        for place, one in sheet.cells.items()
        if place[1] not in sheet.hidden_columns
    }
    covered = 0
    for area in sheet.merged:
        first = sheet.cells.get((area.top, area.left))
        if first is None:
            continue
        rows = [row for row in range(area.top, area.bottom + 1) if row not in sheet.hidden_rows]
        columns = [column for column in range(area.left, area.right + 1) if column not in sheet.hidden_columns]
        covered += len(rows) * len(columns)
        if covered > _MOST_MERGED:
            break
        cell = Cell(first.text, len(columns), len(rows), (area.top, area.left) in marked, first.strong)
        shown |= {(row, column): cell for row in rows for column in columns}
    skipped_rows, skipped_columns = sorted(sheet.hidden_rows), sorted(sheet.hidden_columns)
    return {
        (row - _before(skipped_rows, row), column - _before(skipped_columns, column)): cell
        for (row, column), cell in sorted(shown.items(), key=lambda item: item[0])
    }


def _before(skipped: Sequence[int], place: int) -> int:
    return bisect_left(skipped, place)


def _region(region: _Region) -> Iterator[Item]:
    parts = _beside(region)
    if len(parts) > 1:
        for part in parts:
            yield from _region(part)
        return
    parts = _below(region)
    if len(parts) == 1:
        yield from _table(region)
        return
    above: _Region | None = None
    rows: list[int] = []
    for part in parts:
        # Rows that only a blank line parts from a table go on with it, unless they have headings of their own.
        if above is not None and _goes_on(above, part):
            rows += part.rows
            above = _Region(region.cells, rows, above.columns)
            continue
        if above is not None:
            yield from _region(above)
        above, rows = part, list(part.rows)
    if above is not None:
        yield from _leaf_or_region(above)


def _leaf_or_region(region: _Region) -> Iterator[Item]:
    yield from _table(region) if len(_beside(region)) == 1 else _region(region)


def _goes_on(above: _Region, below: _Region) -> bool:
    if len(above.columns) < 2 or above.columns != below.columns or count_header_rows(below.grid()):
        return False
    return count_header_rows([*above.grid(), *below.grid()]) > 0


def _beside(region: _Region) -> list[_Region]:
    """Parted where columns are empty from top to bottom and what is on both sides can be a table."""
    parts = [[region.columns[0]]] if region.columns else []
    for left, right in pairwise(region.columns):
        if right - left > 1:
            parts.append([])
        parts[-1].append(right)
    if len(parts) < 2 or any(len(part) < _SIDE for part in parts):
        return [region]
    return [_Region(region.cells, region.rows, part) for part in parts]


def _below(region: _Region) -> list[_Region]:
    parts = []
    for _, numbered in groupby(enumerate(region.rows), key=lambda item: item[1] - item[0]):
        parts.append(_Region(region.cells, [row for _, row in numbered], region.columns))
    return parts


def _table(region: _Region) -> Iterator[Item]:
    """One block of cells: lines of text over and under it, and the table."""
    rows = region.grid()
    first = 0
    while first < len(rows) and len(_distinct(rows[first])) == 1:
        first += 1
    last = len(rows)
    while last > first and len(_distinct(rows[last - 1])) == 1:
        last -= 1
    if last - first == 1 or len(region.columns) == 1:
        for row in rows:
            yield text(" | ".join(cell.text for cell in _distinct(row)))
        return
    for row in rows[:first]:
        yield text(_distinct(row)[0].text)
    if last > first:
        yield Table(_as_html(rows[first:last]))
    for row in rows[last:]:
        yield text(_distinct(row)[0].text)


def _distinct(row: Sequence[Cell | None]) -> list[Cell]:
    return list({id(cell): cell for cell in row if cell is not None}.values())


def _as_html(rows: Grid) -> list[list[Cell]]:
    """Each cell once, with its spans within this table; a bold one alone in its row goes across the table."""
    told: list[list[Cell]] = []
    seen: set[int] = set()
    for number, row in enumerate(rows):
        own = _distinct(row)
        if len(own) == 1 and row[0] is own[0] and id(own[0]) not in seen and (own[0].strong or row[-1] is own[0]):
            told.append([Cell(own[0].text, across=len(row), strong=True)])
            seen.add(id(own[0]))
            continue
        line: list[Cell] = []
        for column, cell in enumerate(row):
            if cell is None:
                line.append(Cell())
            elif id(cell) not in seen:
                seen.add(id(cell))
                across = _spanned(cell, islice(row, column, None))
                down = _spanned(cell, (rows[below][column] for below in range(number, len(rows))))
                line.append(Cell(cell.text, across, down, cell.heading, cell.strong))
        told.append(line)
    return told


def _spanned(cell: Cell, places: Iterable[Cell | None]) -> int:
    return sum(1 for _ in takewhile(lambda other: other is cell, places))
