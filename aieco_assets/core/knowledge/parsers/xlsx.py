"""Workbooks (xlsx): a page per sheet that holds something, under the sheet's name."""

from __future__ import annotations

from aieco_assets.core.knowledge.blocks import heading, page_of, title_of
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.tables import plain_table, write_table


def parse(data: bytes) -> ParsedDocument:
    import fastexcel

    try:
        book = fastexcel.read_excel(data)
        sheets = {name: plain_table(_rows(book, name)) for name in book.sheet_names}
    except fastexcel.FastExcelError as error:
        raise UnreadableDocument(f"it is not a readable workbook ({str(error).splitlines()[0]})") from None
    filled = [(name, table) for name, table in sheets.items() if write_table(table).lines]
    pages = tuple(page_of([heading(name), table], number) for number, (name, table) in enumerate(filled, 1))
    return ParsedDocument(title_of("", pages), pages)


def _rows(book: object, name: str) -> list[tuple[str | None, ...]]:
    batch = book.load_sheet(name, header_row=None, dtypes="string").to_arrow()  # type: ignore[attr-defined]
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
