"""A model that finds no answer in the first pages searches once more in its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from aieco_assets.core.contracts import Answer
from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.interface import Piece
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
from aieco_assets.core.rag.pipeline import Answerer
from tests.core.rag.scripted import PagesInMemory, ScriptedLlm, page

HOLIDAY = page("Time off\nHoliday is asked for two weeks ahead. Time away is noted in the calendar.", document="off.md")
SICK = page("Sickness\nWhoever falls ill calls the team leader before 9:00 in the morning.", document="sick.md")
QUESTION = "Whom do I tell that I need time away because I feel unwell?"
ANSWER = "Whoever falls ill calls the team leader before 9:00. [1]"


class Turns(ScriptedLlm):
    """Says one text after the other, the last one again and again; an error is raised in its turn."""

    def __init__(self, *says: str | Exception) -> None:
        super().__init__("")
        self._says = list(says)

    def stream(self, messages: Sequence, *more: object, **how: object) -> Iterator[Piece]:
        said = self._says.pop(0) if len(self._says) > 1 else self._says[0]
        if isinstance(said, Exception):
            raise said
        self._text = said
        yield from super().stream(messages)


def answered(embedder: Embedder, llm: ScriptedLlm) -> Answer:
    policy = replace(calibrated_policy(), mode="write", chunks=1)
    return Answerer(PagesInMemory(HOLIDAY, SICK), embedder, llm, policy).answer(QUESTION, or_quote=True)


def test_what_the_first_pages_do_not_say_is_searched_for_in_the_models_words(embedder: Embedder) -> None:
    llm = Turns("The passages do not say.", "1. falls ill calls team leader", ANSWER)
    answer = answered(embedder, llm)

    assert (answer.answer, answer.mode) == ("Whoever falls ill calls the team leader before 9:00.", "write")
    assert {citation.document for citation in answer.citations} == {"sick.md"}
    assert QUESTION in llm.asked[1][-1]["content"] and "Whoever falls ill" not in str(llm.asked[:2])
    assert answer.usage.prompt_tokens == 30


def test_queries_that_find_no_other_page_are_not_answered_again(embedder: Embedder) -> None:
    llm = Turns("The passages do not say.", "holiday calendar time away")
    answer = answered(embedder, llm)

    assert answer.abstained and len(llm.asked) == 2


def test_silence_stays_silence_where_the_new_pages_do_not_say_it_either(embedder: Embedder) -> None:
    llm = Turns("The passages do not say.", "falls ill calls team leader", "The passages do not say.")
    answer = answered(embedder, llm)

    assert answer.abstained and answer.citations == () and len(llm.asked) == 3


@pytest.mark.parametrize("second", ["", "\n\n", "?!", QUESTION, ModelUnavailable("it is away")])
def test_a_model_that_makes_no_query_leaves_the_silence_as_it_is(embedder: Embedder, second: str | Exception) -> None:
    llm = Turns("The passages do not say.", second)
    answer = answered(embedder, llm)

    assert answer.abstained and not answer.model_failed


def test_an_answer_that_stands_is_not_searched_for_again(embedder: Embedder) -> None:
    llm = Turns("Holiday is asked for two weeks ahead. [1]")
    answered(embedder, llm)

    assert len(llm.asked) == 1
