"""How a selection is cut into runs that may go side by side, and how two lanes share them; literal small graphs."""

from collections.abc import Mapping
from threading import Thread

import dagster as dg
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.orchestrate.phase_board import PhaseBoard
from aieco_assets.orchestrate.phases import Phase, Window, cut, side_by_side

DAYS, MONTHS = ("daily", ("d1", "d2")), ("monthly", ("m1", "m2"))


def phases(
    parents: Mapping[str, list[str]], windows: Mapping[str, Window], steps: Mapping[str, str] | None = None
) -> list[Phase]:
    keys = {name: dg.AssetKey([name]) for name in parents}
    above = {keys[name]: {keys[one] for one in ones if one in keys} for name, ones in parents.items()}
    return cut(
        list(keys.values()),
        above,
        lambda key: windows.get(key.path[0]),
        lambda key: (steps or {}).get(key.path[0], key.path[0]),
    )


def named(found: list[Phase]) -> dict[str, tuple[tuple[str, str] | None, set[str]]]:
    """Phases by the names of their assets: range, and the phases waited for."""
    names = [" ".join(sorted(key.path[0] for key in one.keys)) for one in found]
    return {
        name: (one.partition_range, {names[at] for at in one.after}) for name, one in zip(names, found, strict=True)
    }


def test_a_run_is_a_chain_and_where_the_graph_branches_or_joins_another_begins() -> None:
    found = phases(
        {"documents": [], "lines": [], "embedder": [], "index": ["documents", "embedder"], "sales": ["lines"],
         "rfm": ["sales"], "bento": ["rfm", "index"], "drift": ["rfm"]},
        {"lines": DAYS, "sales": DAYS, "rfm": MONTHS, "drift": ("daily", ("d2", "d2"))},
    )  # fmt: skip
    assert named(found) == {
        "documents": (None, set()),
        "embedder": (None, set()),
        "index": (None, {"documents", "embedder"}),
        "lines sales": (("d1", "d2"), set()),
        "rfm": (("m1", "m2"), {"lines sales"}),
        "bento": (None, {"index", "rfm"}),
        "drift": (("d2", "d2"), {"rfm"}),
    }
    assert side_by_side(found)


def test_what_one_step_makes_stays_together() -> None:
    found = phases(
        {"lines": [], "sales": ["lines"], "orders": ["sales"], "view": ["sales"], "forecast": ["sales"]},
        {"lines": DAYS, "sales": DAYS, "orders": DAYS, "view": DAYS},
        {"sales": "dbt", "orders": "dbt", "view": "dbt"},
    )
    assert named(found) == {"forecast lines orders sales view": (("d1", "d2"), set())}


def test_what_has_no_days_goes_along_with_the_days_it_is_made_from() -> None:
    found = phases({"lines": [], "dates": ["lines"], "sales": ["dates"]}, {"lines": DAYS, "sales": DAYS})
    assert named(found) == {"dates lines sales": (("d1", "d2"), set())}
    assert not side_by_side(found)


def test_what_is_also_made_from_an_ancestor_of_its_parent_still_follows_its_parent() -> None:
    found = phases({"rfm": [], "churn": ["rfm"], "scores": ["churn", "rfm"]}, {})
    assert named(found) == {"churn rfm scores": (None, set())}


def test_a_chain_of_partitionings_waits_for_itself() -> None:
    found = phases({"lines": [], "rfm": ["lines"], "drift": ["rfm"]}, {"lines": DAYS, "rfm": MONTHS, "drift": DAYS})
    assert named(found) == {
        "lines": (("d1", "d2"), set()),
        "rfm": (("m1", "m2"), {"lines"}),
        "drift": (("d1", "d2"), {"rfm"}),
    }
    assert not side_by_side(found)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, Window]]:
    names = [f"a{number}" for number in range(draw(st.integers(1, 9)))]
    parents = {
        name: draw(st.lists(st.sampled_from(names[:at]), unique=True)) if at else [] for at, name in enumerate(names)
    }
    return parents, {name: draw(st.sampled_from([None, DAYS, MONTHS])) for name in names}


@given(graphs())
def test_every_asset_is_in_one_run_after_all_that_it_is_made_from(graph: tuple[dict, dict]) -> None:
    parents, windows = graph
    found = phases(*graph)
    at = {key.path[0]: index for index, phase in enumerate(found) for key in phase.keys}
    assert sorted(at) == sorted(parents)
    assert sum(len(phase.keys) for phase in found) == len(parents)
    before: list[set[int]] = []
    for index, phase in enumerate(found):
        assert all(earlier < index for earlier in phase.after)
        before.append(set(phase.after).union(*(before[earlier] for earlier in phase.after)))
        assert {windows[key.path[0]] for key in phase.keys} - {None} <= {windows[n] for n in at if at[n] == index}
        assert len({windows[key.path[0]] for key in phase.keys} - {None}) <= 1
    for name, ones in parents.items():
        assert all(at[one] == at[name] or at[one] in before[at[name]] for one in ones)


CHAIN_AND_ONE = [Phase(frozenset()), Phase(frozenset()), Phase(frozenset(), after=frozenset({0}))]


def test_a_phase_is_handed_out_once_and_only_after_what_it_waits_for() -> None:
    board = PhaseBoard(CHAIN_AND_ONE)
    assert (board.take(), board.take()) == (0, 1)
    board.finish(0, None)
    assert board.take() == 2
    board.finish(1, None)
    board.finish(2, None)
    assert board.take() is None
    assert board.succeeded == {0, 1, 2}


def test_behind_a_failed_phase_nothing_is_handed_out_and_the_first_failure_is_kept() -> None:
    board = PhaseBoard(CHAIN_AND_ONE)
    assert (board.take(), board.take()) == (0, 1)
    board.finish(0, ("lake/documents", "the folder is gone"))
    board.finish(1, ("raw/transactions", "the table is gone"))
    assert board.take() is None
    assert board.succeeded == set()
    assert board.failure == ("lake/documents", "the folder is gone")


def test_the_phase_that_most_others_wait_for_is_handed_out_first() -> None:
    alone, first = Phase(frozenset()), Phase(frozenset())
    board = PhaseBoard(
        [alone, first, Phase(frozenset(), after=frozenset({1})), Phase(frozenset(), after=frozenset({2}))]
    )
    assert [board.take(), board.take()] == [1, 0]


def test_a_lane_waits_while_the_other_still_runs_and_takes_what_comes_back() -> None:
    board = PhaseBoard([Phase(frozenset())])
    assert board.take() == 0
    taken: list[int | None] = []
    lane = Thread(target=lambda: taken.append(board.take()))
    lane.start()
    board.give_back(0)
    lane.join(timeout=10)
    assert taken == [0]
