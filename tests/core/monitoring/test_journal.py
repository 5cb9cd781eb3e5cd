"""The inference log loses nothing: not with Postgres stopped, not with its process killed; and stores nothing twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from aieco_assets.core.errors import Unavailable
from aieco_assets.core.monitoring.journal import Journal, ship, spool_of
from aieco_assets.core.monitoring.records import feedback_record, prediction_record
from aieco_assets.core.monitoring.spool import DAMAGED, Spool
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import connect
from tests.waiting import until


def call(trace_id: str) -> dict:
    return prediction_record(trace_id, {"clv": "3"}, known=2, unknown=1, key_id="ann", seconds=0.0125)


def traces(settings: Settings) -> list[str]:
    with connect(settings.warehouse) as connection:
        rows = connection.execute("select trace_id from service.inference_log order by trace_id").fetchall()
    return [trace for (trace,) in rows]


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A platform with a Postgres of its own, which may be stopped."""
    home = tmp_path_factory.mktemp("home")
    with open_platform(Settings(home=home, _env_file=None)) as opened:  # type: ignore[call-arg]
        yield opened


def test_what_is_written_while_postgres_is_away_is_there_when_it_is_back(own: Settings) -> None:
    server = EmbeddedPostgres(own.home)
    journal = Journal(own)
    journal.append(call("before")).result(timeout=10)
    until(lambda: traces(own) == ["before"], 20, "the first row")
    server._run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(server.data))

    for number in range(200):
        journal.append(call(f"away-{number:03d}")).result(timeout=10)
    with pytest.raises(Unavailable):
        ship(own)
    assert journal.waiting_bytes > 0
    with server.lease():
        until(lambda: len(traces(own)) == 201, 30, "the rows written meanwhile")
    assert traces(own) == [*(f"away-{number:03d}" for number in range(200)), "before"]
    journal.close()
    assert journal.waiting_bytes == 0


def test_a_killed_writer_loses_nothing_that_it_had_acknowledged(settings: Settings) -> None:
    code = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from aieco_assets.core.monitoring.spool import Spool
        from tests.core.monitoring.test_journal import call
        spool, number = Spool(Path(sys.argv[1])), 0
        while True:
            spool.append([call(f"{number:05d}")])
            print(number, flush=True)
            number += 1
        """
    )
    spool = spool_of(settings)
    writer = subprocess.Popen([sys.executable, "-c", code, str(spool.folder)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= 50:
            break
    assert ship(settings) == 0  # what a living process writes to is its own
    writer.send_signal(signal.SIGKILL)
    acknowledged = [int(line), *map(int, writer.stdout.read().split())][-1]
    writer.wait()

    shipped = ship(settings)

    assert shipped >= acknowledged + 1
    assert traces(settings) == [f"{number:05d}" for number in range(shipped)]
    assert (ship(settings), spool.is_empty()) == (0, True)


def test_the_same_record_comes_in_once_however_often_it_is_shipped(settings: Settings) -> None:
    rating = feedback_record("abcdef12", "down", "too long")
    for _ in range(2):
        spool = spool_of(settings)
        spool.append([call("one"), call("two"), rating])
        ship(settings, spool)

    assert traces(settings) == ["one", "two"]
    with connect(settings.warehouse) as connection:
        rows = connection.execute("select trace_id, rating, reason from service.feedback").fetchall()
    assert rows == [("abcdef12", "down", "too long")]


def test_half_a_line_and_a_row_that_postgres_refuses_keep_nothing_else_out(settings: Settings) -> None:
    spool = spool_of(settings)
    spool.append([call("good"), {**call("bad"), "kind": "nonsense"}, {**call("worse"), "question": "a\0b"}])
    spool.seal()
    (file,) = spool.folder.glob("*.jsonl")
    file.write_bytes(file.read_bytes() + b'not json\n{"kind":"predic')

    assert ship(settings, spool) == 1
    assert traces(settings) == ["good"]
    damaged = (spool.folder / DAMAGED).read_text().splitlines()
    assert [word in line for word, line in zip(("not json", "bad", "worse"), damaged, strict=True)] == [True] * 3


def test_a_full_disk_is_told_to_whoever_waits(settings: Settings, tmp_path: Path) -> None:
    (settings.home / "service").parent.mkdir(parents=True, exist_ok=True)
    (settings.home / "service").write_text("a file where the folder should be")
    journal = Journal(settings)

    with pytest.raises(OSError, match="service"):
        journal.append(call("lost")).result(timeout=10)
    journal.close()


def test_a_spool_whose_folder_was_never_made_is_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "none")

    assert (spool.is_empty(), spool.bytes, list(spool.whole_files())) == (True, 0, [])
