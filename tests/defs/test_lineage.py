"""What Dagster records of real runs, as lineage events: the graph that they give is Dagster's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aieco_assets.core.lineage.progress import read_progress
from aieco_assets.core.lineage.rebuild import differences, graph_of, rebuild
from aieco_assets.core.lineage.shipping import destination, everything
from aieco_assets.core.monitoring.incidents import incidents
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.monitoring.lineage_readings import DagsterHistory
from aieco_assets.defs.monitoring.lineage_sensor import lineage_sensor
from tests.core.lineage.collector import HANGS, collector
from tests.core.lineage.literal import rebuilt
from tests.waiting import until

DAYS = dg.DailyPartitionsDefinition("2025-11-01", end_date="2025-11-04")
SCHEMA = dg.TableSchema([dg.TableColumn("amount", "numeric", "Of an order.")])
source = dg.AssetSpec(["lake", "lines"], description="Lines.")


@dg.asset(
    key=["marts", "orders"],
    deps=[source],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    owners=["team:data-platform"],
    kinds={"postgres"},
    metadata={"dagster/column_schema": SCHEMA},
    description="Orders.",
)
def orders() -> dg.MaterializeResult:
    price = dg.TableColumnDep(dg.AssetKey(["lake", "lines"]), "price")
    lineage = dg.TableColumnLineage({"amount": [price]})
    return dg.MaterializeResult(metadata={"dagster/row_count": 3, "dagster/column_lineage": lineage})


@dg.asset(key=["models", "clv"], deps=[orders])
def clv() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"version": 3, "champion": 2, "sha256": "f" * 64})


@dg.asset(key=["predictions", "customers"], deps=[clv])
def customers() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"model_version": 3, "bytes": 10})


@dg.asset(key=["marts", "broken"], deps=[orders], partitions_def=DAYS)
def broken() -> None:
    raise ValueError("customer 12346 has no name")


@dg.asset_check(asset=clv, blocking=True)
def clv_holds() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata={"customer": "12346"})


ASSETS = [orders, clv, customers, broken]
SMALL = dg.Definitions(assets=[source, *ASSETS], asset_checks=[clv_holds])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as one:
        yield one


@pytest.fixture
def made(instance: dg.DagsterInstance) -> DagsterHistory:
    """Two runs that succeed, and one that fails."""
    dates = {"dagster/asset_partition_range_start": "2025-11-01", "dagster/asset_partition_range_end": "2025-11-03"}
    assert dg.materialize([orders], instance=instance, tags=dates).success
    assert dg.materialize([orders, clv, customers, clv_holds], instance=instance, selection=[clv, customers]).success
    assert not dg.materialize(
        [orders, broken], instance=instance, selection=[broken], partition_key="2025-11-01", raise_on_error=False
    ).success
    return DagsterHistory(instance, SMALL.resolve_asset_graph())


def tick(instance: dg.DagsterInstance, settings: Settings) -> dg.SkipReason:
    context = dg.build_sensor_context(instance, definitions=SMALL, resources={"settings": settings})
    said = lineage_sensor(context)
    assert isinstance(said, dg.SkipReason)
    return said


def of(events: list[dict[str, Any]], job: str, state: str) -> dict[str, Any]:
    (found,) = [one for one in events if one.get("eventType") == state and one["job"]["name"] == job]
    return found


def test_the_graph_of_the_events_is_that_of_dagster(settings: Settings, made: DagsterHistory) -> None:
    told = rebuild(everything(settings, made))
    assert differences(told, graph_of(made.nodes(), made.column_lineage())) == []
    assert told.edges == {
        ("lake/lines", "marts/orders"),
        ("marts/orders", "models/clv"),
        ("models/clv", "predictions/customers"),
        ("marts/orders", "marts/broken"),
    }
    assert told.columns == {"marts/orders": ("amount",)}
    assert told.column_edges == {(("lake/lines", "price"), ("marts/orders", "amount"))}


def test_runs_of_dagster_become_events_that_say_what_they_made(settings: Settings, made: DagsterHistory) -> None:
    events = [*everything(settings, made)]
    assert all(rebuilt(one) == one for one in json.loads(json.dumps(events)))
    orders = of(events, "marts/orders", "COMPLETE")
    assert orders["run"]["facets"]["aieco_partitions"]["count"] == 3
    assert orders["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 3
    facet = of(events, "models/clv", "COMPLETE")["outputs"][0]["facets"]["aieco_modelVersion"]
    assert (facet["version"], facet["champion"], facet["sha256"]) == (3, False, "f" * 64)
    used = of(events, "predictions/customers", "COMPLETE")["inputs"][0]["facets"]
    assert used["version"]["datasetVersion"] == "3"
    (checked,) = of(events, "models/clv/checks", "COMPLETE")["inputs"]
    (found,) = checked["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (found["assertion"], found["success"], found["severity"]) == ("clv_holds", True, "error")
    failed = of(events, "marts/broken", "FAIL")
    assert failed["run"]["facets"]["errorMessage"]["message"] == "ValueError"
    assert "12346" not in json.dumps(events)


def test_the_sensor_ships_what_is_over(
    settings: Settings, instance: dg.DagsterInstance, made: DagsterHistory, tmp_path: Path
) -> None:
    assert tick(instance, settings).skip_message == "AIECO_LINEAGE is not set."
    path = tmp_path / "events.jsonl"
    here = settings.model_copy(update={"lineage": f"file://{path}"})
    tick(instance, here)
    expected = len([*everything(settings, made)])
    until(lambda: read_progress(settings, destination(here).digest).taken == expected, 60, "the shipping")
    told = rebuild(map(json.loads, path.read_text().splitlines()))
    assert differences(told, graph_of(made.nodes(), made.column_lineage())) == []


def test_a_run_ends_while_the_collector_still_holds_an_event(
    settings: Settings, instance: dg.DagsterInstance, made: DagsterHistory
) -> None:
    with collector(does=HANGS) as one:
        here = settings.model_copy(update={"lineage": one.url})
        tick(instance, here)
        assert one.asked.wait(60)
        assert dg.materialize([orders, clv, clv_holds], instance=instance, selection=[clv]).success
        tick(instance, here)
        assert (len(one.paths), one.events, one.let_go.is_set()) == (1, [], False)
        one.let_go.set()
        until(lambda: read_progress(settings, destination(here).digest).failures == 1, 60, "the end of the try")


def test_what_waits_is_one_incident_until_it_is_taken(
    settings: Settings, instance: dg.DagsterInstance, made: DagsterHistory
) -> None:
    with collector(500) as one:
        here = settings.model_copy(update={"lineage": one.url})
        tick(instance, here)
        until(lambda: read_progress(settings, destination(here).digest).failures == 1, 60, "the try")
        with connect(settings.warehouse) as connection:
            connection.execute("update governance.lineage set failing_since = now() - interval '1 hour'")
        tick(instance, here)
        tick(instance, here)
        (found,) = incidents(settings)
        assert (found["kind"], found["subject"], found["recovering_at"]) == (
            "lineage_waits",
            destination(here).name,
            None,
        )
        with connect(settings.warehouse) as connection:
            connection.execute("update governance.lineage set failing_since = null, failures = 0")
        tick(instance, here)
        assert incidents(settings)[0]["recovering_at"]


def test_the_graph_as_it_is_served_is_in_the_events_of_the_graph(
    settings: Settings, instance: dg.DagsterInstance, definitions: dg.Definitions
) -> None:
    """Before anything was made: every asset, edge and documented column."""
    history = DagsterHistory(instance, definitions.resolve_asset_graph())
    told = rebuild(everything(settings, history))
    assert differences(told, graph_of(history.nodes(), {})) == []
    graph = definitions.resolve_asset_graph()
    assert told.assets == {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert told.edges == {
        (parent.to_user_string(), key.to_user_string())
        for key in graph.get_all_asset_keys()
        for parent in graph.get(key).parent_keys
    }
