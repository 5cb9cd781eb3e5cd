from __future__ import annotations

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from aieco_assets.core.embeddings import weights
from aieco_assets.core.embeddings.chunk_text import indexed_text
from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.embedder import identify_embedder, load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import any_of, connect_vectors, open_table, quote
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.settings import Settings
from tests.core.knowledge.files import write


def test_vectors_are_unit_length_in_the_order_of_the_texts(plain: Settings):
    embedder = load_embedder(plain)
    texts = ["a much longer text about parental leave and its conditions " * 5, "cat", "dog food", "cat"]
    vectors = embedder.encode(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[1], vectors[3], atol=1e-6)
    np.testing.assert_allclose(vectors[2], embedder.encode(["dog food"])[0], atol=1e-5)
    assert embedder.encode([]).shape == (0, 384)


def test_the_packaged_embedder_is_loaded_once_and_asks_no_network(plain: Settings, monkeypatch: pytest.MonkeyPatch):
    def refuse(*arguments: object) -> None:
        raise AssertionError(f"network: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    embedder = load_embedder(plain)
    assert embedder is load_embedder(plain)
    assert (embedder.name, embedder.version) == identify_embedder(plain)
    embedder.encode(["hello"])


def test_weights_other_than_the_tested_ones_are_refused(plain: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(weights, "PACKAGED_WEIGHTS", "0" * 64)
    with pytest.raises(AiecoError, match="not the one that was tested: run `make setup`"):
        load_embedder(plain)


def test_a_missing_wheel_is_one_sentence(plain: Settings, monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(weights, "files", missing)
    with pytest.raises(AiecoError, match="not installed: run `make setup`"):
        load_embedder(plain)


@pytest.mark.parametrize("name", ["/nowhere/model", "./nowhere", "justaname"])
def test_a_folder_that_is_not_there_is_one_sentence(plain: Settings, name: str):
    with pytest.raises(AiecoError, match="is not a folder: set AIECO_EMBEDDER"):
        load_embedder(plain.model_copy(update={"embedder": name}))


def test_a_hub_model_that_cannot_be_fetched_is_one_sentence(plain: Settings):
    with pytest.raises(AiecoError, match="nobody/nothing cannot be fetched"):
        load_embedder(plain.model_copy(update={"embedder": "nobody/nothing"}))


def test_pickled_weights_are_refused(plain: Settings, small_model: Path):
    (small_model / "model.safetensors").rename(small_model / "pytorch_model.bin")
    with pytest.raises(AiecoError, match=r"no \.safetensors weights"):
        load_embedder(plain.model_copy(update={"embedder": str(small_model)}))


def test_a_model_without_its_tokenizer_is_refused(plain: Settings, small_model: Path):
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        (small_model / name).unlink(missing_ok=True)
    with pytest.raises(AiecoError, match=r"tokenizer.* is missing or another's"):
        load_embedder(plain.model_copy(update={"embedder": str(small_model)}))


def test_weights_that_were_cut_short_are_one_sentence(plain: Settings, small_model: Path):
    (small_model / "model.safetensors").write_bytes(b"abc")
    with pytest.raises(AiecoError, match=r"is not a sentence-transformers model .*: mend AIECO_EMBEDDER"):
        load_embedder(plain.model_copy(update={"embedder": str(small_model)}))


def test_the_version_follows_the_content_and_not_the_place(plain: Settings, small_model: Path, tmp_path: Path):
    copy = shutil.copytree(small_model, tmp_path / "copy")
    versions = [
        identify_embedder(plain.model_copy(update={"embedder": str(folder)}))[1] for folder in (small_model, copy)
    ]
    assert versions[0] == versions[1]
    (copy / "sentence_bert_config.json").write_text('{"max_seq_length": 8, "do_lower_case": false}')
    assert identify_embedder(plain.model_copy(update={"embedder": str(copy)}))[1] != versions[0]


def test_another_embedder_of_another_size_takes_over_and_the_old_version_stays(
    settings: Settings, small_model: Path, tmp_path: Path
):
    source = write(tmp_path / "documents", a__md="# Returns\n\nShoes: 30 days.", b__md="# Delivery\n\nThree days.")
    first = settings.model_copy(update={"documents": str(source)})
    sync_documents(first)
    refresh_chunks(first)
    assert embed_missing(first).embedded == 2
    VectorStore.open(first).publish()
    old = VectorStore.open(first).live()

    second = first.model_copy(update={"embedder": str(small_model)})
    seen: list[tuple[int, int]] = []
    assert embed_missing(second, progress=lambda done, total: seen.append((done, total))).embedded == 2
    assert seen[-1] == (2, 2)
    assert embed_missing(second).embedded == 0
    VectorStore.open(second).publish()
    new = VectorStore.open(second).live()
    assert old is not None
    assert new is not None
    assert new.embedder_version == identify_embedder(second)[1] != old.embedder_version
    assert len(new.search("shoes", load_embedder(second).encode(["shoes"])[0])) == 2
    assert old.search("shoes", load_embedder(first).encode(["shoes"])[0])[0].chunk.document == "a.md"


def test_a_chunk_is_embedded_under_its_heading_once():
    assert indexed_text("Shop policy", "Returns", "30 days.") == "Shop policy\nReturns\n30 days."
    assert indexed_text("Returns", "Returns", "Returns\n30 days.") == "Returns\n30 days."
    assert indexed_text("", "", "30 days.") == "30 days."


@pytest.mark.parametrize("value", ["it's", "'; --", '"', "\\", "\\'", "a''b", "%_", "\n", "惡魔", "' or '1'='1"])
def test_predicates_match_exactly_the_value(plain: Settings, value: str):
    table = open_table(connect_vectors(plain), "pages")
    common = {"sha256": "s", "page": 1, "text": "t", "title": "", "parser": "1"}
    table.add([{**common, "page_id": str(n), "document": name} for n, name in enumerate((value, "other"))])
    assert table.count_rows(f"document = {quote(value)}") == 1
    assert table.count_rows(any_of("document", [value, "nothing"])) == 1
