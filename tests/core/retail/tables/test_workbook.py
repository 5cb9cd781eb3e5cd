"""Workbooks: which sheets are read, where their tables begin, what their cells are."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.retail.records import UnreadableFile
from tests.core.retail.parsing import PLAIN, shop
from tests.core.retail.parsing import parsed_of as parse
from tests.core.retail.test_formats import CELLS
from tests.core.retail.workbooks import row, workbook

HEADER, LINE = row(1, *TRANSACTION_COLUMNS), row(2, *CELLS)


def test_sheets_that_hold_lines_are_read_one_after_the_other():
    parsed = parse(workbook(HEADER + LINE, row(1, "Notes", "on 2010"), HEADER + LINE + row(3, *CELLS)), "a.xlsx")
    assert parsed.accepted.select("sheet", "row_number").rows() == [("Sheet1", 2), ("Sheet3", 2), ("Sheet3", 3)]


def test_an_unnamed_column_of_a_workbook_is_called_by_its_place():
    book = workbook(row(1, *TRANSACTION_COLUMNS, None, "Till") + row(2, *CELLS, "x", 4))
    parsed = parse(book, "a.xlsx")
    assert (parsed.added, parsed.accepted["extra"].to_list()) == (("Till", "column 9"), ['{"Till":"4","column 9":"x"}'])


def test_a_mapping_names_the_sheets_that_count():
    book = workbook(row(1, *PLAIN.values()) + row(2, 1, "2010-12-01", "A", 1, "2010-12-01"), HEADER + LINE)
    mapping = shop({"time": "InvoiceDate", "item": "StockCode", "unit_price": "UnitPrice"}, sheets=["Sheet2"])
    assert parse(book, "a.xlsx", mapping).accepted["stock_code"].to_list() == ["85123A"]
    with pytest.raises(UnreadableFile, match="it has no sheet 'Sheet9': it has Sheet1, Sheet2"):
        parse(book, "a.xlsx", shop(sheets=["Sheet9"]))


def test_a_title_above_the_header_is_passed_over():
    book = workbook(row(1, "Sales of 2010") + row(3, *TRANSACTION_COLUMNS) + row(4, *CELLS))
    assert parse(book, "a.xlsx").accepted["row_number"].to_list() == [4]
