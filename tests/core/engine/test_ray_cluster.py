"""A step's batches on a cluster: in order, whole after a node is killed, errors as they were raised, nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from aieco_assets.core.engine import Step, map_batches
from aieco_assets.core.errors import AiecoError, ModelUnavailable
from aieco_assets.core.settings import Settings
from tests.core.engine import functions
from tests.core.engine.conftest import Nodes
from tests.waiting import until


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


def workers(folder: Path) -> set[int]:
    return {int(name.partition(".")[2]) for name in names(folder) if name != "go"}


def test_results_come_in_the_order_of_the_batches(away: Settings) -> None:
    step = Step(functions.doubled, functions.doubled)
    assert list(map_batches(step, range(20), away)) == [2 * number for number in range(20)]


def test_no_batches_give_no_results(away: Settings) -> None:
    assert list(map_batches(Step(functions.doubled, functions.doubled), [], away)) == []


def test_batches_are_taken_only_as_they_are_needed(away: Settings) -> None:
    taken = []

    def batches() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with closing(map_batches(Step(functions.doubled, functions.doubled), batches(), away)) as results:
        assert next(results) == 0
        assert len(taken) <= 6  # two a processor, and the one whose room that made


def test_what_a_killed_node_had_in_hand_is_done_by_another(away: Settings, nodes: Nodes, tmp_path: Path) -> None:
    step = Step(functions.doubled, functions.leave_and_wait, (str(tmp_path),))

    def batches() -> Iterator[int]:
        yield from range(3)
        until(lambda: len(workers(tmp_path)) == 2, 60, "work on both nodes")
        before = workers(tmp_path)
        nodes.kill_one()
        until(lambda: sum(psutil.pid_exists(one) for one in before) < 2, 30, "the end of a worker")
        (tmp_path / "go").touch()
        yield 3

    assert list(map_batches(step, batches(), away)) == [0, 1, 2, 3]
    begun = [name.partition(".")[0] for name in names(tmp_path)]
    assert max(begun.count(number) for number in "0123") == 2, "what was in hand is begun again"


def test_an_error_is_the_same_sentence_as_here(away: Settings) -> None:
    results = map_batches(Step(functions.refused, functions.refused), range(4), away)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(AiecoError) as refused:
        next(results)
    assert type(refused.value) is AiecoError
    assert str(refused.value) == "Shelf 2 is empty: fill it."
    with pytest.raises(ModelUnavailable) as gone:
        list(map_batches(Step(functions.away, functions.away), [1], away))
    assert gone.value.is_away
    with pytest.raises(ConnectionResetError, match="the store hung up"):  # not the cluster
        list(map_batches(Step(functions.cut_off, functions.cut_off), [1], away))
    with pytest.raises(ZeroDivisionError):
        list(map_batches(Step(functions.broken, functions.broken), [0], away))


def test_who_stops_asking_leaves_nothing_running(away: Settings, tmp_path: Path) -> None:
    def batches() -> Iterator[int]:
        yield from range(2)
        until(lambda: len(workers(tmp_path)) == 2, 60, "work on both nodes")
        raise KeyboardInterrupt

    step = Step(functions.doubled, functions.wait_for_ever, (str(tmp_path),))
    with pytest.raises(KeyboardInterrupt):
        list(map_batches(step, batches(), away))
    until(lambda: not any(map(psutil.pid_exists, workers(tmp_path))), 30, "the end of the workers")


def test_a_process_that_is_interrupted_keeps_its_own_signals_and_leaves_nothing_running(
    away: Settings, tmp_path: Path
) -> None:
    program = f"""
import signal, sys
from pathlib import Path
from aieco_assets.core.engine import Step, map_batches
from aieco_assets.core.settings import Settings
from tests.core.engine import functions

def stop(number, frame):
    raise SystemExit(7)

signal.signal(signal.SIGTERM, stop)
settings = Settings(home={str(tmp_path)!r}, engine="ray", ray_address={away.ray_address!r}, _env_file=None)
list(map_batches(Step(functions.doubled, functions.wait_for_ever, ({str(tmp_path)!r},)), range(2), settings))
"""
    asking = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": os.getcwd()})
    until(lambda: len(workers(tmp_path)) == 2, 60, "work on both nodes")
    asking.send_signal(signal.SIGTERM)
    assert asking.wait(60) == 7
    until(lambda: not any(map(psutil.pid_exists, workers(tmp_path))), 30, "the end of the workers")


def test_a_step_that_fits_no_node_says_so(away: Settings) -> None:
    step = Step(functions.doubled, functions.doubled, memory=2**50)
    with pytest.raises(AiecoError, match=r"No node .* has 1048576.0 GiB of memory"):
        list(map_batches(step, [1], away))


def test_a_node_of_another_version_is_named(away: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aieco_assets.core.engine.ray_cluster._code", lambda: "of yesterday")
    with pytest.raises(AiecoError, match=r"runs another version of aieco or Python .*: install the same"):
        list(map_batches(Step(functions.doubled, functions.doubled), [1], away))


@pytest.mark.parametrize(
    ("address", "kind"),
    [("127.0.0.1:1", "Unavailable"), ("ray://127.0.0.1:1", "Unavailable"), ("somewhere", "AiecoError")],
)
def test_without_a_cluster_one_sentence_says_what_to_do(tmp_path: Path, address: str, kind: str) -> None:
    assert failure(tmp_path, address).startswith(f"{kind} No Ray cluster answers at {address} (")


def test_without_ray_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError")
    assert failure(tmp_path, "", str(tmp_path)) == (
        "AiecoError AIECO_ENGINE=ray needs Ray, which is not installed: `pip install 'aieco[ray]'`, or set "
        "AIECO_ENGINE=local."
    )


def failure(home: Path, address: str, path: str = "") -> str:
    program = f"""
import sys
from aieco_assets.core.engine import Step, map_batches
from aieco_assets.core.settings import Settings
settings = Settings(home={str(home)!r}, engine="ray", ray_address={address!r}, _env_file=None)
try:
    list(map_batches(Step(len, len), ["abc"], settings))
except Exception as error:
    print(type(error).__name__, error)
"""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [path, os.getcwd()]))}
    found = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=120)
    return found.stdout.strip() or found.stderr
