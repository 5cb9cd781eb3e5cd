"""Tables that are documents of their own, csv files and workbooks: a page per sheet, a line per row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import ParsedPage, UnreadableDocument

_SNIFFED = 8_192  # characters that show which separator a file uses
_SEPARATORS = ",;\t|"


def csv_page(text: str) -> ParsedPage:
    """The one page of a csv file. Raises UnreadableDocument when its quotes do not match."""
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:_SNIFFED], _SEPARATORS)
    except csv.Error:
        dialect = csv.excel
    try:
        return ParsedPage(1, "\n".join(_lines(csv.reader(text.splitlines(keepends=True), dialect))))
    except csv.Error as error:
        raise UnreadableDocument(f"it is not a readable csv file ({error})") from None


def workbook_pages(data: bytes) -> list[ParsedPage]:
    """A page for each sheet that holds something, in order, under the sheet's name."""
    import fastexcel

    try:
        book = fastexcel.read_excel(data)
        sheets = {name: _cells(book, name) for name in book.sheet_names}
    except fastexcel.FastExcelError as error:
        raise UnreadableDocument(f"it is not a readable workbook ({str(error).splitlines()[0]})") from None
    pages = []
    for name, rows in sheets.items():
        if lines := _lines(rows):
            heading = " ".join(clean(name).split())
            text = "\n".join([heading, *lines])
            pages.append(ParsedPage(len(pages) + 1, text, ((0, heading),) if heading else ()))
    return pages


def _cells(book: object, name: str) -> list[tuple[str | None, ...]]:
    batch = book.load_sheet(name, header_row=None, dtypes="string").to_arrow()  # type: ignore[attr-defined]
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _lines(rows: Iterable[Sequence[str | None]]) -> list[str]:
    """Rows as lines. Under a header each value carries its column's name: a chunk or a quote of one row says all."""
    cleaned = [[" ".join(clean(cell or "").split()) for cell in row] for row in rows]
    filled = [row for row in cleaned if any(row)]
    if not filled or not _is_header(filled[0]):
        return [" | ".join(filter(None, row)) for row in filled]
    names = filled[0]
    lines = [" | ".join(filter(None, names))]
    for row in filled[1:]:
        named = [f"{name}: {cell}" for name, cell in zip(names, row, strict=False) if name and cell]
        beyond = [cell for name, cell in zip(names, row, strict=False) if cell and not name] + row[len(names) :]
        lines.append(" | ".join([*named, *filter(None, beyond)]))
    return lines


def _is_header(row: Sequence[str]) -> bool:
    """Names, each once, none of them a number; a table of one column needs none."""
    names = [name for name in row if name]
    return len(names) > 1 and len(set(names)) == len(names) and not any(name[:1].isdigit() for name in names)
