"""Sentences read when the index is made: the same answers, and nothing left to read when a question comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.sentence_vectors import Reading, Readings, packed, unpacked
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.rag.evidence import precompute as reading
from aieco_assets.core.rag.evidence.precompute import ReadSync, read_ahead
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import Settings
from tests.core.knowledge.files import write
from tests.core.rag.scripted import ScriptedLlm, WordEmbedder


class Counting(WordEmbedder):
    """The bags of words, and which texts they were asked for. `fail_at`: the call that breaks off."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.fail_at = 0

    def encode(self, texts: Sequence[str], progress: object = None) -> np.ndarray:
        self.read += texts
        return super().encode(texts)

    def tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        self.fail_at -= 1
        if self.fail_at == 0:
            raise KeyboardInterrupt
        return super().tokens(texts)


RETURNS = "# Returns\n\nShoes can be returned within 30 days of delivery. Worn boots are refused."
DELIVERY = "# Delivery\n\nParcels take three days. Islands wait a week longer."


@pytest.fixture
def embedder() -> Counting:
    return Counting()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "documents", returns__md=RETURNS, delivery__md=DELIVERY)


@pytest.fixture
def knowledge(settings: Settings, source: Path) -> Settings:
    return settings.model_copy(update={"documents": str(source)})


def run(settings: Settings, embedder: Counting) -> ReadSync:
    sync_documents(settings)
    refresh_chunks(settings)
    embed_missing(settings, embedder)  # type: ignore[arg-type]
    return read_ahead(settings, embedder)  # type: ignore[arg-type]


def words(settings: Settings) -> set[str]:
    return set(column(open_table(connect_vectors(settings), "words"), "text")["text"].to_pylist())


def test_a_question_reads_nothing_but_itself_and_is_answered_as_without(knowledge: Settings, embedder: Counting):
    assert run(knowledge, embedder) == ReadSync(pages=2, sentences=4, words=len(words(knowledge)))
    VectorStore.open(knowledge).publish()
    index = VectorStore.open(knowledge).live()
    assert index is not None
    asked = "Within how many days can shoes be returned?"
    plain = Answerer(index, embedder, ScriptedLlm("")).answer(asked)
    embedder.read = []
    ahead = Answerer(index, embedder, ScriptedLlm(""), readings=Readings(knowledge, embedder.version)).answer(asked)
    assert ahead.answer == plain.answer == "Shoes can be returned within 30 days of delivery."
    assert ahead.citations == plain.citations
    assert all(text.casefold() in asked.casefold() for text in embedder.read)
    embedder.read = []
    Answerer(index, embedder, ScriptedLlm(""), readings=Readings(knowledge, "another")).answer(asked)
    assert "boots" in embedder.read


def test_only_what_is_new_is_read_and_what_is_gone_leaves_no_word(
    knowledge: Settings, embedder: Counting, source: Path
):
    run(knowledge, embedder)
    assert run(knowledge, embedder) == ReadSync()
    (source / "delivery.md").rename(source / "shipping.md")
    assert run(knowledge, embedder) == ReadSync()
    (source / "shipping.md").unlink()
    write(source, gifts__md="# Gifts\n\nVouchers expire after two years.")
    embedder.read = []
    found = run(knowledge, embedder)
    assert (found.pages, found.sentences, found.dropped) == (1, 1, 1)
    assert not {"shoes", "Worn boots are refused."} & set(embedder.read)
    assert {"vouchers", "boots"} <= words(knowledge)
    assert "islands" not in words(knowledge)


def test_a_run_that_was_killed_ends_as_an_undisturbed_one(
    knowledge: Settings, embedder: Counting, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "_WINDOW", 2)
    embedder.fail_at = 2
    with pytest.raises(KeyboardInterrupt):
        run(knowledge, embedder)
    table = open_table(connect_vectors(knowledge), "readings")
    assert 0 < table.count_rows() < 6
    run(knowledge, embedder)
    rows = column(open_table(connect_vectors(knowledge), "readings"), "reading_id", "alone").to_pylist()
    assert len({row["reading_id"] for row in rows}) == len(rows) == 6
    assert sum(row["alone"] is None for row in rows) == 2
    assert run(knowledge, embedder) == ReadSync()


def test_another_embedder_reads_everything_anew_and_many_chunks_are_left_for_later(
    knowledge: Settings, embedder: Counting
):
    few = knowledge.model_copy(update={"read_ahead": 1})
    assert run(few, embedder) == ReadSync()
    assert run(knowledge, embedder).sentences == 4
    embedder.version = "2" * 64
    assert run(few, embedder) == ReadSync(dropped=2)
    assert words(knowledge) == set()
    found = run(knowledge, embedder)
    assert (found.pages, found.sentences) == (2, 4)


def test_a_stored_reading_is_the_one_that_was_read_to_the_third_digit():
    random = np.random.default_rng(1)
    vectors = random.normal(size=(3, 5, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    read = Reading(vectors[0, 0], TokenVectors(vectors[0, 1], vectors[1], ((0, 1), (2, 5), (6, 7), (8, 9), (9, 10))))
    again = unpacked(packed(read))
    assert again.near.spans == read.near.spans
    np.testing.assert_allclose(again.alone, read.alone, atol=1e-3)
    np.testing.assert_allclose(again.near.vectors @ vectors[2].T, read.near.vectors @ vectors[2].T, atol=3e-3)
    empty = Reading(vectors[0, 0], TokenVectors(vectors[0, 1], vectors[1][:0], ()))
    assert unpacked(packed(empty)).near.vectors.shape == (0, 384)
