"""The model assets as Dagster runs them: real registry, real warehouse, dagster-mlflow's resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg
import pytest

from aieco_assets.core.contracts import CLV, EMBEDDER, LLM
from aieco_assets.core.customers.scoring import score_customers
from aieco_assets.core.registry.models import champion, load_champion_json
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.mlflow_resource import mlflow_tracking
from aieco_assets.defs.models.assets import clv, embedder, llm
from aieco_assets.defs.models.checks import clv_is_no_worse_than_naive, clv_parameters_are_positive_numbers
from aieco_assets.defs.monitoring.drift import drift
from aieco_assets.defs.predictions.assets import customers, predictions_cover_every_customer
from tests.core.customers.literal import MONTH_ENDS, simulate, write_features


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIECO_HOME", str(settings.home))
    monkeypatch.setenv("AIECO_POSTGRES_URL", settings.warehouse)
    get_settings.cache_clear()

    def materialise(assets: Sequence[Any], **options: Any) -> dg.ExecuteInProcessResult:
        return dg.materialize(assets, resources={"settings": settings, "mlflow": mlflow_tracking}, **options)

    yield materialise
    get_settings.cache_clear()


def fill(settings: Settings, customers: int = 400) -> None:
    for as_of in MONTH_ENDS:
        write_features(settings, simulate(customers, seed=3), as_of)


def metadata(result: dg.ExecuteInProcessResult, asset: dg.AssetsDefinition) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(asset.node_def.name)
    return {name: value.value for name, value in event.metadata.items()}


def test_packaged_models_are_registered_once_by_address_and_digest(settings: Settings, run) -> None:
    first = run([embedder, llm])
    again = run([embedder, llm])
    for asset, name in ((embedder, EMBEDDER), (llm, LLM)):
        assert (metadata(first, asset)["changed"], metadata(again, asset)["changed"]) == (1, 0)
        found = champion(settings, name)
        assert found is not None
        assert found.version == 1
        assert found.uri.startswith("wheel://")
        assert len(found.sha256) >= 16
        assert found.tags["dagster_run_id"] == first.run_id
    _, content = load_champion_json(settings, EMBEDDER)
    assert content["dimension"] == 384
    assert not list(settings.artifacts.rglob("*.gguf"))


def test_one_dagster_run_is_one_ended_mlflow_run_with_the_trainings_nested(settings: Settings, run) -> None:
    result = run([embedder, llm])
    client = mlflow_client(settings)
    experiment = client.get_experiment_by_name("aieco")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = [one for one in runs if one.data.tags.get("dagster_run_id") == result.run_id]
    nested = {one.info.run_name for one in runs if one.data.tags.get("mlflow.parentRunId") == parent.info.run_id}
    assert nested == {"embedder", "llm"}
    assert {one.info.status for one in runs} == {"FINISHED"}


def test_clv_then_predictions_of_a_range_then_drift(settings: Settings, run) -> None:
    fill(settings)
    trained = run([clv, clv_parameters_are_positive_numbers, clv_is_no_worse_than_naive])
    shown = metadata(trained, clv)
    assert (shown["champion"], shown["gate"], shown["failed_candidates"]) == (True, "promoted", 0)
    assert len(shown["candidates"].records) == 6
    assert shown["model_card"].startswith("# clv: ")
    assert "data:image/svg+xml" in shown["calibration"]
    assert all(check.passed for check in trained.get_asset_check_evaluations())

    scored = run(
        [customers, predictions_cover_every_customer],
        tags={"dagster/asset_partition_range_start": "2025-06", "dagster/asset_partition_range_end": "2025-07"},
    )
    assert all(check.passed for check in scored.get_asset_check_evaluations())
    with connect(settings.warehouse) as connection:
        days = connection.execute("select distinct as_of from predictions.customers order by 1").fetchall()
    assert days == [(MONTH_ENDS[0],), (MONTH_ENDS[1],)]

    again = run([customers], partition_key="2025-06")
    assert metadata(again, customers)["changed"] == 0

    watched = run([drift], partition_key="2025-10-05")
    shown = metadata(watched, drift)
    assert shown["report"].startswith("file://")
    assert shown["current_as_of"] == "2025-09-30"
    assert shown["dagster/row_count"] == 7 + 3 + 5 + 3  # what all share, and the inputs of clv, churn and segments


def test_a_failed_training_fails_its_run_and_the_mlflow_run(settings: Settings, run) -> None:
    fill(settings)
    with connect(settings.warehouse) as connection:
        connection.execute("update features.customer_rfm set recency_days = t_days + 5")
    result = run([clv], raise_on_error=False)
    assert not result.success
    assert versions(settings, CLV) == []
    client = mlflow_client(settings)
    experiment = client.get_experiment_by_name("aieco")
    assert experiment is not None
    assert [one.info.status for one in client.search_runs([experiment.experiment_id])] == ["FAILED"]


@pytest.mark.parametrize(("shop", "sentence"), [(12, "needs 50 customers of whom 20"), (0, "no month is complete yet")])
def test_too_young_a_shop_waits_with_the_reason_and_so_do_its_predictions(
    settings: Settings, run, shop, sentence
) -> None:
    if shop:
        fill(settings, customers=shop)
    trained = run([clv, clv_parameters_are_positive_numbers, clv_is_no_worse_than_naive])
    assert sentence in metadata(trained, clv)["waits"]
    assert versions(settings, CLV) == []
    scored = run([clv, customers, predictions_cover_every_customer], partition_key="2025-07")
    assert sentence in metadata(scored, customers)["waits"]
    watched = run([drift], partition_key="2025-06-15")
    assert "needs two month ends to compare" in metadata(watched, drift)["waits"]
    checks = [one for result in (trained, scored) for one in result.get_asset_check_evaluations()]
    assert len(checks) == 3 and all(check.passed for check in checks)


def test_a_missing_prediction_fails_the_blocking_check(settings: Settings, run) -> None:
    fill(settings)
    run([clv])
    score_customers(settings, MONTH_ENDS[0])
    with connect(settings.warehouse) as connection:
        connection.execute("delete from predictions.customers where customer_id = '12007'")
    checked = run([customers, predictions_cover_every_customer], partition_key="2025-07", raise_on_error=False)
    (check,) = checked.get_asset_check_evaluations()
    assert not check.passed
    assert check.blocking
