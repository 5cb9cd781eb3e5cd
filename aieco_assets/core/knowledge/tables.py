"""Tables of any format as lines of text: a line per row, each value under all its headings.

A chunk, a quote or an answer holds some rows only, so that each row says by itself what its values are:
`Ireland | Price / up to 5 kg: 9.80 | Price / up to 20 kg: 18.40`. Quotes are cut from this text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.table_headings import Grid, count_header_rows, is_whole, spread

if TYPE_CHECKING:
    from aieco_assets.core.knowledge.blocks import Block

BETWEEN, LEVELS = " | ", " / "
MAX_CELLS = 2_000_000  # after spans are filled
_LONGEST_SECTION = 60  # characters of a row across the whole table that is a label of the rows below it


@dataclass(frozen=True)
class Cell:
    """`across`, `down`: the columns and rows that it spans. `heading`: the file itself says that it is one.

    `strong`: it looks like one (bold, shaded).
    """

    text: str = ""
    across: int = 1
    down: int = 1
    heading: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells as HTML has them: a cell that spans rows is in the first of them only.

    `header_rows`: None where the format doesn't say, which is then told from the cells.
    """

    rows: Sequence[Sequence[Cell]]
    header_rows: int | None = None


@dataclass(frozen=True)
class TableText:
    """`lines`: the headings, then each row. `headings`: of the columns, levels joined, for the next page's rows."""

    lines: tuple[str, ...]
    headings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def plain_table(rows: Sequence[Sequence[str | None]], header_rows: int | None = None) -> Table:
    """A table of which only the texts are known."""
    return Table([[Cell(text or "") for text in row] for row in rows], header_rows)


def merged_down(rows: list[list[Cell]]) -> list[list[Cell]]:
    """Word repeats a merged cell, empty, in each row that it spans (`down` is -1 there); HTML, and `Table`, do not."""
    told: list[list[Cell]] = [[] for _ in rows]
    open_cells: dict[int, tuple[int, int]] = {}  # column -> (row, place in told) of the cell last seen there
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            if cell.down == -1 and column in open_cells:
                at, place = open_cells[column]
                above = told[at][place]
                told[at][place] = Cell(above.text, above.across, above.down + 1, above.heading, above.strong)
            else:
                told[number].append(Cell(cell.text, cell.across, 1, cell.heading, cell.strong))
                open_cells[column] = (number, len(told[number]) - 1)
            column += cell.across
    return told


def in_cell(items: Iterable[Block | Table]) -> str:
    """What stands in a cell, on one line: its paragraphs, and the rows of a table inside of it."""
    told = (
        "; ".join(" ".join(filter(None, (cell.text for cell in row))) for row in item.rows)
        if isinstance(item, Table)
        else item.text
        for item in items
    )
    return " ".join(told)


def write_table(table: Table, headings: Sequence[str] = ()) -> TableText:
    """The table as text. `headings`: of the table that it goes on with (on the page before), `TableText.headings`.

    Raises UnreadableDocument beyond the most cells.
    """
    try:
        grid = spread(_cleaned(table.rows), MAX_CELLS)
    except ValueError as error:
        raise UnreadableDocument(str(error)) from None
    if not grid:
        return TableText((), tuple(headings))
    top = count_header_rows(grid) if table.header_rows is None else min(table.header_rows, len(grid))
    own = _joined_headings(grid, top)
    if len(headings) == len(grid[0]) and any(headings):
        # A heading that is repeated on each page is no row; anything else on top of a table that goes on is one.
        top = top if own == tuple(headings) else 0
        return TableText(_body(grid[top:], headings), tuple(headings))
    heading_line = BETWEEN.join(filter(None, own))
    return TableText((*([heading_line] if heading_line else []), *_body(grid[top:], own)), own)


def _cleaned(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    return [[Cell(" ".join(clean(c.text).split()), c.across, c.down, c.heading, c.strong) for c in row] for row in rows]


def _joined_headings(grid: Grid, top: int) -> tuple[str, ...]:
    """What stands over each column, level by level; what spans levels is told once."""
    headings = []
    for column in range(len(grid[0])):
        levels: list[str] = []
        for row in grid[:top]:
            cell = row[column]
            text = cell.text if cell is not None else ""
            if text and (not levels or levels[-1] != text):
                levels.append(text)
        headings.append(LEVELS.join(levels))
    return tuple(headings)


def _body(grid: Grid, headings: Sequence[str]) -> tuple[str, ...]:
    lines, section = [], ""
    for row in grid:
        across = _whole_row(row)
        if across:
            lines.append(across)
            section = across if len(across) <= _LONGEST_SECTION and not across.endswith((".", "!", "?")) else section
            continue
        if line := _line(row, headings):
            lines.append(f"{section}{BETWEEN}{line}" if section else line)
    return tuple(lines)


def _whole_row(row: Sequence[Cell | None]) -> str:
    """The text of a cell that spans the whole table; empty for an ordinary row."""
    return row[0].text if row[0] is not None and is_whole(row) else ""


def _line(row: Sequence[Cell | None], headings: Sequence[str]) -> str:
    told: list[str] = []
    last: tuple[Cell, str] | None = None
    for cell, heading in zip(row, headings, strict=True):
        if cell is None or not cell.text:
            continue
        if last is not None and last[0] is cell and last[1] == heading:
            continue  # one cell over columns that have no headings of their own
        told.append(f"{heading.rstrip(':')}: {cell.text}" if heading else cell.text)
        last = (cell, heading)
    return BETWEEN.join(told)
