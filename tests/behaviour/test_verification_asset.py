"""`evaluation/verification` as Dagster runs it: real embedder, real Postgres, an MLflow run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aieco_assets.core.evaluation.verification import SAMPLE_LABELS, evaluate_verification
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.defs.mlflow_resource import mlflow_tracking
from aieco_assets.defs.models.verification import unsupported_sentences_are_hardly_shown, verification

PASSAGE = {"document": "hire.md", "page": 1, "text": "A rowing boat costs 12 euros an hour. Dogs are not allowed."}


@pytest.fixture
def own(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIECO_HOME", str(settings.home))
    monkeypatch.setenv("AIECO_POSTGRES_URL", settings.warehouse)
    get_settings.cache_clear()
    (tmp_path / "documents").mkdir()
    yield settings.model_copy(update={"documents": str(tmp_path / "documents")})
    get_settings.cache_clear()


def materialise(settings: Settings) -> dict[str, Any]:
    result = dg.materialize(
        [verification, unsupported_sentences_are_hardly_shown],
        resources={"settings": settings, "mlflow": mlflow_tracking},
    )
    assert result.success and all(check.passed for check in result.get_asset_check_evaluations())
    (event,) = result.asset_materializations_for_node(verification.node_def.name)
    return {name: value.value for name, value in event.metadata.items()}


def test_the_samples_labels_are_evaluated_once_and_logged(own: Settings) -> None:
    first, again = materialise(own), materialise(own)

    assert first["labels"] == "sample" and first["dagster/row_count"] == first["changed"] > 40
    assert first["kept_share"] > 0.7 and first["shown_share"] <= 0.15
    assert again["changed"] == 0 and again["kept_share"] == first["kept_share"]
    client = mlflow_client(own)
    experiment = client.get_experiment_by_name("aieco")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id], "tags.kind = 'verification'")
    assert run.data.metrics["kept_share"] == first["kept_share"]


def test_labels_of_the_document_source_come_before_the_samples(own: Settings) -> None:
    sentences = [
        {"text": "A rowing boat is 12 euros an hour.", "cites": [1], "supported": True},
        {"text": "A rowing boat is 20 euros an hour.", "cites": [1], "supported": False, "flaw": "number"},
    ]
    row = {"question": "What does a rowing boat cost?", "passages": [PASSAGE], "flawed": sentences}
    (Path(own.documents) / "labels.jsonl").write_text(json.dumps(row))

    found = evaluate_verification(own)

    assert found.source.endswith("labels.jsonl") and found.source != "sample"
    assert found.summary["unsupported"] == {"n": 1, "shown": 0} and found.summary["supported"]["n"] == 1


def test_the_samples_labels_stand_in_its_own_documents() -> None:
    from aieco_assets.core.sample.documents import KNOWLEDGE

    for line in SAMPLE_LABELS.read_text(encoding="utf-8").splitlines():
        for passage in json.loads(line)["passages"]:
            text = " ".join((KNOWLEDGE / f"{Path(passage['document']).stem}.md").read_text(encoding="utf-8").split())
            for sentence in passage["text"].split(". "):
                assert sentence.rstrip(".") in text
