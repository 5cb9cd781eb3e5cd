"""Slices on literal rows: what is refused, what is too small to say, and how often chance is taken for a difference."""

from __future__ import annotations

import numpy as np
import pytest

from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.fairness.answers import compare_answers
from aieco_assets.core.fairness.measures import CHURN, PURCHASES, RIGHT, SILENT, WRONG, flagged
from aieco_assets.core.fairness.record import plot, table
from aieco_assets.core.fairness.slices import compare, sentence, worst


def shop(seed: int, customers: int = 600):
    """Ages of customers, who stayed away, and risks that know something of it."""
    random = np.random.default_rng(seed)
    ages = np.array(["25-34", "45-54", "65+"])[np.arange(customers) % 3]
    churned = random.uniform(size=customers) < 0.5
    return random, list(ages), churned


def risks(random: np.random.Generator, churned: np.ndarray) -> np.ndarray:
    return np.clip(0.5 + 0.3 * (churned - 0.5) + random.normal(0, 0.2, len(churned)), 0, 1)


def test_a_version_that_fails_one_age_group_is_refused_in_one_sentence_with_both_figures() -> None:
    random, ages, churned = shop(1)
    good = risks(random, churned)
    blind = np.where(np.array(ages) == "65+", np.where(churned, 0.05, 0.5), good)
    found = compare(CHURN, {"age": ages}, churned * 1.0, flagged(blind, churned), flagged(good, churned))
    refused = worst(found)
    assert refused is not None and (refused.column, refused.slice, refused.state) == ("age", "65+", "worse")
    told = sentence(refused, 3)
    assert told.startswith("it is much worse for age 65+ (") and f"{refused.ours:.3f}, and version 3 has" in told
    assert {one.state for one in found if one.slice != "65+"} == {"held"}
    assert "| age | 65+ | recall |" in table(found) and "#c0392b" in plot(found)


def test_a_small_slice_is_inconclusive_however_bad_it_looks() -> None:
    random, _, churned = shop(2)
    good = risks(random, churned)
    countries = ["Malta" if at < 20 else "France" for at in range(600)]
    blind = np.where(np.arange(600) < 20, 1 - churned, good)
    found = compare(CHURN, {"country": countries}, churned * 1.0, flagged(blind, churned), flagged(good, churned))
    assert {one.state for one in found if one.slice == "Malta"} == {"inconclusive"}
    assert worst(found) is None


@pytest.mark.parametrize("rows", [0, 1])
def test_one_row_or_none_is_no_reason_to_refuse(rows: int) -> None:
    truth = np.ones(rows)
    found = compare(CHURN, {"age": ["65+"] * rows}, truth, flagged(truth * 0.1, truth > 0), flagged(truth, truth > 0))
    assert worst(found) is None and {one.state for one in found} <= {"inconclusive"}


def test_two_versions_that_are_equally_good_are_hardly_ever_told_apart() -> None:
    """At most one in twenty; the margin makes it fewer."""
    refused = 0
    for seed in range(60):
        random, ages, churned = shop(seed)
        sizes = ["a" if at % 5 else "b" for at in range(600)]
        ours, theirs = (flagged(risks(random, churned), churned) for _ in range(2))
        refused += worst(compare(CHURN, {"age": ages, "size": sizes}, churned * 1.0, ours, theirs)) is not None
    assert refused <= 3


def test_a_bias_beyond_the_limit_is_refused_without_a_champion_and_not_where_the_champion_is_as_far_out() -> None:
    random = np.random.default_rng(3)
    actual = random.poisson(2.0, 200).astype(float)
    segment = ["Loyal"] * 100 + ["New"] * 100
    ours = np.where(np.arange(200) < 100, actual * 4, actual)
    found = worst(compare(PURCHASES, {"segment": segment}, actual, ours))
    assert found is not None and (found.slice, found.state) == ("Loyal", "beyond limit")
    assert sentence(found, None) == f"it is beyond the limit for segment Loyal (100 rows): purchase bias {3:.3f}"
    assert worst(compare(PURCHASES, {"segment": segment}, actual, ours, ours)) is None


def test_a_slice_of_which_the_value_is_not_known_is_one_of_its_own_and_nothing_below_is_no_number() -> None:
    found = compare(PURCHASES, {"age": [None, ""] * 30}, np.zeros(60), np.ones(60), np.ones(60))
    assert {(one.slice, one.ours, one.state) for one in found} == {("unknown", None, "inconclusive")}


@pytest.mark.parametrize(("lost", "refused"), [(14, True), (3, False)])
def test_answers_are_compared_by_language_kind_and_document_on_the_questions_of_both(lost: int, refused: bool) -> None:
    english = [
        Question(f"How many days of leave does contract number {n} have?", citations=(("a.md", 1),)) for n in range(20)
    ]
    german = [
        Question(f"Wie viele Urlaubstage stehen mir im Jahr nach Vertrag {n} zu?", citations=(("b.pdf", 1),))
        for n in range(20)
    ]
    asked = [*english, *german, Question("Who won?", unanswerable=True)]
    theirs = {one.question: RIGHT for one in asked[:-1]} | {"Who won?": SILENT, "An old one?": WRONG}
    ours = theirs | {one.question: SILENT for one in german[:lost]}
    found = compare_answers(asked, ours, theirs)
    assert {one.slice for one in found if one.column == "language"} >= {"de", "en"}
    assert {one.slice for one in found if one.column == "document"} == {"md", "pdf", "unknown"}
    told = worst(found)
    assert (told is not None) == refused
    if told:
        assert told.slice in ("de", "pdf")


def test_a_value_of_the_shop_is_no_markup_in_the_table() -> None:
    random, _, churned = shop(1)
    found = compare(
        CHURN, {"age": ["![x](http://e/a.png) | <b>"] * len(churned)}, churned * 1.0, risks(random, churned)
    )

    assert r"| !\[x\](http://e/a.png) \| \<b\> |" in table(found)
