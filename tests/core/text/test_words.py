"""What forms of a word have in common."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from aieco_assets.core.text.words import content, stem


@pytest.mark.parametrize(
    "forms",
    [
        ("refund", "refunds", "refunded", "refunding"),
        ("policy", "policies", "policy's"),
        ("develop", "developers", "development"),
        ("compare", "comparable", "comparing"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("word", ["45", "2kg", "ort", "straße", "咖"])
def test_numbers_short_words_and_other_scripts_stay_as_they_are(word: str) -> None:
    assert stem(word) == word


def test_the_words_that_only_join_others_carry_no_meaning() -> None:
    assert content("How many days of leave do the employees get?") == ["day", "leav", "employe", "get"]


def test_threads_that_stem_at_once_get_the_stems_of_one() -> None:
    words = [f"{root}{end}" for root in ("return", "deliver", "repair", "invoic") for end in ("ing", "ed", "s", "able")]
    expected = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem.__wrapped__, words * 50)) == expected * 50
