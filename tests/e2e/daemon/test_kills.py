"""The real daemon, its policies and its runs killed with SIGKILL at named points: each event is acted on once.

`make kills` kills fifty times (AIECO_KILLS); each trial takes a minute, and needs a machine that has little else to do.
"""

from __future__ import annotations

import os
import time
from itertools import cycle, islice

import dagster as dg
import pytest

from tests.e2e.daemon.conftest import UNFINISHED, Daemons, instance_of, run_group, wait, wait_until_ended

TRIALS = int(os.environ.get("AIECO_KILLS") or 2)
# The run of the killed process; at the other points its run goes on, or has not begun.
OF_RUNS = {"launching", "starting", "working", "everything"}
POINTS = (
    *("decided", "starting", "claimed", "working", "made", "asked", "launching", "everything", "ended", "launched"),
    "told",
)
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600 + 300 * TRIALS)]


def test_each_event_is_acted_on_once_wherever_the_daemon_its_engine_or_a_run_is_killed(daemons: Daemons) -> None:
    daemons.ensure()
    noticed = []
    with instance_of(daemons) as instance:
        for number, point in enumerate(islice(cycle(POINTS), TRIALS)):
            (daemons.fuses / point).touch()
            decision = daemons.policy(f"trial_{number}", "retrain: segments", "notify: Trained again.")
            wait(lambda point=point: _spent(daemons, point), 600, f"a kill at {point}")
            killed_at = time.time()
            if point in OF_RUNS:
                noticed.append((point, _until_noticed(daemons, instance, f"{decision}#0") - killed_at))
            wait_until_ended(daemons, decision, 600)
            runs = run_group(instance, f"{decision}#0")
            print(f"{point}: {time.time() - killed_at:.0f} s to the end,", *(run.status.value for run in runs))

            _assert_acted_once(daemons, instance, decision, runs, killed=point in OF_RUNS)
        assert [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED, tags=_OF_POLICIES))] == []
    print("noticed after", *(f"{point} {seconds:.0f} s" for point, seconds in noticed))


_OF_POLICIES = {"dagster/sensor_name": "policy_sensor"}


def _spent(daemons: Daemons, point: str) -> bool:
    daemons.ensure()
    try:
        (daemons.fuses / f"{point}.spent").unlink()
    except FileNotFoundError:
        return False
    return True


def _until_noticed(daemons: Daemons, instance: dg.DagsterInstance, action: str) -> float:
    """When the run of the killed process was no longer said to be at work."""

    def noticed() -> bool:
        daemons.ensure()
        runs = run_group(instance, action)
        return bool(runs) and runs[0].is_finished

    wait(noticed, 300, f"the end of the killed run of {action}")
    return time.time()


def _assert_acted_once(
    daemons: Daemons, instance: dg.DagsterInstance, decision: str, runs: list[dg.DagsterRun], killed: bool
) -> None:
    """One run that ends well; after a killed one, one more that takes it up; told once."""
    ends = [run.status.value for run in runs]
    assert ends == (["FAILURE", "SUCCESS"] if killed else ["SUCCESS"])
    assert [run.parent_run_id for run in runs] == [None, runs[0].run_id][: len(runs)]
    run, message = daemons.actions(decision)
    assert run == ("done", f"Run {runs[-1].run_id}: success.")
    assert message == ("done", "Trained again.")
    assert daemons.told(decision) == [(f"{decision}#0", 1), (f"{decision}#1", 1)]
