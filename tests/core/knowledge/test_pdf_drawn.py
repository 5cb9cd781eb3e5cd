"""Text of a PDF that is struck out, turned or stamped across the page."""

from __future__ import annotations

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.pdf_files import blank, cells, grid


def text_of(document) -> str:
    return parse(bytes(document.output()), DOCUMENT_TYPES[".pdf"]).pages[0].text


def test_struck_out_text_is_not_read_and_underlined_text_is():
    document = blank()
    document.add_page()
    document.text(60, 60, "Bikes cost 9 12 euros.")
    before, struck = document.get_string_width("Bikes cost "), document.get_string_width("9")
    document.line(60 + before, 57, 60 + before + struck, 57)
    document.text(60, 90, "Underlined 5.")
    document.line(60, 92, 60 + document.get_string_width("Underlined 5."), 92)
    assert text_of(document) == "Bikes cost 12 euros.\nUnderlined 5."


def test_text_on_a_background_that_is_drawn_as_a_wide_stroke_is_not_struck_out():
    document = blank()
    document.add_page()
    document.set_line_width(14)
    document.set_draw_color(200, 200, 180)
    document.line(60, 96, 60 + document.get_string_width("Safety rules"), 96)
    document.text(60, 100, "Safety rules")
    document.text(60, 140, "Keep the doors closed.")
    assert text_of(document) == "Safety rules\n\nKeep the doors closed."


def test_an_accent_that_is_drawn_over_its_letter_is_part_of_it():
    document = blank()
    document.add_page()
    document.text(60, 60, "Ruben Hinojosa")
    document.text(60 + document.get_string_width("Rub") + 1, 60, "\u00b4")
    assert text_of(document) == "Rub\u00e9n Hinojosa"


def test_a_rule_through_the_words_of_a_table_strikes_nothing():
    document = blank()
    document.add_page()
    grid(document, (60, 200, 320), (50, 70, 87, 110))
    cells(document, 64, (64, "Shop"), (204, "Sold"))
    cells(document, 91, (64, "Leeds"), (204, "5.50"))
    assert "Leeds" in text_of(document)
    assert "5.50" in text_of(document)


def test_sideways_text_keeps_a_first_letter_beside_a_narrow_one():
    document = blank()
    document.add_page()
    with document.rotation(90, 100, 400):
        document.text(100, 400, "Sideways text: 12 days")
    document.text(60, 60, "Upright 56.")
    assert sorted(text_of(document).split("\n\n")) == ["Sideways text: 12 days", "Upright 56."]


def test_a_stamp_across_the_page_is_one_line():
    document = blank()
    document.add_page()
    document.text(60, 60, "Within 14 days.")
    document.set_font("helvetica", size=60)
    with document.rotation(45, 200, 500):
        document.text(100, 500, "FIRST DRAFT")
    assert text_of(document).split("\n\n") == ["Within 14 days.", "FIRST DRAFT"]
