"""A page of a PDF drawn with its quote marked, by a process of its own."""

from __future__ import annotations

import io
from hashlib import sha256

import pytest
from PIL import Image

from aieco_assets.core.contracts import Page
from aieco_assets.core.knowledge.picture import NoPicture, page_picture
from aieco_assets.core.knowledge.reader import DocumentReader
from tests.core.knowledge.files import pdf, scanned_pdf
from tests.core.knowledge.pdf_files import blank, cells

TEXT = "Meals\n\nThe allowance is 38 pounds.\nOn trips:\nThe allowance is 38 pounds.\nWine is not refunded."
QUOTE = "The allowance is 38 pounds."


def marked_rows(png: bytes) -> list[int]:
    """Heights, in per cent of the page, at which the marker's colour lies."""
    image = Image.open(io.BytesIO(png)).convert("RGB").resize((100, 100), Image.Resampling.NEAREST)
    colours = image.load()
    assert colours is not None
    return [y for y in range(100) if any(colours[x, y] == (255, 229, 120) for x in range(100))]


def page_of(data: bytes, number: int = 1) -> Page:
    with DocumentReader() as reader:
        document = reader.read(data, "application/pdf")
    read = document.pages[number - 1]
    return Page(sha256(data).hexdigest(), "a.pdf", read.number, read.text, document.title)


def test_the_quote_is_marked_where_it_stands_and_the_second_one_below_the_first() -> None:
    data = pdf("Another page.", TEXT)
    page = page_of(data, 2)
    first, second = page.text.index(QUOTE), page.text.rindex(QUOTE)

    above, below = (marked_rows(page_picture(data, page, at, at + len(QUOTE))) for at in (first, second))

    assert above and below and max(above) < min(below)
    assert max(below) < 30  # one line each, in the upper part of the page


def test_a_quote_that_runs_over_lines_and_a_mended_word_is_found_by_its_letters() -> None:
    data = pdf("Long lines are broken by the page, wherever they happen to end: " * 4)
    page = page_of(data)

    rows = marked_rows(page_picture(data, page, 10, len(page.text) - 5))

    assert len(rows) >= 3  # the text fills three lines


def test_a_row_that_is_told_with_its_headings_is_marked_in_its_row() -> None:
    document = blank()
    document.add_page()
    for number, row in enumerate((("Zone", "Price", "Days"), ("Leeds", "4.95", "2"), ("York", "5.95", "2"))):
        cells(document, 400 + 100 * number, *zip((60, 260, 360), row, strict=True))
    data = bytes(document.output())
    page = page_of(data)
    quote = "Zone: York | Price: 5.95 | Days: 2"
    at = page.text.index(quote)

    rows = marked_rows(page_picture(data, page, at, at + len(quote)))

    assert any(69 <= row <= 72 for row in rows)  # its values
    assert not any(57 <= row <= 61 for row in rows)  # not the row above


@pytest.mark.parametrize(
    ("data", "page", "why"),
    [
        (pdf("One page."), Page("0" * 64, "a.pdf", 2, "One page."), "no such page"),
        (pdf("One page."), Page("0" * 64, "a.pdf", 1, "Other words."), "not in the page"),
        (scanned_pdf("One page."), Page("0" * 64, "a.pdf", 1, "One page."), "not in the page"),
        (b"%PDF-1.7 broken", Page("0" * 64, "a.pdf", 1, "One page."), "failed"),
        (pdf("One page."), Page("0" * 64, "a.pdf", 1, "     "), "empty"),
    ],
)
def test_what_can_not_be_drawn_says_why(data: bytes, page: Page, why: str) -> None:
    with pytest.raises(NoPicture, match=why):
        page_picture(data, page, 0, 9)
