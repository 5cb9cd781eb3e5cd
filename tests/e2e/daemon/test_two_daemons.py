"""Two daemons on one Postgres: one acts, the other stands by, and takes over when the first is killed."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.daemon.conftest import Daemons, instance_of, long, run_group, wait, wait_until_ended

pytestmark = [pytest.mark.e2e, long, pytest.mark.timeout(1800)]


def test_two_daemons_do_nothing_twice_and_the_second_goes_on_where_the_first_was_killed(daemons: Daemons) -> None:
    first, second = daemons.start(), daemons.start()
    wait(lambda: _waits(daemons, 0) or _waits(daemons, 1), 300, "one of two daemons that waits")
    acting, waiting = (second, first) if _waits(daemons, 0) else (first, second)

    both = daemons.policy("both_are_there", "retrain: segments", "notify: Trained again.")
    wait_until_ended(daemons, both, 600)
    acting.send_signal(signal.SIGKILL)
    acting.wait()
    after = daemons.policy("one_is_left", "retrain: segments", "notify: Trained again.")
    wait_until_ended(daemons, after, 600)

    assert waiting.poll() is None
    with instance_of(daemons) as instance:
        for decision in (both, after):
            assert [run.status.value for run in run_group(instance, f"{decision}#0")] == ["SUCCESS"]
            assert daemons.told(decision) == [(f"{decision}#0", 1), (f"{decision}#1", 1)]


def _waits(daemons: Daemons, number: int) -> bool:
    return "Another daemon is at work" in daemons.log(number)
