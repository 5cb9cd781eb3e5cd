"""Scores of a part of the chunks against LanceDB's own full-text search of a table that holds only that part."""

from __future__ import annotations

import random
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
import pytest
from lancedb.index import FTS
from lancedb.query import MatchQuery

from aieco_assets.core.embeddings.bm25 import TOKENIZER, TermIndex, tokens_of

SAID = (
    "return returns returned policy the of café Cafés shipping price prices running runs gift-card don't 30 2,000 "
    "Über München e-mail 日本語 テスト данные v2.1 x_y o'clock ① ﬁne"
)
WORDS = SAID.split()
QUESTIONS = [
    "return policy",
    "returns returns price",
    "café the of",
    "gift-card don't",
    "日本語",
    "no such word here at all",
    "running RUN runs 30",
    "v2.1 x_y o'clock",
    "",
]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    drawn = random.Random(7)
    return ["", "the of", *(" ".join(drawn.choices(WORDS, k=drawn.randint(1, 90))) for _ in range(700))]


@pytest.fixture(scope="module", params=["two thirds", "all"])
def part(request: pytest.FixtureRequest, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Which chunks are in the part, and the engine's table that holds only them."""
    inside = np.array([request.param == "all" or place % 3 != 1 for place in range(len(texts))])
    places = np.flatnonzero(inside).tolist()
    rows = pa.table({"place": places, "indexed_text": [texts[place] for place in places]})
    table = lancedb.connect(tmp_path_factory.mktemp("engine")).create_table("chunks", rows)
    table.create_index("indexed_text", config=FTS(base_tokenizer=TOKENIZER))
    return inside, table


@pytest.fixture(scope="module")
def index(texts: list[str]) -> TermIndex:
    return TermIndex.of(tokens_of(texts), len(texts))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_part_scores_as_the_engine_scores_a_table_that_holds_only_it(
    index: TermIndex, part: tuple[Any, Any], question: str
) -> None:
    inside, table = part

    scores = index.scores(question, index.part(inside))

    found = table.search(MatchQuery(question, "indexed_text"), query_type="fts").limit(len(inside)).to_list()
    told = {place: score for place, score in enumerate(scores) if score > 0}
    assert told == pytest.approx({row["place"]: row["_score"] for row in found}, rel=1e-6)
    assert not scores[~inside].any()


def test_no_chunks_have_no_scores() -> None:
    index = TermIndex.of(tokens_of([]), 0)

    assert index.scores("return", index.part(np.zeros(0, dtype=bool))).tolist() == []


def test_texts_are_parted_wherever_they_end() -> None:
    texts = ["one price.", "", "two prices", "日本", "語", "x" * 50] * 120  # more than are read at once

    assert list(tokens_of(texts))[:6] == [["one", "price"], [], ["two", "price"], ["日本"], ["語"], []]
    assert len(list(tokens_of(texts))) == len(texts)
