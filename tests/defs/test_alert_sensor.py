"""What Dagster's sensors make of failed runs, checks, stale assets, disk, spool and policies: incidents, each once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from aieco_assets.core.monitoring import home_health
from aieco_assets.core.monitoring.graph_metrics import metrics_file
from aieco_assets.core.monitoring.incidents import close_calm, incidents, report
from aieco_assets.core.monitoring.journal import spool_of
from aieco_assets.core.settings import Settings
from aieco_assets.defs.automation import failed_runs
from aieco_assets.defs.monitoring.alert_sensor import alert_sensor, failed_run
from aieco_assets.defs.monitoring.policy_sensor import policy_sensor
from tests.core.policy.literal import DRIFT, measured

CLV = dg.AssetKey(["models", "clv"])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as one:
        yield one


@pytest.fixture
def home(settings: Settings) -> Settings:
    settings.home.mkdir(parents=True)
    return settings


def tick(definitions: dg.Definitions, instance: dg.DagsterInstance, settings: Settings) -> None:
    alert_sensor.evaluate_tick(
        dg.build_sensor_context(instance, definitions=definitions, resources={"settings": settings})
    )


def fails(definitions: dg.Definitions, instance: dg.DagsterInstance, settings: Settings, run: dg.DagsterRun) -> None:
    """Dagster's daemon with its run-failure sensor."""
    event = instance.report_run_failed(run, "A literal failure.")
    context = dg.build_run_status_sensor_context(
        "failed_runs",
        event,
        instance,
        run,
        resources={"settings": settings},
        repository_def=definitions.get_repository_def(),
    ).for_run_failure()
    failed_runs(context)


def wrong(settings: Settings) -> dict[tuple[str, str], int]:
    """Kind and subject of what is wrong and not about to be over."""
    return {(one["kind"], one["subject"]): one["count"] for one in incidents(settings) if not one["recovering_at"]}


def test_a_failed_run_is_an_incident_until_its_job_succeeds(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings
) -> None:
    for _ in range(2):
        fails(definitions, instance, home, create_run_for_test(instance, "retail_day"))
    tick(definitions, instance, home)
    assert wrong(home) == {("run_failed", "retail_day"): 2}
    instance.report_run_canceled(create_run_for_test(instance, "retail_day"))
    instance.add_run(dg.DagsterRun("service_day", status=dg.DagsterRunStatus.SUCCESS))
    tick(definitions, instance, home)
    assert len(wrong(home)) == 1
    job = create_run_for_test(instance, "retail_day")
    instance.handle_new_event(_succeeded(job))
    tick(definitions, instance, home)
    assert wrong(home) == {}
    assert close_calm(home, datetime.now(timezone.utc) + timedelta(hours=1)) == 1


def _succeeded(run: dg.DagsterRun) -> dg.EventLogEntry:
    event = dg.DagsterEvent("PIPELINE_SUCCESS", run.job_name)
    return dg.EventLogEntry(
        error_info=None,
        level="debug",
        user_message="",
        run_id=run.run_id,
        timestamp=datetime.now().timestamp(),
        job_name=run.job_name,
        dagster_event=event,
    )


def test_a_run_that_dagster_tries_again_is_no_incident_yet(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings
) -> None:
    fails(definitions, instance, home, create_run_for_test(instance, "retail_day", tags={"dagster/will_retry": "true"}))
    assert wrong(home) == {}


def test_chosen_assets_that_failed_are_named_and_over_when_each_was_made(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings
) -> None:
    def made(well: bool) -> dg.DagsterRun:
        @dg.asset(key=CLV)
        def clv() -> None:
            assert well

        return dg.materialize([clv], instance=instance, raise_on_error=False).dagster_run

    run = made(well=False)._replace(job_name="__ASSET_JOB", asset_selection=frozenset({CLV}))
    report(home, failed_run(run, "A literal failure."))
    tick(definitions, instance, home)
    assert wrong(home) == {("run_failed", "models/clv"): 1}
    made(well=True)
    tick(definitions, instance, home)
    assert wrong(home) == {}


def test_a_failed_blocking_check_is_critical_and_over_when_it_holds(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings
) -> None:
    graph = definitions.resolve_asset_graph()
    key = next(key for key in sorted(graph.asset_check_keys) if graph.get(key).blocking)
    for passed in (False, False, True):
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key.asset_key, check_name=key.name, passed=passed, metadata={},
                severity=dg.AssetCheckSeverity.ERROR,
            )
        )  # fmt: skip
        tick(definitions, instance, home)
        subject = f"{key.asset_key.to_user_string()}: {key.name}"
        assert [pair for pair in wrong(home) if pair[0] == "check_failed"] == (
            [] if passed else [("check_failed", subject)]
        )


def test_an_asset_that_is_late_is_an_incident_and_one_that_was_never_made_is_none(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(["knowledge", "index"])))
    tick(definitions, instance, home)
    assert wrong(home) == {}

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=2)

    monkeypatch.setattr("aieco_assets.defs.monitoring.alert_sensor.datetime", Later)
    tick(definitions, instance, home)
    assert wrong(home) == {("stale_asset", "knowledge/index"): 1}


def test_a_full_disk_and_a_spool_that_nobody_ships_are_incidents(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool_of(home).append([{"a": 1}])
    tick(definitions, instance, home)
    assert wrong(home) == {}
    monkeypatch.setattr(home_health, "FREE_BYTES", 2 * shutil.disk_usage(home.home).free)
    monkeypatch.setattr(home_health, "SHIPPED_WITHIN", timedelta(0))
    tick(definitions, instance, home)
    assert {kind for kind, _ in wrong(home)} == {"disk_nearly_full", "spool_growing"}


def test_what_policies_do_is_told_and_what_waits_for_a_person_too(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings, tmp_path: Path
) -> None:
    (tmp_path / "drift.yaml").write_text(DRIFT)
    (tmp_path / "asks.yaml").write_text(
        "policies: [{name: asks, triggers: [{metric: drift_share, above: 0.5}], actions: [{rollback: clv}],"
        " guards: {approval: true}}]"
    )
    ours = home.model_copy(update={"policies": str(tmp_path)})
    today = datetime.now(timezone.utc).date()
    measured(ours, {today - timedelta(days=back): 0.9 for back in range(1, 5)})
    for _ in range(2):
        policy_sensor.evaluate_tick(
            dg.build_sensor_context(instance, definitions=definitions, resources={"settings": ours})
        )
        tick(definitions, instance, ours)
    told = {one["kind"]: one["summary"] for one in incidents(ours, datetime.now(timezone.utc) - timedelta(hours=1))}
    yesterday = today - timedelta(days=1)
    assert told == {
        "policy_action": "Customers have drifted.",
        "approval_awaited": f"Decision asks.{yesterday} waits for a person: aieco policy approve asks.{yesterday}",
    }


def test_what_prometheus_sees_of_the_graph_is_written_at_each_look(
    definitions: dg.Definitions, instance: dg.DagsterInstance, home: Settings
) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey(["knowledge", "index"])))
    create_run_for_test(instance, "knowledge_base", status=dg.DagsterRunStatus.STARTED)
    instance.add_run(dg.DagsterRun("retail_day", status=dg.DagsterRunStatus.SUCCESS))
    report(home, failed_run(create_run_for_test(instance, "service_day"), "A literal failure."))
    tick(definitions, instance, home)
    written = metrics_file(home).read_text()
    for line in (
        'aieco_asset_stale_after_seconds{asset="knowledge/index"} 129600.0',
        'aieco_asset_checks_failed{asset="knowledge/index"} 0.0',
        'aieco_run_seconds_count{job="retail_day",status="success"} 1.0',
        'aieco_runs_unfinished{status="started"} 1.0',
        'aieco_incidents_open{kind="run_failed",severity="warning"} 1.0',
        'aieco_incidents_open{kind="stale_asset",severity="warning"} 0.0',
    ):
        assert f"{line}\n" in written
    seen = re.search(r"^aieco_graph_seen_timestamp_seconds (.+)$", written, re.MULTILINE)
    made = re.search(r'^aieco_asset_last_materialized_timestamp_seconds{asset="knowledge/index"} (.+)$', written, re.M)
    assert seen and made and 0 <= float(seen[1]) - float(made[1]) < 3600
