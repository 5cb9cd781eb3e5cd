"""Scores of a part of the chunks against LanceDB's own full-text search of a table that holds only that part."""

from __future__ import annotations

import random
from pathlib import Path

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


def engine_scores(texts: list[str], question: str, folder: Path) -> dict[int, float]:
    table = lancedb.connect(folder).create_table(
        "chunks", pa.table({"place": range(len(texts)), "indexed_text": texts}), mode="overwrite"
    )
    table.create_index("indexed_text", config=FTS(base_tokenizer=TOKENIZER))
    found = table.search(MatchQuery(question, "indexed_text"), query_type="fts").limit(len(texts)).to_list()
    return {row["place"]: row["_score"] for row in found}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_part_scores_as_the_engine_scores_a_table_that_holds_only_it(
    texts: list[str], question: str, tmp_path: Path
) -> None:
    index = TermIndex.of(tokens_of(texts), len(texts))
    admits = np.array([place % 3 != 1 for place in range(len(texts))])
    for inside in (admits, np.ones(len(texts), dtype=bool)):
        places = np.flatnonzero(inside)
        scores = index.scores(question, index.part(inside))
        expected = engine_scores([texts[place] for place in places], question, tmp_path)
        told = {row: scores[place] for row, place in enumerate(places) if scores[place] > 0}
        assert told == pytest.approx(expected, rel=1e-6)
        assert not scores[~inside].any()


def test_no_chunks_have_no_scores() -> None:
    index = TermIndex.of(tokens_of([]), 0)

    assert index.scores("return", index.part(np.zeros(0, dtype=bool))).tolist() == []


def test_texts_are_parted_wherever_they_end() -> None:
    texts = ["one price.", "", "two prices", "日本", "語", "x" * 50] * 120  # more than are read at once

    assert list(tokens_of(texts))[:6] == [["one", "price"], [], ["two", "price"], ["日本"], ["語"], []]
    assert len(list(tokens_of(texts))) == len(texts)
