"""Shipping to real files and to collectors that behave well, badly and not at all."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.lineage.health import lineage_troubles
from aieco_assets.core.lineage.progress import Progress, read_progress
from aieco_assets.core.lineage.records import RunRecord
from aieco_assets.core.lineage.shipping import destination, everything, ship, ship_in_background
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.storage.postgres import connect
from tests.core.lineage.collector import DAWDLES, HANGS, HANGS_UP, SENDS_ON, collector
from tests.core.lineage.literal import BROKEN, RUN, LiteralHistory

ALL = 4 + 10 + 4  # events of the literal graph, and of its two runs


def to(settings: Settings, place: str, key: str = "") -> Settings:
    return settings.model_copy(update={"lineage": place, "lineage_key": SecretStr(key)})


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def ids(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["run"]["runId"], one["eventType"]) for one in events if "run" in one]


def test_what_is_over_goes_to_a_file_once_and_later_what_came_since(settings: Settings, tmp_path: Path) -> None:
    path, history = tmp_path / "sub" / "events.jsonl", LiteralHistory({10: RUN})
    here = to(settings, f"file://{path}")
    assert ship(here, history).taken == ALL - 4
    assert ship(here, history).taken == ALL - 4
    history.runs[20] = BROKEN
    assert ship(here, history).taken == ALL
    assert len(lines(path)) == ALL
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_an_end_that_comes_into_the_log_late_is_told_all_the_same(settings: Settings, tmp_path: Path) -> None:
    path, history = tmp_path / "events.jsonl", LiteralHistory({20: BROKEN})
    here = to(settings, f"file://{path}")
    ship(here, history)
    history.runs[10] = RUN
    assert ship(here, history).taken == ALL
    assert ids(lines(path)).count((RUN.run_id, "COMPLETE")) == 1


def test_half_a_line_of_a_writer_that_was_killed_goes(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"eventTime": "2026-01-01T00:00:00Z"}\n{"eventTi')
    ship(to(settings, f"file://{path}"), LiteralHistory({}))
    assert lines(path)[0]["eventTime"] == "2026-01-01T00:00:00Z"
    assert len(lines(path)) == 5


def test_a_collector_takes_events_with_the_key_in_a_header_alone(settings: Settings) -> None:
    with collector() as one:
        assert ship(to(settings, one.url, "S3CRET"), LiteralHistory()).taken == ALL
    assert {*one.paths} == {"/api/v1/lineage"}
    assert {*one.keys} == {"Bearer S3CRET"}
    assert "S3CRET" not in json.dumps(one.events)
    with connect(settings.warehouse) as connection:
        assert "S3CRET" not in str(connection.execute("select row::text from governance.lineage as row").fetchall())


def test_after_a_failure_it_waits_and_goes_on_behind_the_last_event_that_was_taken(settings: Settings) -> None:
    with collector() as one:
        here, history = to(settings, one.url), LiteralHistory()
        one.fails_at = 9
        assert (ship(here, history).reason, len(one.events)) == ("it answered with status 500", 8)
        one.fails_at = 0
        assert ship(here, history).taken == 8
        assert ship(here, history, patient=False).failing_since is None
        assert len(one.events) == ALL
        assert len(set(ids(one.events))) == ALL - 4


def test_who_is_killed_before_it_noted_anything_sends_the_same_events_again(settings: Settings) -> None:
    with collector() as one:
        here, history = to(settings, one.url), LiteralHistory({10: RUN})
        ship(here, history)
        with connect(settings.warehouse) as connection:
            connection.execute("update governance.lineage set runs_until = 0, runs_lately = '[]'")
        ship(here, history)
    runs = [event for event in one.events if "run" in event]
    assert runs[:10] == runs[10:]


@pytest.mark.parametrize(
    ("does", "status", "reason"),
    [
        (HANGS, 201, "it did not answer within 1 s"),
        (DAWDLES, 201, "it did not answer within 1 s"),
        (HANGS_UP, 201, "nothing answers there"),
        (SENDS_ON, 201, "it sends on to another address, which is not followed"),
        ("", 500, "it answered with status 500"),
        ("", 401, "it answered with status 401"),
    ],
)
def test_a_broken_collector_is_left_alone_for_a_while(settings: Settings, does: str, status: int, reason: str) -> None:
    with collector(status, does) as one:
        progress = ship(to(settings, one.url), LiteralHistory(), limit=1)
        assert (progress.reason, progress.taken, progress.failures) == (reason, 0, 1)
        assert len(one.paths) == 1
        assert ship(to(settings, one.url), LiteralHistory()).failures == 1
        assert len(one.paths) == 1


def test_nobody_listens_there(settings: Settings) -> None:
    with collector() as one:
        gone = one.url
    assert ship(to(settings, gone), LiteralHistory()).reason == "nothing answers there"


def test_an_event_that_never_will_be_taken_is_counted_and_the_others_go_on(settings: Settings) -> None:
    with collector(422) as one:
        progress = ship(to(settings, one.url), LiteralHistory())
    assert (progress.refused, progress.taken, progress.failing_since) == (ALL, 0, None)
    assert progress.refused_reason == "it answered with status 422"


def test_the_caller_goes_on_while_the_collector_holds_an_event(settings: Settings) -> None:
    with collector(does=HANGS) as one:
        thread = ship_in_background(to(settings, one.url), lambda: _opened(LiteralHistory()))
        assert one.asked.wait(60)
        assert thread.is_alive()
        one.let_go.set()
        thread.join(60)
    assert read_progress(settings, destination(to(settings, one.url)).digest).failures == 1


def test_two_that_ship_at_once_are_one(settings: Settings) -> None:
    with collector(does=HANGS) as one:
        here = to(settings, one.url)
        thread = ship_in_background(here, lambda: _opened(LiteralHistory()))
        assert one.asked.wait(60)
        assert ship(here, LiteralHistory()).taken == 0
        assert len(one.paths) == 1
        one.let_go.set()
        thread.join(60)


def test_a_history_that_cannot_be_read_is_told_and_not_skipped(settings: Settings, tmp_path: Path) -> None:
    class Broken(LiteralHistory):
        def run(self, run_id: str) -> RunRecord | None:
            raise KeyError(run_id)

    here = to(settings, f"file://{tmp_path}/events.jsonl")
    with pytest.raises(KeyError):
        ship(here, Broken())
    progress = read_progress(settings, destination(here).digest)
    assert (progress.runs_until, progress.reason) == (0, "our own KeyError")


def test_a_destination_that_takes_nothing_for_a_quarter_of_an_hour_is_a_trouble(settings: Settings) -> None:
    now = datetime.now(timezone.utc)
    assert lineage_troubles(settings) == []
    with collector(500) as one:
        here = to(settings, one.url)
        ship(here, LiteralHistory())
        assert lineage_troubles(here, now) == []
        (trouble,) = lineage_troubles(here, now + timedelta(minutes=16))
        assert trouble.subject == f"{one.url}/api/v1/lineage"
        assert "it answered with status 500" in trouble.summary
        one.status = 201
        ship(here, LiteralHistory(), patient=False)
        assert lineage_troubles(here, now + timedelta(minutes=16)) == []


def test_another_destination_begins_with_the_first_event(settings: Settings, tmp_path: Path) -> None:
    for name in ("one", "two"):
        ship(to(settings, f"file://{tmp_path}/{name}.jsonl"), LiteralHistory())
    assert len(lines(tmp_path / "two.jsonl")) == ALL
    assert len([*everything(settings, LiteralHistory())]) == ALL


def test_a_graph_that_changed_is_told_again(settings: Settings, tmp_path: Path) -> None:
    path, history = tmp_path / "events.jsonl", LiteralHistory({})
    here = to(settings, f"file://{path}")
    ship(here, history)
    history.graph = history.graph[:2]
    assert ship(here, history).taken == 4 + 2
    assert isinstance(ship(here, history), Progress)


@pytest.mark.parametrize(
    ("value", "naming"),
    [
        ("collector", "neither a file nor a collector"),
        ("file://server/events.jsonl", "no file of this machine"),
        ("file:///folder/", "no file of this machine"),
        ("http://collector.example", "use https://"),
        ("http://10.0.0.7:5000", "use https://"),
        ("https://user:S3CRET@collector.example", "AIECO_LINEAGE_KEY"),
        ("https://collector.example?token=S3CRET", "AIECO_LINEAGE_KEY"),
        ("https://collector.example:port", "AIECO_LINEAGE is not valid"),
        ("kafka://collector.example", "neither a file nor a collector"),
    ],
)
def test_an_address_that_events_must_not_go_to_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str, naming: str
) -> None:
    monkeypatch.setenv("AIECO_LINEAGE", value)
    get_settings.cache_clear()
    try:
        with pytest.raises(AiecoError, match=naming) as error:
            get_settings()
        assert "S3CRET" not in str(error.value)
    finally:
        get_settings.cache_clear()


def test_without_a_destination_nothing_can_be_shipped(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="AIECO_LINEAGE is not set"):
        ship(settings, LiteralHistory())


@contextmanager
def _opened(history: LiteralHistory):
    yield history
