"""Two searches become one ranking."""

from __future__ import annotations

import pytest

from aieco_assets.core.embeddings.fusion import fused


def test_what_both_find_comes_before_what_one_finds_a_little_better():
    by_meaning = [(1, 0.9), (2, 0.8), (3, 0.5)]
    by_words = [(4, 12.0), (2, 11.0), (5, 2.0)]
    assert [one for one, _ in fused(by_meaning, by_words)][:3] == [2, 1, 4]


def test_how_much_better_the_first_is_counts_and_not_only_its_rank():
    by_meaning = [(1, 0.9), (2, 0.89), (3, 0.1)]
    by_words = [(2, 30.0), (1, 3.0), (3, 2.0)]
    assert [one for one, _ in fused(by_meaning, by_words)] == [2, 1, 3]


def test_scores_run_from_0_to_1_and_an_empty_search_takes_nothing_away():
    assert fused([(7, 0.4)], []) == [(7, 0.5)]
    assert dict(fused([(1, 3.0), (2, 1.0)], [(1, 3.0), (2, 1.0)])) == pytest.approx({1: 1.0, 2: 0.02})
