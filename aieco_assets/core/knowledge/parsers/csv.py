"""Csv files: one table."""

from __future__ import annotations

import csv

from aieco_assets.core.knowledge.blocks import page_of, title_of
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.text import decode
from aieco_assets.core.knowledge.tables import plain_table

_SNIFFED = 8_192  # characters that show which separator a file uses
_SEPARATORS = ",;\t|"


def parse(data: bytes) -> ParsedDocument:
    """Raises UnreadableDocument when its quotes do not match."""
    text = decode(data)
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:_SNIFFED], _SEPARATORS)
    except csv.Error:
        dialect = csv.excel
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), dialect))
    except csv.Error as error:
        raise UnreadableDocument(f"it is not a readable csv file ({error})") from None
    filled = [row for row in rows if any(map(str.strip, row))]
    page = page_of([plain_table(filled, header_rows=int(bool(filled) and _names(filled[0])))])
    return ParsedDocument(title_of("", [page]), (page,))


def _names(row: list[str]) -> bool:
    """Names, each once, none of them a number; a table of one column needs none."""
    names = [name.strip() for name in row if name.strip()]
    return len(names) > 1 and len(set(names)) == len(names) and not any(name[0].isdigit() for name in names)
