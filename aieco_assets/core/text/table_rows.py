"""Table rows among the lines of a page: with `|` or tabs between cells, or as a reader of pdf leaves them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_MIN_RUN = 3
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Block:
    """Lines that belong together: `kind` is paragraph, heading, item or row."""

    start: int
    end: int
    kind: str


def mark_tables(text: str, blocks: Sequence[Block]) -> list[Block]:
    """Turns runs of heading-like lines, most of them with numbers, into a header row and rows."""
    marked, place = list(blocks), 0
    while place < len(marked):
        stop = place
        while (
            stop < len(marked) and marked[stop].kind == "heading" and (stop == place or _adjacent(text, marked, stop))
        ):
            stop += 1
        first = _first_row(text, marked[place:stop])
        if first is not None:
            for i in range(place + first, stop):
                marked[i] = replace(marked[i], kind="row")
        place = max(stop, place + 1)
    return marked


def header_of_rows(blocks: Sequence[Block], place: int) -> bool:
    """Whether a row block is the first of its table."""
    return (
        blocks[place].kind == "row"
        and (place == 0 or blocks[place - 1].kind != "row")
        and place + 1 < len(blocks)
        and blocks[place + 1].kind == "row"
    )


def _adjacent(text: str, blocks: Sequence[Block], place: int) -> bool:
    return text[blocks[place - 1].end : blocks[place].start].count("\n") == 1


def _first_row(text: str, run: Sequence[Block]) -> int | None:
    """Where a table begins in a run of lines: its header row. None: these are headings."""
    lines = [text[block.start : block.end] for block in run]
    numbered = [bool(re.search(r"\d", line)) for line in lines]
    if len(run) < _MIN_RUN or sum(numbered) < max(2, len(run) // 2) or any(":" in line[-2:] for line in lines):
        return None
    first = numbered.index(True)
    if first == 0 or (first == 1 and _YEARS.search(lines[1]) and not re.search(r"\d", _YEARS.sub("", lines[1]))):
        return first
    return min(first - 1, 1)
