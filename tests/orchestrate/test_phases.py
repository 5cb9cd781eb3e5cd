"""How a selection is cut into runs that may go side by side, and how two lanes share them; literal small graphs."""

from collections.abc import Mapping
from threading import Thread

import dagster as dg
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.orchestrate.board import Board
from aieco_assets.orchestrate.phases import Phase, Window, cut, side_by_side

DAYS, MONTHS = ("daily", ("d1", "d2")), ("monthly", ("m1", "m2"))


def phases(parents: Mapping[str, list[str]], windows: Mapping[str, Window]) -> list[Phase]:
    keys = {name: dg.AssetKey([name]) for name in parents}
    above = {keys[name]: {keys[one] for one in ones if one in keys} for name, ones in parents.items()}
    return cut(list(keys.values()), above, lambda key: windows.get(key.path[0]))


def named(found: list[Phase]) -> list[tuple[set[str], tuple[str, str] | None, set[int]]]:
    return [({key.path[0] for key in one.keys}, one.partition_range, set(one.after)) for one in found]


def test_both_sides_of_an_asset_that_joins_days_and_documents_are_runs_of_their_own() -> None:
    found = phases(
        {"documents": [], "lines": [], "embedder": [], "index": ["documents", "embedder"], "sales": ["lines"],
         "rfm": ["sales"], "bento": ["rfm", "index"], "drift": ["rfm"]},
        {"lines": DAYS, "sales": DAYS, "rfm": MONTHS, "drift": ("daily", ("d2", "d2"))},
    )  # fmt: skip
    assert named(found) == [
        ({"documents", "embedder", "index"}, None, set()),
        ({"lines", "sales"}, ("d1", "d2"), set()),
        ({"rfm"}, ("m1", "m2"), {1}),
        ({"bento"}, None, {0, 2}),
        ({"drift"}, ("d2", "d2"), {2}),
    ]
    assert side_by_side(found)


def test_what_has_no_days_goes_along_with_the_days_it_is_made_from() -> None:
    found = phases({"lines": [], "dates": ["lines"], "sales": ["dates"]}, {"lines": DAYS, "sales": DAYS})
    assert named(found) == [({"lines", "dates", "sales"}, ("d1", "d2"), set())]
    assert not side_by_side(found)


def test_a_chain_of_partitionings_waits_for_itself() -> None:
    found = phases({"lines": [], "rfm": ["lines"], "drift": ["rfm"]}, {"lines": DAYS, "rfm": MONTHS, "drift": DAYS})
    assert named(found) == [
        ({"lines"}, ("d1", "d2"), set()),
        ({"rfm"}, ("m1", "m2"), {0}),
        ({"drift"}, ("d1", "d2"), {1}),
    ]
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
    for index, phase in enumerate(found):
        assert all(earlier < index for earlier in phase.after)
        assert {windows[key.path[0]] for key in phase.keys} - {None} <= {windows[n] for n in at if at[n] == index}
        assert len({windows[key.path[0]] for key in phase.keys} - {None}) <= 1
    for name, ones in parents.items():
        assert all(at[one] == at[name] or at[one] in found[at[name]].after for one in ones)


CHAIN_AND_ONE = [Phase(frozenset()), Phase(frozenset()), Phase(frozenset(), after=frozenset({0}))]


def test_a_phase_is_handed_out_once_and_only_after_what_it_waits_for() -> None:
    board = Board(CHAIN_AND_ONE)
    assert (board.take(), board.take()) == (0, 1)
    board.finish(0, None)
    assert board.take() == 2
    board.finish(1, None)
    board.finish(2, None)
    assert board.take() is None
    assert board.succeeded == {0, 1, 2}


def test_behind_a_failed_phase_nothing_is_handed_out_and_the_first_failure_is_kept() -> None:
    board = Board(CHAIN_AND_ONE)
    assert (board.take(), board.take()) == (0, 1)
    board.finish(0, ("lake/documents", "the folder is gone"))
    board.finish(1, ("raw/transactions", "the table is gone"))
    assert board.take() is None
    assert board.succeeded == set()
    assert board.failure == ("lake/documents", "the folder is gone")


def test_a_lane_waits_while_the_other_still_runs_and_takes_what_comes_back() -> None:
    board = Board([Phase(frozenset())])
    assert board.take() == 0
    taken: list[int | None] = []
    lane = Thread(target=lambda: taken.append(board.take()))
    lane.start()
    board.give_back(0)
    lane.join(timeout=10)
    assert taken == [0]
