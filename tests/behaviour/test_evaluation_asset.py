"""`evaluation/rag` as Dagster runs it: real knowledge base, real models, its checks, its MLflow run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aieco_assets.core.evaluation.evaluate import build_knowledge
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.mlflow_resource import mlflow_tracking
from aieco_assets.defs.models.rag_evaluation import enough_is_answered, no_number_is_invented, rag

TEXT = "Opening hours\n\nThe shop in Leeds opens at 9:30 on weekdays. It is closed on 1 January.\n"


@pytest.fixture
def own(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "hours.txt").write_text(TEXT)
    monkeypatch.setenv("AIECO_HOME", str(settings.home))
    monkeypatch.setenv("AIECO_POSTGRES_URL", settings.warehouse)
    get_settings.cache_clear()
    yield settings.model_copy(update={"documents": str(folder)})
    get_settings.cache_clear()


def materialise(settings: Settings) -> dg.ExecuteInProcessResult:
    assets: list[Any] = [rag, no_number_is_invented, enough_is_answered]
    return dg.materialize(
        assets,
        resources={"settings": settings, "mlflow": mlflow_tracking},
        raise_on_error=False,
    )


def ask_for(settings: Settings, wanted: str) -> None:
    question = {"question": "When does the shop in Leeds open on weekdays?", "must_contain": [wanted]}
    (Path(settings.documents) / "questions.jsonl").write_text(json.dumps(question))


def test_the_asset_evaluates_once_and_its_checks_follow_the_questions(own: Settings):
    ask_for(own, "9:30")
    build_knowledge(own)
    results = [materialise(own), materialise(own)]
    changed = []
    for result in results:
        assert all(check.passed for check in result.get_asset_check_evaluations())
        (event,) = result.asset_materializations_for_node(rag.node_def.name)
        changed.append(event.metadata["changed"].value)
    assert changed == [1, 0]
    runs = mlflow_client(own).search_runs(
        [mlflow_client(own).get_experiment_by_name("aieco").experiment_id],  # type: ignore[union-attr]
        "tags.kind = 'golden'",
    )
    assert [run.data.metrics["correct_share"] for run in runs] == [1.0]

    ask_for(own, "8:00")  # what the documents do not say: the gate closes
    checks = {check.check_name: check.passed for check in materialise(own).get_asset_check_evaluations()}
    assert checks == {"no_number_is_invented": True, "enough_is_answered": False}
    with connect(own.warehouse) as connection:
        assert connection.execute("select count(*) from evaluation.rag_runs").fetchone() == (2,)
