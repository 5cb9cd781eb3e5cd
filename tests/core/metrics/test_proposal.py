"""What a language model proposes counts only where the catalogue and every word of the question bear it out."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from aieco_assets.core.contracts import KnowledgeVersion, Usage
from aieco_assets.core.metrics.answer import or_proposed
from aieco_assets.core.metrics.proposal import propose
from aieco_assets.core.rag.replies_without_search import unsearched
from aieco_assets.core.settings import Settings
from tests.core.rag.scripted import ScriptedLlm

DOSH = "How much dosh came from Germany in March 2011?"
GERMANY = {"value": "Germany", "said": "Germany"}
CALL: dict[str, Any] = {
    "metric": {"value": "revenue", "said": "dosh came"},
    "countries": [GERMANY],
    "period": "in March 2011",
}


def said(**changes: Any) -> ScriptedLlm:
    return ScriptedLlm(json.dumps({**CALL, **changes}))


def test_a_proposal_that_accounts_for_every_word_is_a_question_of_the_catalogue() -> None:
    asked, _ = propose(said(), DOSH)

    assert asked is not None and asked.period is not None
    assert (asked.metric, asked.places, asked.period.said, asked.firm) == (
        "revenue",
        ("germany",),
        "in march 2011",
        False,
    )


@pytest.mark.parametrize(
    ("question", "llm"),
    [
        (DOSH, said(metric={"value": "profit", "said": "dosh came"})),  # no metric
        (DOSH, said(countries=[])),  # Germany is left over
        (DOSH, said(period="")),  # March 2011 is left over
        (DOSH, said(period="in April 2011")),  # not in the question
        (DOSH, said(countries=[{"value": "Narnia", "said": "Germany"}])),
        (DOSH, said(group_by={"value": "warehouse", "said": "Germany"})),
        (DOSH, said(sql="select 1")),
        (DOSH, ScriptedLlm("null")),
        (DOSH, ScriptedLlm("It was £40.")),
        (DOSH, ScriptedLlm('{"metric": [1, 2}')),
        ("How much profit came from Germany in March 2011?", said(metric={"value": "revenue", "said": "profit came"})),
        ("How much dosh came not from Germany in March 2011?", said()),
        ("How much dosh came from red lamps in Germany in March 2011?", said()),
        ("How much dosh from new customers came from Germany in March 2011?", said()),
    ],
)
def test_what_is_unknown_or_leaves_a_word_over_is_no_question_of_the_catalogue(question: str, llm: ScriptedLlm) -> None:
    assert propose(llm, question)[0] is None


SILENCE = unsearched("The knowledge base does not answer this.", KnowledgeVersion(0, None))
MODELS = {"llm": "scripted@1", "embedder": "none"}


@pytest.mark.parametrize("said", ["{" * 20_000, '{"a":' * 20_000 + "}" * 20_000, "[" * 20_000 + '{"metric": 1}', "}{"])
def test_what_is_no_proposal_is_told_at_once(said: str) -> None:
    began = time.perf_counter()

    assert propose(ScriptedLlm(said), "What was the revenue in 2024?")[0] is None
    assert time.perf_counter() - began < 1


def test_the_figure_is_the_warehouses_and_names_the_model_that_read_the_question(shop: Settings) -> None:
    answer = or_proposed(shop, DOSH, SILENCE, said(), MODELS)

    assert answer.metric is not None and not answer.abstained
    assert answer.answer == "Revenue in Germany from 1 March 2011 to 31 March 2011 was £30.00."
    assert answer.models == MODELS


def test_a_question_that_no_metric_answers_stays_silent_and_the_tokens_are_counted(shop: Settings) -> None:
    asked_before = replace(SILENCE, usage=Usage(100, 20, 5.0))
    answer = or_proposed(shop, "What colour is the moon?", asked_before, said(), MODELS)

    assert (answer.answer, answer.abstained, answer.metric) == (SILENCE.answer, True, None)
    assert answer.usage.prompt_tokens >= 100 and answer.usage.completion_tokens >= 20


def test_a_question_that_the_shop_has_no_days_for_stays_silent(shop: Settings) -> None:
    llm = said(period="in March 1999")
    assert or_proposed(shop, DOSH.replace("2011", "1999"), SILENCE, llm, MODELS).abstained
