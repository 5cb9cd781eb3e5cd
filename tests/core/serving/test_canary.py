"""When a candidate is stopped, who gets it, and which alias moves name one: literal numbers."""

from __future__ import annotations

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, LLM, RAG
from aieco_assets.core.registry.changes import LastMove
from aieco_assets.core.serving.canary import Outcome, Trial, takes_part, worse
from aieco_assets.core.serving.registry_aliases import challengers_of

FINE = [Outcome(milliseconds=400 + 10 * n) for n in range(20)]
SILENT = [Outcome(abstained=True, milliseconds=400 + 10 * n) for n in range(20)]
FAILED = Outcome(failed=True)


def test_three_failures_running_stop_a_candidate_at_once_and_scattered_ones_do_not() -> None:
    assert worse([FAILED] * 3, []) == "it failed 3 times running"
    assert worse([FAILED, FAILED, *FINE[:1], FAILED], []) == ""


def test_more_abstentions_stop_it_when_there_are_enough_answers_of_both() -> None:
    assert worse(SILENT[:19], FINE) == ""
    assert worse(SILENT, FINE[:19]) == ""
    assert worse(SILENT, FINE) == "it abstained in 100% of its answers, the champion in 0%"
    assert worse([*FINE[:16], *SILENT[:4]], FINE) == ""  # 4 of 20 against none: may be chance
    assert worse(SILENT, SILENT) == ""


def test_failures_in_a_larger_share_stop_it() -> None:
    half = [one for pair in zip(FINE, [FAILED] * 20, strict=True) for one in pair]
    assert worse(half, FINE * 2) == "it failed in 50% of its answers, the champion in 0%"


def test_slower_answers_stop_it_and_a_little_slower_ones_do_not() -> None:
    slow = [Outcome(milliseconds=2.5 * one.milliseconds) for one in FINE]
    little = [Outcome(milliseconds=1.2 * one.milliseconds) for one in FINE]

    assert worse(slow, FINE) == "it takes 2.5 times as long as the champion"
    assert worse(little * 10, FINE * 10) == ""
    assert worse(FINE, slow) == ""


def test_only_what_came_of_the_candidate_stops_it_and_both_are_counted() -> None:
    trial = Trial()
    for _ in range(3):
        assert trial.note(CHAMPION, FAILED) == ""
    assert [trial.note("canary", FAILED) for _ in range(3)] == ["", "", "it failed 3 times running"]
    assert trial.numbers()["canary"] == {"answers": 3, "failed": 3, "abstained": 0, "p50_ms": None}


def test_a_conversation_stays_where_it_is_and_the_share_is_kept() -> None:
    drawn = [takes_part("57", f"local\0question {n}", 0.2) for n in range(10_000)]

    assert 0.18 < sum(drawn) / len(drawn) < 0.22
    assert drawn == [takes_part("57", f"local\0question {n}", 0.2) for n in range(10_000)]
    assert not any(takes_part("57", str(n), 0.0) for n in range(100))
    assert all(takes_part("57", str(n), 1.0) for n in range(100))


def test_a_candidate_is_a_challenger_that_was_named_after_the_champion_came() -> None:
    moves = {
        (RAG, CHAMPION): LastMove(5, 2),
        (RAG, CHALLENGER): LastMove(9, 3),
        (LLM, CHAMPION): LastMove(7, 4),
        (LLM, CHALLENGER): LastMove(6, 3),
    }

    assert challengers_of(moves) == ({RAG: 3}, 9)
    assert challengers_of(moves | {(LLM, CHALLENGER): LastMove(8, 3)}) == ({RAG: 3, LLM: 3}, 9)
    assert challengers_of(moves | {(RAG, CHALLENGER): LastMove(10, 2)}) == ({}, 0)  # the champion ends the trial
