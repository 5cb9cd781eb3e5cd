"""How long a plan takes, from literal runs."""

from __future__ import annotations

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.orchestrate.estimate import Measured, Took, partitions_of, step_seconds, wall_seconds
from aieco_assets.orchestrate.phases import Phase


def phase(*after: int) -> Phase:
    return Phase(frozenset({dg.AssetKey("a")}), after=frozenset(after))


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2025-01-04", "2025-01-31", 28),
        ("2025-01-04", "2025-01-04", 1),
        ("2024-11", "2025-02", 4),
        (None, None, 1),
    ],
)
def test_partitions_are_counted_in_days_or_months(first: str | None, last: str | None, count: int) -> None:
    assert partitions_of(first, last) == count


def test_a_step_takes_what_it_took_over_about_as_many_partitions() -> None:
    known = Measured({"raw": [Took(2.0, 1), Took(90.0, 300), Took(3.0, 1)]})

    assert known.seconds("raw", 1) == 2.0  # the latest
    assert known.seconds("raw", 250) == 90.0
    assert known.seconds("raw", 3) == 2.0
    assert known.seconds("marts", 1) is None


def test_beside_its_steps_a_run_takes_what_the_run_most_like_it_took() -> None:
    known = Measured(
        {},
        overhead=0.1,
        imports={frozenset({"clv", "churn", "docs"}): 9.0, frozenset({"clv", "clv_is_no_worse"}): 1.5},
    )

    assert known.beside(["clv"]) == 1.5  # with its check, and alone
    assert known.beside(["clv", "churn"]) == 9.0
    assert known.beside(["segments"]) == 0.1


def test_two_phases_run_side_by_side_and_the_third_waits_for_a_worker() -> None:
    assert wall_seconds([phase(), phase(), phase()], [10.0, 4.0, 5.0]) == 10.0
    assert wall_seconds([phase(), phase(), phase()], [10.0, 4.0, 9.0]) == 13.0


def test_a_phase_waits_for_those_before_it() -> None:
    assert wall_seconds([phase(), phase(0), phase(), phase(1, 2)], [10.0, 5.0, 3.0, 2.0]) == 17.0
    assert wall_seconds([], []) == 0.0


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_a_plan_takes_no_longer_than_one_worker_and_no_less_than_two(seconds: list[float], random: object) -> None:
    phases = [phase(*(at for at in range(place) if random.random() < 0.3)) for place in range(len(seconds))]  # type: ignore[attr-defined]
    told = wall_seconds(phases, seconds)

    assert max(sum(seconds) / 2, max(seconds)) <= told + 1e-6 <= sum(seconds) + 1e-3


def test_the_seconds_of_steps_are_those_that_dagster_counts() -> None:
    @dg.asset
    def parts() -> None: ...

    @dg.asset(deps=[parts])
    def whole() -> None: ...

    with dg.instance_for_test() as instance:
        runs = [dg.materialize([parts, whole], instance=instance).run_id for _ in range(2)]
        found = step_seconds(instance, runs)
        counted = {
            run: {one.step_key: one.end_time - one.start_time for one in instance.get_run_step_stats(run)}  # type: ignore[operator]
            for run in runs
        }
    assert found.keys() == {*runs}
    for run in runs:
        assert found[run] == pytest.approx(counted[run], abs=0.001)
