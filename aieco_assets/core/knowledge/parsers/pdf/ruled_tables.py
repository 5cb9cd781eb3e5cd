"""Tables with rules around their cells: the rules say what the cells are, and what they span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from aieco_assets.core.knowledge.parsers.pdf.drawings import Drawings
from aieco_assets.core.knowledge.parsers.pdf.grids import MOST_LINES, Rule, connected, joined, merged, places, slot
from aieco_assets.core.knowledge.parsers.pdf.lines import Line, lines_of
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import AMOUNT, PlacedTable
from aieco_assets.core.knowledge.parsers.pdf.spans import Span
from aieco_assets.core.knowledge.tables import Cell, Table

_OPEN = 12.0
_NONE = re.compile(r"n\.?/?a\.?|nil|none|[-–—]+", re.IGNORECASE)
_LONGEST_CELL = 1_500  # characters; longer ones are the columns of a page in a box


def ruled_tables(spans: Sequence[Span], drawings: Drawings) -> tuple[list[PlacedTable], list[Span]]:
    """The tables, and the spans that stand in none."""
    if not drawings.across or not drawings.down or len(drawings.across) + len(drawings.down) > MOST_LINES:
        return [], list(spans)
    tables: list[PlacedTable] = []
    rest = list(spans)
    across, down = joined(drawings.across), joined(drawings.down)
    for group_across, group_down in connected(across, down):
        made = _table(rest, group_across, group_down)
        if made is not None:
            table, taken = made
            tables.append(table)
            rest = [span for span in rest if id(span) not in taken]
    return tables, rest


def _table(spans: Sequence[Span], across: list[Rule], down: list[Rule]) -> tuple[PlacedTable, set[int]] | None:
    ys, xs = places([rule[0] for rule in across])[::-1], places([rule[0] for rule in down])
    if len(xs) < 3 or len(ys) < 2 or len(xs) * len(ys) > 40_000:
        return None
    if min(rule[1] for rule in across) < xs[0] - _OPEN or max(rule[2] for rule in across) > xs[-1] + _OPEN:
        return None  # open at a side: its columns have no rules between them
    inside = _inside(spans, ys, xs)
    if edges := _edges_between_amounts(inside):
        # Several rows between two rules.
        across = [*across, *((y, xs[0], xs[-1]) for y in edges)]
        ys = sorted([*ys, *edges], reverse=True)
        inside = _inside(spans, ys, xs)
    taken = {id(span) for held in inside.values() for span in held}
    owner = merged(ys, xs, across, down)
    texts: dict[tuple[int, int], str] = {}
    strong: set[tuple[int, int]] = set()
    for row, column in inside:
        texts.setdefault(owner[row][column], "")
    for first in texts:
        held = [s for place, some in inside.items() if owner[place[0]][place[1]] == first for s in some]
        texts[first] = "\n".join(line.text for line in lines_of(held))
        if all(span.bold for span in held):
            strong.add(first)
    if len(texts) < 2 or max(map(len, texts.values())) > _LONGEST_CELL:
        return None
    if len({column for _, column in texts}) < 2:
        return None
    rows = []
    for row in range(len(ys) - 1):
        cells = []
        for column in range(len(xs) - 1):
            if owner[row][column] != (row, column):
                continue
            wide = sum(owner[row][other] == (row, column) for other in range(len(xs) - 1))
            high = sum(owner[other][column] == (row, column) for other in range(len(ys) - 1))
            here = (row, column)
            cells.append(Cell(texts.get(here, ""), wide, high, strong=here in strong))
        rows.append(cells)
    columns = list(pairwise(xs))
    height = median(span.height for held in inside.values() for span in held)
    lead: list[Line] = []
    while len(rows) > 1 and len(rows[0]) == 1 and rows[0][0].across == len(columns) and rows[0][0].down == 1:
        # What stands across the whole table on top of it is its title.
        if title := " ".join(rows.pop(0)[0].text.split()):
            lead.append(Line([Span(title, xs[0], ys[1], xs[-1], ys[0])]))
    return PlacedTable(Table(rows, _levels(rows)), xs[0], ys[-1], xs[-1], ys[0], columns, height, lead), taken


def _inside(spans: Sequence[Span], ys: list[float], xs: list[float]) -> dict[tuple[int, int], list[Span]]:
    """Spans by the row and the column of the slot that they begin in: a text may be too long for its cell."""
    inside: dict[tuple[int, int], list[Span]] = {}
    falling = [-y for y in ys]
    for span in spans:
        column = slot(xs, min(span.left + 2, (span.left + span.right) / 2))
        row = slot(falling, -span.middle)
        if column is not None and row is not None:
            inside.setdefault((row, column), []).append(span)
    return inside


def _edges_between_amounts(inside: dict[tuple[int, int], list[Span]]) -> list[float]:
    """Where a column has amounts under each other and others as many lines: over each amount but the first."""
    edges: list[float] = []
    for row in {row for row, _ in inside}:
        columns = [held for (at, _), held in inside.items() if at == row and len(held) > 1]
        amounts = [held for held in columns if _are_amounts([span.text.rstrip("*†‡") for span in held])]
        if not amounts or len(columns) < 2:
            continue
        lines = lines_of(max(amounts, key=len))
        others = [lines_of(held) for held in columns]
        if len(lines) > 1 and all(len(held) >= len(lines) for held in others):
            edges += [line.top for line in lines[1:]]
    return edges


def _are_amounts(texts: list[str]) -> bool:
    """Whether most are amounts, and the others say that there is none."""
    told = sum(bool(AMOUNT.fullmatch(text)) for text in texts)
    return 2 * told > len(texts) and all(AMOUNT.fullmatch(text) or _NONE.fullmatch(text) for text in texts)


def _levels(rows: list[list[Cell]]) -> int | None:
    """How many rows are headings where a heading of several columns says so."""
    if not any(cell.across > 1 and cell.text for cell in rows[0]):
        return None
    levels = max(2, *(cell.down for cell in rows[0])) if len(rows[0]) > 1 else 2
    named = [cell.text for row in rows[:levels] for cell in row]
    return levels if levels < len(rows) and not any(AMOUNT.fullmatch(text) for text in named) else None
