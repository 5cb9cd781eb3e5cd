"""Workbooks whose formats and parts our libraries or other programs treat in their own way."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.knowledge.parsers.xlsx_formats import shown_value

XLSX = DOCUMENT_TYPES[".xlsx"]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (46082.0, "dd.mm.yyyy", "01.03.2026"),
        (46082.0, "d. mmmm yyyy", "1. March 2026"),
        (46082.6, "dd.mm.yyyy hh:mm", "01.03.2026 14:24"),
        (0.0123, "[mm]:ss.00", "17:42.72"),
        (1.5, "[h]:mm", "36:00"),
        (-1234.5, '#,##0.00\\ "Std."', "-1,234.50 Std."),
        (-50.0, "$#,##0_);[Red]($#,##0)", "($50)"),
        (0.125, "0.0%", "12.5%"),
        (5.0, ";;;", ""),
    ],
)
def test_values_under_a_format(value: float, code: str, shown: str):
    assert shown_value(value, code, False) == shown


def test_a_workbook_of_formulas_that_can_not_be_computed_says_so():
    book, stream = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "=TODAY()"
    book.save(stream)
    with pytest.raises(UnreadableDocument, match="only formulas without a saved result"):
        parse(stream.getvalue(), XLSX)
