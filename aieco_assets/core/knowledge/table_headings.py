"""Tables as grids in which a merged cell stands in all that it spans, and how many of their rows are headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aieco_assets.core.knowledge.tables import Cell

Grid = list[list["Cell | None"]]  # rows of one length; the same object in all that a cell spans
_MOST_ACROSS = 1_000  # as browsers have it
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/–-]\d{2,4})?")
_VALUE = re.compile(r"[(+\-−~<>≤≥£$€¥]*\d|(?:yes|no|true|false|n/?a|ja|nein|oui|non|sí|x|[-–—✓✗])$", re.IGNORECASE)
_MOST_LEVELS = 4


def spread(rows: Sequence[Sequence[Cell]], most_cells: int) -> Grid:
    """The grid of rows with spans; what holds nothing is left out. Raises ValueError beyond the most."""
    grid: list[dict[int, Cell]] = [{} for _ in rows]
    count = 0
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column in grid[number]:
                column += 1
            across = max(1, min(cell.across, _MOST_ACROSS))
            down = max(1, min(cell.down, len(rows) - number)) if cell.text else 1
            count += across * down
            if count > most_cells:
                raise ValueError(f"a table has more than {most_cells:,} cells")
            for below in range(number, number + down):
                for place in range(column, column + across):
                    grid[below].setdefault(place, cell)
            column += across
    filled = [row for row in grid if any(cell.text for cell in row.values())]
    used = sorted({place for row in filled for place, cell in row.items() if cell.text})
    return [[row.get(place) for place in used] for row in filled]


def count_header_rows(grid: Grid) -> int:
    """How many rows at the top are headings: as the file says or, where it does not, as they look."""
    if len(grid) < 2 or len(grid[0]) < 2:
        return 0
    titles = 0
    while titles < len(grid) and is_whole(grid[titles]):
        titles += 1
    if titles:  # a title over the whole table heads no column, unless headings stand under it
        below = count_header_rows(grid[titles:])
        return titles + below if below else 0
    marked = 0
    while marked < len(grid) and all(cell is None or not cell.text or cell.heading for cell in grid[marked]):
        marked += 1
    if marked == len(grid):  # a table of headings only: its first column may be headings of rows
        marked = 1
    return _completed(grid, marked or _looks(grid))


def is_whole(row: Sequence[Cell | None]) -> bool:
    """Whether one cell spans the whole row."""
    first = row[0]
    return len(row) > 1 and first is not None and bool(first.text) and all(cell is first for cell in row)


def _completed(grid: Grid, top: int) -> int:
    """With the rows that belong to the headings: those that a heading spans, and those below a group's name."""
    while 0 < top < min(len(grid) - 1, _MOST_LEVELS):
        above, below = grid[top - 1], grid[top]
        spans_down = any(
            cell is not None and cell.text and cell is under for cell, under in zip(above, below, strict=True)
        )
        if not (spans_down or (_groups(above) and _are_names(below))):
            break
        top += 1
    return top


def _looks(grid: Grid) -> int:
    first, second = grid[0], grid[1]
    if not _are_names(first):
        return 0
    if _gaps(first) and len(grid) > 2 and _are_names(second) and _repeats(second):
        _fill(first)  # names of groups, each in the first of its columns
        return 2
    if all(cell is None or not cell.text or cell.strong for cell in first) and not all(
        cell is None or not cell.text or cell.strong for row in grid[1:] for cell in row
    ):
        return 1
    if _groups(first) and _are_names(second):
        return 1
    names = [cell.text for cell in first if cell is not None and cell.text]
    distinct = {id(cell) for cell in first if cell is not None}
    if len(distinct) > 2 and len(set(names)) == len(names):
        return 1
    # Two columns may as well be labels and their values, in which the first row is one of them.
    # But labels are no amounts or days.
    typed = [_typed([row[column] for row in grid]) for column in range(len(first))]
    return int((len(grid) > 2 and typed[0]) or (len(grid) > 3 and any(typed)))


def _are_names(row: Sequence[Cell | None]) -> bool:
    """Texts that are no values, over at least two columns; only the first column may have none."""
    texts = [cell.text if cell is not None else "" for cell in row]
    told = [text for text in texts if text]
    return len(told) > 1 and not any(
        (_VALUE.match(text) and not _YEAR.fullmatch(text)) or (len(text) > 30 and text.endswith((".", "!")))
        for text in told
    )


def _typed(column: Sequence[Cell | None]) -> bool:
    """Whether values of one kind (amounts, days) stand under a text that is none."""
    head, *rest = [cell.text if cell is not None else "" for cell in column]
    kinds = {_kind(text) for text in rest if text}
    return (
        bool(head)
        and len(kinds) == 1
        and "9" in kinds.pop()
        and ("9" not in _kind(head) or bool(_YEAR.fullmatch(head)))
    )


def _kind(text: str) -> str:
    """`12 May` and `3 June` are of a kind, `12 May` and `0163 22` are not."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+(?:[.,]\d+)*", "9", text))


def _groups(row: Sequence[Cell | None]) -> bool:
    """Whether a name stands over several columns."""
    return any(cell is not None and cell.text and cell is after for cell, after in pairwise(row))


def _gaps(row: Sequence[Cell | None]) -> bool:
    return any(cell is None or not cell.text for cell in row[1:])


def _repeats(row: Sequence[Cell | None]) -> bool:
    texts = [cell.text for cell in row if cell is not None and cell.text]
    return len(set(texts)) < len(texts)


def _fill(row: list[Cell | None]) -> None:
    for place in range(1, len(row)):
        cell = row[place]
        if (cell is None or not cell.text) and place > 1:
            row[place] = row[place - 1]
