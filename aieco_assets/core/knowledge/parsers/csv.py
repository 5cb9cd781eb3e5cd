"""Csv files: one table."""

from __future__ import annotations

import csv
import re

from aieco_assets.core.knowledge.blocks import page_of, title_of
from aieco_assets.core.knowledge.blocks import text as text_block
from aieco_assets.core.knowledge.limits import MAX_CHARACTERS
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.encodings import decode
from aieco_assets.core.knowledge.tables import plain_table

_SNIFFED = 8_192  # characters that show which separator a file uses
_SEPARATORS = ",;\t|"
_TOLD = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)


def parse(data: bytes) -> ParsedDocument:
    """Raises UnreadableDocument when its quotes do not match."""
    text = decode(data)
    csv.field_size_limit(MAX_CHARACTERS)
    told = _TOLD.match(text)  # as Excel reads it: a line for the program, not for people
    text = text[told.end() :] if told else text
    try:
        dialect = csv.Sniffer().sniff(text[:_SNIFFED], told[1] if told else _SEPARATORS)
    except csv.Error:
        dialect = csv.excel
        if told:
            dialect = type("Told", (csv.excel,), {"delimiter": told[1]})
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), dialect))
    except csv.Error as error:
        raise UnreadableDocument(f"it is not a readable csv file ({error})") from None
    filled = [row for row in rows if any(map(str.strip, row))]
    above = 0  # lines of text over the table, as reports of programs have them
    while above < len(filled) and len(_told(filled[above])) == 1:
        above += 1
    above = above if above < len(filled) else 0
    table = filled[above:]
    lines = [text_block(_told(row)[0]) for row in filled[:above]]
    page = page_of([*lines, plain_table(table, header_rows=int(bool(table) and _names(table[0])))])
    return ParsedDocument(title_of("", [page]), (page,))


def _told(row: list[str]) -> list[str]:
    return [value for value in map(str.strip, row) if value]


def _names(row: list[str]) -> bool:
    """Names, each once, none of them a number; a table of one column needs none."""
    names = _told(row)
    return len(names) > 1 and len(set(names)) == len(names) and not any(name[0].isdigit() for name in names)
