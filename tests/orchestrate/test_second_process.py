"""The second process of a run: a real child that speaks the protocol, and children that die at bad moments."""

import sys
from pathlib import Path

import dagster as dg
import pytest

from aieco_assets.orchestrate import second_process
from aieco_assets.orchestrate.outcomes import AssetOutcome
from aieco_assets.orchestrate.phase_board import PhaseBoard
from aieco_assets.orchestrate.phases import Phase

PHASE = Phase(frozenset({dg.AssetKey(["raw", "transactions"])}), ("2011-01-04", "2011-01-05"))
DOING = """
import json, sys
assert sys.stdin.readline() == "go\\n"
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    assert asked == {"keys": [["raw", "transactions"]], "partition_range": ["2011-01-04", "2011-01-05"]}, asked
    done = {"key": "raw/transactions", "status": "materialized", "seconds": 1.5, "rows": 7, "reason": ""}
    print(json.dumps({"event": "finished", "asset": done}), flush=True)
    print(json.dumps({"failure": None}), flush=True)
"""


def lane(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> tuple[PhaseBoard, list[AssetOutcome]]:
    """The board after a side process (a double: the given script) had its chance at one phase."""
    monkeypatch.setattr(second_process, "COMMAND", [sys.executable, "-c", script])
    board, told = PhaseBoard([PHASE]), []
    with second_process.SecondProcess(tmp_path / "run.log") as process:
        process.work(board, lambda event, asset: told.append(asset))
        assert process.thread
        process.thread.join(timeout=30)
    return board, told


def test_what_the_second_process_makes_is_told_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    board, told = lane(monkeypatch, tmp_path, DOING)
    assert told == [AssetOutcome("raw/transactions", "materialized", 1.5, 7)]
    assert board.succeeded == {0}
    assert board.failure is None


def test_a_second_process_that_never_comes_up_leaves_all_to_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    board, told = lane(monkeypatch, tmp_path, "import sys; sys.exit(3)")
    assert told == []
    assert board.take() == 0


def test_a_phase_whose_process_dies_in_it_has_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = 'import sys; sys.stdin.readline(); print("{}", flush=True); sys.stdin.readline(); sys.exit(9)'
    board, _ = lane(monkeypatch, tmp_path, script)
    assert board.succeeded == set()
    assert board.failure is not None
    assert "aieco run" in board.failure[1]


def test_a_phase_goes_over_the_line_and_comes_back_equal() -> None:
    assert Phase.from_json(PHASE.to_json()) == PHASE
    assert Phase.from_json(Phase(frozenset()).to_json()) == Phase(frozenset())
