"""Every word that is seen is read, in order, and none that is not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.random_documents import (
    Grid,
    Written,
    as_docx,
    as_html,
    as_markdown,
    as_odt,
    as_pdf,
    as_pptx,
    as_rtf,
    as_xlsx,
    documents,
)

WRITERS = {
    ".docx": as_docx, ".html": as_html, ".md": as_markdown, ".odt": as_odt, ".pdf": as_pdf, ".pptx": as_pptx,
    ".rtf": as_rtf,
}  # fmt: skip
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(data: bytes, suffix: str) -> str:
    return "\n".join(page.text for page in parse(data, DOCUMENT_TYPES[suffix]).pages)


@pytest.mark.parametrize(("suffix", "write"), WRITERS.items())
@FEW
@given(document=documents())
def test_what_is_seen_is_read_in_order_and_nothing_else(
    suffix: str, write: Callable[[Written], bytes], document: Written
):
    text = read(write(document), suffix)
    assert [*dict.fromkeys(re.findall(r"seenx\d+x", text))] == document.seen()
    assert "gonex" not in text


@FEW
@given(document=documents())
def test_sheets_are_read_row_by_row_without_what_is_hidden(document: Written):
    grids = [block for block in document.blocks if isinstance(block, Grid)]
    text = read(as_xlsx(document), ".xlsx")
    assert [*dict.fromkeys(re.findall(r"seenx\d+x", text))] == Written(tuple(grids)).seen()
    assert "gonex" not in text


@pytest.mark.parametrize(
    ("suffix", "write"),
    [(".docx", as_docx), (".html", as_html), (".odt", as_odt), (".pdf", as_pdf), (".pptx", as_pptx)],
)
@FEW
@given(document=documents())
def test_each_value_of_a_table_is_on_a_line_with_its_headings_and_its_label(
    suffix: str, write: Callable[[Written], bytes], document: Written
):
    lines = read(write(document), suffix).split("\n")
    for grid in (block for block in document.blocks if isinstance(block, Grid)):
        heads = 2 if grid.wide else 1
        for row in grid.rows[heads:]:
            (line,) = [line for line in lines if row[-1] in line]
            for column, word in enumerate(row):
                names = " / ".join(dict.fromkeys(head[column] for head in grid.rows[:heads]))
                assert f"{names}: {word}" in line
