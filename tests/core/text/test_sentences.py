"""Units of a page: what is a sentence, an item, a row, a heading, and where exactly it stands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.core.contracts import Page
from aieco_assets.core.text.sentences import Unit, split_page, split_sentences
from aieco_assets.core.text.words import numbers


def units(text: str, previous: list[Unit] | None = None) -> list[Unit]:
    return split_page(Page("sha", "a.pdf", 1, text), previous)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(unit.kind, unit.text) for unit in units(text)]


def test_wrapped_lines_are_one_sentence_and_headings_stand_alone():
    text = (
        "Returns policy\nGoods ordered online can be returned within 30 days of\n"
        "delivery. Both periods apply to unused goods in a condition\nin which we could sell them again."
    )
    assert kinds(text) == [
        ("heading", "Returns policy"),
        ("sentence", "Goods ordered online can be returned within 30 days of\ndelivery."),
        ("sentence", "Both periods apply to unused goods in a condition\nin which we could sell them again."),
    ]


def test_abbreviations_decimals_and_addresses_do_not_end_a_sentence():
    text = "Dr. Smith pays £3.50, e.g. for tea. Write to help@shop.example. Then wait."
    assert [unit.text for unit in units(text)] == [
        "Dr. Smith pays £3.50, e.g. for tea.",
        "Write to help@shop.example.",
        "Then wait.",
    ]


def test_list_items_know_the_line_that_introduces_them():
    found = units("What is Not Covered?\nThese are not covered:\n• Medical treatments\n• Travel expenses")
    assert [(unit.kind, unit.text, unit.lead.text if unit.lead else "") for unit in found[2:]] == [
        ("item", "• Medical treatments", "These are not covered:"),
        ("item", "• Travel expenses", "These are not covered:"),
    ]


def test_a_list_that_runs_over_the_page_keeps_its_lead_and_heading():
    first = units("What is Not Covered?\nThese are not covered:\n• Medical treatments")
    (second,) = units("• Food and supplements", previous=first)
    assert second.lead is not None
    assert second.lead.text == "These are not covered:"
    assert second.heading is not None
    assert second.heading.text == "What is Not Covered?"


def test_rows_with_bars_and_rows_as_a_pdf_leaves_them_know_their_header():
    bars = units("Data | Kept for\nInvoices | 6 years\nPictures | 31 days")
    plain = units("Way to return Cost Refund\nParcel up to 2 kg £2.95 5 days\nParcel over 2 kg £5.50 5 days")
    for found in (bars, plain):
        assert [unit.kind for unit in found] == ["row", "row", "row"]
        assert [unit.lead.text if unit.lead else "" for unit in found[1:]] == [found[0].text] * 2


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("猫が好きです。犬も好きです！魚は？", ["猫が好きです。", "犬も好きです！", "魚は？"]),
        ("كم عدد الأيام؟ ثلاثون يوما. شكرا", ["كم عدد الأيام؟", "ثلاثون يوما.", "شكرا"]),
    ],
)
def test_other_scripts_end_sentences_with_their_own_marks(text: str, sentences: list[str]):
    assert split_sentences(text) == sentences


@given(st.text(alphabet=st.sampled_from(list("abcXYZ 12.,:;!?\n•-|#()。؟م猫\t")), max_size=400))
def test_every_unit_is_a_span_of_the_page_and_none_overlap(text: str):
    found = units(text)
    assert all(unit.text.strip() for unit in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    kept = sum(len("".join(unit.text.split())) for unit in found)
    assert kept == len("".join(text.split()))


def test_the_raised_mark_of_a_note_ends_no_word_and_is_no_digit():
    assert split_sentences("Kept for 45 days.¹ Then it goes.") == ["Kept for 45 days.¹", "Then it goes."]
    assert (numbers("within 30⁶ days"), numbers("12 m²")) == (["30"], ["12", "2"])
