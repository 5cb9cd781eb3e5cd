"""Items of all pages as a document: headings, tables that go on over pages, title, what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import ParsedPage
from aieco_assets.core.knowledge.parsers.pdf.lines import TextBlock
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import PlacedTable
from aieco_assets.core.knowledge.tables import Cell, Table, write_table

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pypdfium2 import PdfDocument

MAX_OUTLINE = 5_000  # entries
_LONGEST_HEADING, _LONGEST_BOLD = 160, 90  # characters
_MOST_HEADING_LINES = 4
_BIGGER = 1.12  # than the body
_ENDED = re.compile(r"[.;,]$")
_SAME_PLACE = 12.0  # points: so near are the columns of a table that goes on
_LEADERS = re.compile(r"[ \t]*(?:\.[ \t]?){5,}")
_WORDS = re.compile(r"\w+")
Item = TextBlock | PlacedTable


def outline_of(pdf: PdfDocument) -> dict[int, set[str]]:
    """Names of the outline's entries by the page (from 0) that they point to, as `_plain` has them."""
    found: dict[int, set[str]] = {}
    for number, entry in enumerate(pdf.get_toc(max_depth=6)):
        if number >= MAX_OUTLINE:
            break
        target = entry.get_dest()
        page = target.get_index() if target is not None else None
        if page is not None:
            found.setdefault(page, set()).add(_plain(entry.get_title()))
    return found


def join_tables(pages: Sequence[list[Item]]) -> dict[int, PlacedTable]:
    """For tables that go on from the page before (by id): the table that they go on with.

    A row that goes over the page is put together, on the page where it begins.
    """
    continued: dict[int, PlacedTable] = {}
    for before, after in pairwise(pages):
        if not before or not after:
            continue
        last, first = before[-1], after[0]
        if isinstance(last, PlacedTable) and isinstance(first, PlacedTable) and _same_columns(last, first):
            if last.table.rows and first.table.rows and _is_rest(last.table.rows[-1], first.table.rows[0]):
                before[-1], after[0] = last, first = _moved(last, first)
            continued[id(first)] = last
    return continued


def _is_rest(row: Sequence[Cell], following: Sequence[Cell]) -> bool:
    """Whether a row begins with nothing under the first column, as the rest of the row before it does."""
    return (
        len(row) == len(following) > 1
        and bool(row[0].text)
        and not following[0].text
        and all(bool(cell.text) for cell, rest in zip(row, following, strict=True) if rest.text)
    )


def _moved(last: PlacedTable, first: PlacedTable) -> tuple[PlacedTable, PlacedTable]:
    rest, *rows = first.table.rows
    row = [
        replace(cell, text=f"{cell.text}\n{more.text}") if more.text else cell
        for cell, more in zip(last.table.rows[-1], rest, strict=True)
    ]
    return (
        replace(last, table=replace(last.table, rows=[*last.table.rows[:-1], row])),
        replace(first, table=replace(first.table, rows=rows)),
    )


def _same_columns(one: PlacedTable, other: PlacedTable) -> bool:
    return len(one.columns) == len(other.columns) and all(
        abs(a[0] - b[0]) < _SAME_PLACE or abs(a[1] - b[1]) < _SAME_PLACE
        for a, b in zip(one.columns, other.columns, strict=True)
    )


def is_heading(block: TextBlock, body: float, named: AbstractSet[str]) -> bool:
    """By its size, its weight, or because the outline names it."""
    if len(block.lines) > _MOST_HEADING_LINES or block.lines[0].cells[0].aside:
        return False
    text = " ".join(line.text for line in block.lines)
    if (
        len(text) > _LONGEST_HEADING
        or sum(map(str.isalpha, text)) < 2
        or any(len(line.cells) > 2 for line in block.lines)
    ):
        return False
    if named and _plain(text) in named:
        return True
    if _ENDED.search(text):
        return False
    if all(line.height > _BIGGER * body for line in block.lines):
        return True
    bold = all(line.bold for line in block.lines) and all(line.height > 0.9 * body for line in block.lines)
    return bold and len(text) <= _LONGEST_BOLD and len(block.lines) <= 2


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def written(
    items: Sequence[Item],
    number: int,
    body: float,
    named: AbstractSet[str],
    words: AbstractSet[str],
    continued: dict[int, PlacedTable],
    headings_of: dict[int, tuple[str, ...]],
) -> ParsedPage:
    """The page's text. `headings_of`: of the tables written so far, by id; theirs are added."""
    text = ""
    headings: list[tuple[int, str]] = []
    tables = 0
    for item, block in zip(items, _cleaned(items, words), strict=True):
        heading = False
        if isinstance(item, PlacedTable):
            before = continued.get(id(item))
            told = write_table(_mended(item.table, words), headings_of.get(id(before), ()) if before else ())
            headings_of[id(item)] = told.headings
            block = told.text
            tables += bool(block)
        elif heading := is_heading(item, body, named):
            block = " ".join(block.split())
        if not block:
            continue
        text += "\n\n" if text else ""
        if heading:
            headings.append((len(text), block))
        text += block
    return ParsedPage(number, text, tuple(headings), tables)


def _cleaned(items: Sequence[Item], words: AbstractSet[str]) -> list[str]:
    """The text of each block, empty for tables. All at once where that can be parted again: each call costs."""
    texts = [item.text if isinstance(item, TextBlock) else "" for item in items]
    filled = [text for text in texts if text]
    whole = clean("\n\n".join(filled), words)
    if ". . ." in whole or "....." in whole:
        whole = _LEADERS.sub(" … ", whole)
    parts = whole.split("\n\n")
    if len(parts) != len(filled):
        return [clean(text, words) for text in texts]
    found = iter(parts)
    return [next(found) if text else "" for text in texts]


def _mended(table: Table, words: AbstractSet[str]) -> Table:
    """Words cut at line ends whole again."""
    if not any("\ufffe" in cell.text or "\u00ad" in cell.text for row in table.rows for cell in row):
        return table
    rows = [[replace(cell, text=clean(cell.text, words)) for cell in row] for row in table.rows]
    return Table(rows, table.header_rows)
