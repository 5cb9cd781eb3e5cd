"""Tables of any format: which rows are headings, and what stands over the whole table."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.knowledge.tables import Cell, Table, write_table


def rows(*told: tuple[str, ...]) -> list[list[Cell]]:
    return [[Cell(text) for text in row] for row in told]


@pytest.mark.parametrize("heading", [False, True])
def test_a_title_over_the_whole_table_heads_no_column(heading: bool):
    title = [Cell("Hours", across=2, heading=heading, strong=True)]
    told = write_table(Table([title, *rows(("Mon", "closed"), ("Tue", "open"))])).lines
    assert told == ("Hours", "Hours | Mon | closed", "Hours | Tue | open")
    headed = write_table(Table([title, [Cell("Day", heading=True), Cell("Desk", heading=True)], *rows(("Mon", "A"))]))
    assert headed.lines[1:] == ("Hours / Day: Mon | Hours / Desk: A",)


def test_too_many_cells_are_refused_with_a_sentence():
    with pytest.raises(UnreadableDocument, match="more than 2,000,000 cells"):
        write_table(Table([[Cell("x", 1_000, 65_534), Cell("y", 1_000, 65_534)] for _ in range(1_500)]))


def test_lines_over_the_table_of_a_csv_file_are_text():
    data = b"Report of sales;;\nCreated 2026-01-01;;\n;;\nArticle;Qty;Price\nShelf;2;89\nBed;1;199\n"
    told = parse(data, DOCUMENT_TYPES[".csv"]).pages[0].text.split("\n")
    assert told[0] == "Report of sales"
    assert told[3] == "Article: Shelf | Qty: 2 | Price: 89"


def test_a_table_of_elements_that_say_they_are_one_is_one():
    cells = (("columnheader", ("Plan", "Seats", "Price")), ("cell", ("Basic", "1", "10")), ("cell", ("Pro", "5", "20")))
    lines = "".join(
        f'<div role="row">{"".join(f"<div role={role}>{one}</div>" for one in row)}</div>' for role, row in cells
    )
    told = parse(f'<div role="table">{lines}</div>'.encode(), DOCUMENT_TYPES[".html"]).pages[0].text.split("\n")
    assert told[1:] == ["Plan: Basic | Seats: 1 | Price: 10", "Plan: Pro | Seats: 5 | Price: 20"]
