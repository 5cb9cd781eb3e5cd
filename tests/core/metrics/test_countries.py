"""Countries by name, whatever the sales call them."""

from __future__ import annotations

import pytest

from aieco_assets.core.metrics.countries import NAMES, canonical
from aieco_assets.core.metrics.resolve import Unknown, countries


@pytest.mark.parametrize(
    ("written", "known", "found"),
    [
        ("spain", ("ES", "PT"), ("ES",)),
        ("Portuguese", ("ES", "PT"), ("PT",)),
        ("the netherlands", ("NLD", "BEL"), ()),
        ("netherlands", ("NLD", "BEL"), ("NLD",)),
        ("uk", ("GB", "GBR", "United Kingdom", "UK"), ("GB", "GBR", "United Kingdom", "UK")),
        ("america", ("US", "CA"), ("US",)),
        ("ivory coast", ("CI",), ("CI",)),
        ("es", ("ES", "PT"), ("ES",)),
        ("ES", ("Spain", "Portugal"), ("Spain",)),
        ("India", ("IN", "Inland"), ("IN",)),
    ],
)
def test_a_country_is_found_by_its_name_and_its_code(
    written: str, known: tuple[str, ...], found: tuple[str, ...]
) -> None:
    said = countries([written], known)
    assert isinstance(said, Unknown) if not found else said == found


@pytest.mark.parametrize("word", ["in", "to", "is", "at", "it", "no", "ABCD", "Xx"])
def test_words_that_happen_to_be_codes_are_no_countries(word: str) -> None:
    assert canonical(word) == word.casefold()


def test_every_country_that_questions_may_name_has_a_code_but_the_parts_of_one() -> None:
    from aieco_assets.core.metrics.countries import _code_names

    coded = {canonical(code) for code in _code_names()}
    assert {name for name in NAMES if canonical(name) not in coded} == {
        *("england", "northern ireland", "scotland", "wales", "channel islands")
    }
