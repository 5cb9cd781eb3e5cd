"""The policies as Dagster runs them: signals in Postgres, decisions, and each action carried out once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.tags import WILL_RETRY_TAG

from aieco_assets.core.policy.records import claim, due_actions, engine
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.monitoring.policy_sensor import policy_sensor
from tests.core.policy.literal import DRIFT, measured

TODAY = datetime.now(timezone.utc).date()


class Daemon:
    """Ticks of the sensor; a run is made of a run key that has none, as Dagster's daemon does."""

    def __init__(self, definitions: dg.Definitions, settings: Settings, instance: dg.DagsterInstance, folder: Path):
        self.definitions, self.instance, self.folder = definitions, instance, folder
        self.settings = settings.model_copy(update={"policies": str(folder)})

    def asks(self) -> list[dg.RunRequest]:
        context = dg.build_sensor_context(
            self.instance, definitions=self.definitions, resources={"settings": self.settings}
        )
        data = policy_sensor.evaluate_tick(context)
        return list(data.run_requests or [])

    def tick(self, ends: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS) -> list[str]:
        """Keys of the runs that were made."""
        made = []
        for request in self.asks():
            tags = {**request.tags, "dagster/run_key": str(request.run_key)}
            if self.instance.get_runs_count(dg.RunsFilter(tags={"dagster/run_key": str(request.run_key)})):
                continue
            self.instance.add_run(dg.DagsterRun(job_name="remediation", status=ends, tags=tags))
            made.append(str(request.run_key))
        return made

    def lived(self, days_ago: int, shares: list[float | None]) -> list[str]:
        """A tick after each day; the days lie in the past, for only those are decided."""
        made = []
        for number, share in enumerate(shares):
            measured(self.settings, {TODAY - timedelta(days=days_ago - number): share})
            made += self.tick()
        return made

    def states(self) -> list[tuple[Any, ...]]:
        with connect(self.settings.warehouse) as connection:
            return connection.execute(
                "select action, state, result from monitoring.decision_actions order by decision_id, position"
            ).fetchall()


@pytest.fixture
def daemon(definitions: dg.Definitions, settings: Settings, tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "drift.yaml").write_text(DRIFT)
    # As in dagster.yaml.
    retries = {"enabled": True, "max_retries": 1, "retry_on_asset_or_op_failure": False}
    with dg.instance_for_test(overrides={"run_retries": retries}) as instance:
        yield Daemon(definitions, settings, instance, tmp_path)
    get_settings.cache_clear()


def test_a_shift_is_answered_by_one_retraining_after_its_windows(daemon: Daemon) -> None:
    made = daemon.lived(25, [0.1] * 5 + [0.9] * 20)
    assert made == [f"retrain_on_drift.{TODAY - timedelta(days=18)}#0"]
    (run,) = daemon.instance.get_runs()
    assert run.tags["aieco/reason"].startswith("drift_share of customer_rfm was 0.9 on ")
    assert daemon.states() == [
        ({"retrain": "churn"}, "done", f"Run {run.run_id}: success."),
        ({"notify": "Customers have drifted."}, "done", "Customers have drifted."),
    ]


def test_thirty_stationary_days_ask_for_no_run_and_say_nothing(daemon: Daemon) -> None:
    assert daemon.lived(30, [0.2 + 0.1 * (number % 5) for number in range(30)]) == []
    assert daemon.states() == []


def test_the_run_is_of_the_model_alone_and_of_its_gate(daemon: Daemon) -> None:
    measured(daemon.settings, {TODAY - timedelta(days=back): 0.9 for back in range(1, 5)})
    (request,) = daemon.asks()
    assert request.asset_selection == [dg.AssetKey(["models", "churn"])]
    job = daemon.definitions.resolve_job_def("remediation").get_subset(asset_selection={*request.asset_selection})
    checks = {key.name for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key.path[-1] == "churn"}
    assert "churn_champion_can_be_read" in checks


def test_evaluated_twice_or_killed_before_its_run_was_made_it_makes_one_run(daemon: Daemon) -> None:
    measured(daemon.settings, {TODAY - timedelta(days=back): 0.9 for back in range(1, 5)})
    lost = daemon.asks()  # the daemon was killed before it made the run
    asked = daemon.asks()
    assert [one.run_key for one in lost] == [one.run_key for one in asked]
    made = daemon.tick(dg.DagsterRunStatus.STARTED)
    assert made == [one.run_key for one in asked]
    assert daemon.asks() == []  # under way
    assert daemon.states()[0][1] == "claimed"


def test_what_a_killed_engine_had_decided_and_claimed_is_carried_out_once(daemon: Daemon) -> None:
    measured(daemon.settings, {TODAY - timedelta(days=back): 0.9 for back in range(1, 5)})
    from aieco_assets.core.policy.engine import tick
    from aieco_assets.core.policy.files import load_policies

    now = datetime.now(timezone.utc)
    tick(daemon.settings, load_policies(daemon.settings), now)
    for action in due_actions(daemon.settings, now):
        claim(daemon.settings, action)
    assert len(daemon.tick()) == 1
    assert daemon.tick() == []
    assert [state for _, state, _ in daemon.states()] == ["done", "done"]


def test_a_second_engine_does_nothing_meanwhile(daemon: Daemon) -> None:
    measured(daemon.settings, {TODAY - timedelta(days=back): 0.9 for back in range(1, 5)})
    with engine(daemon.settings) as ours:
        assert ours
        assert daemon.asks() == []
    assert len(daemon.asks()) == 1


@pytest.mark.parametrize("said", [{}, {WILL_RETRY_TAG: "true"}])
def test_an_action_is_not_over_while_its_killed_run_is_taken_up_or_nobody_has_said_yet(
    daemon: Daemon, said: dict[str, str]
) -> None:
    measured(daemon.settings, {TODAY - timedelta(days=back): 0.9 for back in range(1, 5)})
    daemon.tick(dg.DagsterRunStatus.FAILURE)
    (failed,) = daemon.instance.get_runs()
    daemon.instance.add_run_tags(failed.run_id, said)
    assert daemon.asks() == []
    assert daemon.states()[0][1] == "claimed"


def test_a_retraining_that_failed_is_told_and_one_that_can_not_be_done_is_not_tried_for_ever(daemon: Daemon) -> None:
    (daemon.folder / "more.yaml").write_text(
        "policies: [{name: back, triggers: [{metric: drift_share, above: 0.5}],"
        " actions: [{rollback: clv}, {pauseSensor: document_sensor}]}]"
    )
    measured(daemon.settings, {TODAY - timedelta(days=back): 0.9 for back in range(1, 5)})
    daemon.tick(dg.DagsterRunStatus.FAILURE)
    (failed,) = daemon.instance.get_runs()
    daemon.instance.add_run_tags(failed.run_id, {WILL_RETRY_TAG: "false"})
    daemon.tick()
    told = {next(iter(action)): (state, result) for action, state, result in daemon.states()}
    assert told["retrain"][0] == "failed"
    assert told["rollback"] == ("failed", "The registry has no model 'clv': it has none yet (`aieco run`).")
    assert told["pauseSensor"][0] == "failed"
    assert "start the daemon" in told["pauseSensor"][1]


def test_a_policy_file_that_is_not_valid_decides_nothing_and_says_so(daemon: Daemon) -> None:
    (daemon.folder / "wrong.yaml").write_text("policies: [{name: a, triggers: [{metric: drift, above: 1}]}]")
    measured(daemon.settings, {TODAY - timedelta(days=1): 0.9})
    with pytest.raises(Exception, match=r"wrong.yaml is not valid: a.triggers\[0\].metric"):
        daemon.asks()
    with connect(daemon.settings.warehouse) as connection:
        assert connection.execute("select from monitoring.decisions").fetchall() == []


def test_the_sensors_that_may_be_paused_are_those_that_there_are(definitions: dg.Definitions) -> None:
    from aieco_assets.core.policy.schema_actions import SENSORS

    repository = definitions.get_repository_def()
    assert {*SENSORS} <= {sensor.name for sensor in repository.sensor_defs}
