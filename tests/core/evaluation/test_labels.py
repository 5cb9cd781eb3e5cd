"""The verification of free sentences on labelled ones: literal ones here, and a shared set of them where it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.labels import cross_validated, evaluate_labels, read_labels, summary
from aieco_assets.core.settings import Settings

LABELLED: dict[str, Any] = {
    "question": "How long can I keep a bike and what does it cost?",
    "passages": [
        {"document": "hire.pdf", "page": 1, "text": "A bike can be kept for up to 14 days. The deposit is £50."},
        {"document": "hire.pdf", "page": 2, "text": "Helmets are lent free of charge at the workshop in Hull."},
    ],
    "answer": [
        {"text": "A bike can be kept for up to 14 days. ", "cites": [1], "supported": True},
        {"text": "The documents do not say what a lock costs.", "cites": [], "supported": True},
    ],
    "flawed": [
        {"text": "The deposit is £50. ", "cites": [1], "supported": True, "flaw": "none"},
        {"text": "A bike can be kept for up to 40 days. ", "cites": [1], "supported": False, "flaw": "number"},
        {"text": "Helmets are lent free of charge. ", "cites": [1], "supported": False, "flaw": "wrong_citation"},
    ],
}


def write(file: Path, *rows: object) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_supported_sentences_are_kept_and_flawed_ones_are_counted_by_their_flaw(tmp_path: Path):
    settings = Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
    report = evaluate_labels(settings, write(tmp_path / "labels.jsonl", LABELLED))
    assert report == {
        "supported": {"n": 3, "kept": 3},
        "unsupported": {"n": 2, "shown": 0},
        "by_flaw": {"number": {"n": 1, "shown": 0}, "wrong_citation": {"n": 1, "shown": 0}},
        "cross_validated": None,
    }


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (["no object"], "Line 1 of"),
        ([{"question": "What?"}], "KeyError: 'passages'"),
        ([{**LABELLED, "answer": [{"text": "A."}], "flawed": []}], "'cites'"),
        ([], "holds no labelled sentence"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(rows: list, why: str, embedder: Embedder, tmp_path: Path):
    with pytest.raises(AiecoError, match=why):
        read_labels(write(tmp_path / "labels.jsonl", *rows), embedder)


def test_a_file_that_is_not_there_is_named(embedder: Embedder, tmp_path: Path):
    with pytest.raises(AiecoError, match=r"nowhere\.jsonl can't be read"):
        read_labels(tmp_path / "nowhere.jsonl", embedder)


@pytest.mark.long
def test_on_documents_that_it_was_not_fitted_to_hardly_anything_unsupported_is_shown(
    real_data: Path, embedder: Embedder
):
    labels = read_labels(real_data / "llm" / "dev.jsonl", embedder)
    shown = cross_validated(labels)
    assert shown is not None
    told = summary(labels, shown)
    assert told["unsupported"]["shown"] <= 0.05 * told["unsupported"]["n"]
    assert told["supported"]["kept"] >= 0.7 * told["supported"]["n"]
    assert set(told["by_flaw"]) >= {"number", "date", "unit", "negation", "entity", "condition_dropped", "overclaim"}
