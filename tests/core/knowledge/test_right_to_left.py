"""Arabic and Hebrew of a PDF are stored as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.knowledge.right_to_left import reading_order


def read(text: str, lefts: list[float]) -> str:
    """`text` as it is stored; `lefts`: where each character stands."""
    return "".join(text[place] for place in reading_order(text, lambda place: (lefts[place], 0, lefts[place] + 5, 10)))


def test_the_letters_of_a_ligature_are_turned_back():
    assert read("األولى", [60, 50, 50, 40, 30, 20]) == "الأولى"
    assert read("ألف", [60, 50, 40]) == "ألف"  # the same two letters, each with a place of its own


def test_a_line_stored_as_it_looks_is_turned_and_its_numbers_and_words_are_not():
    assert read("םולש", [0, 10, 20, 30]) == "שלום"
    assert read("ABC 12.5 םולש", [0.0 + 10 * n for n in range(13)]) == "שלום 12.5 ABC"
    assert read("םולש\r\nplain text", [0, 10, 20, 30, *range(12)]) == "שלום\r\nplain text"


@pytest.mark.parametrize("text", ["", "plain", "two\r\nlines", "日本語。", "naïve — “quoted”"])
def test_what_runs_from_left_to_right_is_left_alone(text: str):
    def unasked(place: int) -> tuple[float, float, float, float]:
        raise AssertionError(place)

    assert [*reading_order(text, unasked)] == list(range(len(text)))


def test_a_real_arabic_page_reads_as_arabic(real_data: Path):
    data = (real_data / "documents" / "ar_Tribute to Michael Hart.pdf").read_bytes()
    text = parse(data, DOCUMENT_TYPES[".pdf"]).pages[1].text
    assert text.startswith("آخر كان يخطو خطواته الأولى وهو نشر وتوزيع المعلومات.")
    assert "للألعاب النارية بمناسبة عيد الاستقلال" in text
    assert "عام 1971 حين" in text
    assert "األ" not in text
