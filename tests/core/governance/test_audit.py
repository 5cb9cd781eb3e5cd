"""The audit log in a real Postgres: one chain whoever writes, closed to changes; what is altered by force is found."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest

from aieco_assets.core.contracts import CHAMPION
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import append_change, head_file, record, stored_rows, verify
from aieco_assets.core.governance.audit_chain import AuditRow, Entry
from aieco_assets.core.governance.audit_events import of_move, read_record
from aieco_assets.core.governance.audit_export import export, verify_file
from aieco_assets.core.governance.home_key import home_key
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.access import SERVICE, as_role
from aieco_assets.core.storage.postgres import connect

SHA = "ab" * 32


def log_of(settings: Settings) -> list[AuditRow]:
    with connect(settings.warehouse) as connection:
        return list(stored_rows(connection))


def told(settings: Settings) -> list[tuple[str, str, str]]:
    return [(row.actor, row.action, row.subject) for row in log_of(settings)]


def by_force(settings: Settings, statement: str) -> None:
    """As somebody who may do everything in the database, and puts the guard back afterwards."""
    with connect(settings.warehouse) as connection:
        connection.execute("alter table governance.audit disable trigger audit_append_only")
        connection.execute(statement.encode())
        connection.execute("alter table governance.audit enable trigger audit_append_only")


@pytest.fixture
def three(settings: Settings) -> Settings:
    """Settings whose log has three rows."""
    for number in (1, 2, 3):
        record(settings, Entry("ann", "promoted", f"model:{number}", {"share": 0.1, "why": "ü\0"}))
    return settings


def test_writers_at_once_make_one_chain_without_gaps(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: record(settings, Entry("ann", "asked", f"trace:{number}")), range(40)))

    found = verify(settings)

    assert (found.rows, found.problem, found.head.sequence) == (40, "", 40)
    assert sorted(row.subject for row in log_of(settings)) == sorted(f"trace:{number}" for number in range(40))


@pytest.mark.parametrize(
    "statement",
    [
        "update governance.audit set actor = 'bob'",
        "delete from governance.audit where sequence = 3",
        "truncate governance.audit",
    ],
)
def test_a_row_can_be_neither_altered_nor_removed(three: Settings, statement: str) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"), connect(three.warehouse) as connection:
        connection.execute(statement.encode())
    assert verify(three).problem == ""


def test_the_service_may_append_and_not_alter(three: Settings) -> None:
    service = as_role(three, SERVICE)
    record(service, Entry("key", "asked", "trace:1"))

    with pytest.raises(psycopg.errors.InsufficientPrivilege), connect(service.warehouse) as connection:
        connection.execute("alter table governance.audit disable trigger audit_append_only")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connect(service.warehouse) as connection:
        connection.execute("delete from governance.audit")
    assert verify(three).rows == 4


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("update governance.audit set actor = 'bob' where sequence = 2", "row 2 was altered"),
        ("update governance.audit set at = at + interval '1 microsecond' where sequence = 1", "row 1 was altered"),
        ("update governance.audit set detail = '{}' where sequence = 3", "row 3 was altered"),
        ("delete from governance.audit where sequence = 1", "row 1 is missing"),
        ("delete from governance.audit where sequence = 3", "row 3 is missing: the log ends with row 2"),
        ("delete from governance.audit", "row 1 is missing: the log ends with row 0"),
        (
            "update governance.audit set sequence = case sequence when 1 then 12 else 11 end where sequence < 3;"
            "update governance.audit set sequence = sequence - 10 where sequence > 10",
            "row 1 ",
        ),
    ],
)
def test_what_is_changed_by_force_is_found(three: Settings, statement: str, problem: str) -> None:
    by_force(three, statement)
    assert verify(three).problem.startswith(problem)


def test_a_guard_that_was_taken_off_is_found(three: Settings) -> None:
    with connect(three.warehouse) as connection:
        connection.execute("alter table governance.audit disable trigger audit_append_only")
    assert "audit_append_only" in verify(three).problem


def test_the_kept_head_is_missed_and_known_when_it_was_altered(three: Settings) -> None:
    path = head_file(three)
    kept = path.read_text()
    path.unlink()
    assert str(path) in verify(three).problem
    path.write_text(kept.replace('"sequence": 3', '"sequence": 2'))
    assert verify(three).problem.startswith("row 2 is not the one")
    path.write_text("[]")
    with pytest.raises(AiecoError, match="put it back"):
        verify(three)


def test_an_export_is_checked_without_the_home_and_names_what_is_missing(three: Settings, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert export(three, path).rows == 3
    lines = path.read_text().splitlines(keepends=True)

    assert (verify_file(path).rows, verify_file(path).problem) == (3, "")
    assert json.loads(lines[0])["head"]["hash"] == log_of(three)[-1].hash
    path.write_text("".join(lines[:-1]))
    assert verify_file(path).problem == "row 3 is missing: the export ends with row 3"
    path.write_text(lines[0] + lines[2] + lines[1] + lines[3])
    assert verify_file(path).problem.startswith("row 1 is missing")


def test_an_export_of_some_days_begins_and_ends_with_rows_that_are_known(three: Settings, tmp_path: Path) -> None:
    middle = datetime.fromisoformat(log_of(three)[1].at)
    some, none = tmp_path / "some.jsonl", tmp_path / "none.jsonl"

    assert export(three, some, since=middle, until=middle + timedelta(microseconds=1)).rows == 1
    assert export(three, none, since=datetime.now(timezone.utc) + timedelta(days=1)).rows == 0
    assert (verify_file(some).problem, verify_file(some).head.sequence) == ("", 2)
    assert verify_file(none).problem == ""


def test_a_broken_log_is_not_exported_and_no_file_is_written_over(three: Settings, tmp_path: Path) -> None:
    by_force(three, "update governance.audit set actor = 'bob' where sequence = 2")
    with pytest.raises(AiecoError, match="row 2 was altered"):
        export(three, tmp_path / "log.jsonl")
    assert list(tmp_path.glob("*log*")) == []
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(AiecoError, match="is there already"):
        export(three, tmp_path / "mine")


def test_asks_and_reads_of_the_spool_come_in_once_and_without_what_was_asked(settings: Settings) -> None:
    answer = {
        "kind": "answer", "trace_id": "t1", "asked_at": "2026-11-27T12:00:00+00:00", "key_id": "dashboard",
        "question": "what did Ann buy", "outcome": "quoted", "verified": True, "abstained": False,
        "knowledge_version": 3, "models": {}, "retrieved": [{"document": "ann.pdf"}], "citations": 1, "customers": 0,
        "unknown_customers": 0, "prompt_tokens": 1, "completion_tokens": 1, "latency_ms": 1.0,
    }  # fmt: skip
    shadow = {**answer, "trace_id": "t2", "arm": "shadow"}
    read = read_record(settings, SHA, 7, "dashboard")
    for _ in range(2):
        spool = spool_of(settings)
        spool.append([answer, shadow, read])
        ship(settings, spool)

    name = home_key(settings).name("document", SHA)
    assert told(settings) == [("dashboard", "asked", "trace:t1"), ("dashboard", "read", name)]
    whole = json.dumps([row.__dict__ for row in log_of(settings)])
    assert "Ann" not in whole and "ann.pdf" not in whole and SHA not in whole
    assert verify(settings).problem == ""


def test_a_changed_rule_is_noted_once_and_so_is_one_that_went(settings: Settings) -> None:
    for versions in ({"policy:a": "1"}, {"policy:a": "1"}, {"policy:a": "2"}, {}, {}):
        with connect(settings.warehouse) as connection:
            append_change(connection, "files", versions, "policy")

    assert [row.action for row in log_of(settings)] == ["policy_changed", "policy_changed", "policy_removed"]
    assert json.loads(log_of(settings)[1].detail) == {"before": "1", "version": "2"}


def test_a_champion_that_goes_back_is_rolled_back_and_what_only_follows_is_no_event() -> None:
    move = of_move("clv", CHAMPION, 3, 2, "ann", "complaints")
    assert move and (move.action, move.subject) == ("rolled_back", "model:clv")
    assert of_move("clv", "previous", 2, 3, "ann", "") is None


def test_rows_that_come_later_do_not_hide_that_the_end_was_cut_off(three: Settings) -> None:
    by_force(three, "delete from governance.audit where sequence > 1")
    for number in range(4):
        record(three, Entry("bob", "asked", f"trace:{number}"))

    assert verify(three).problem.startswith("row 3 is not the one that had been written")


def test_a_guard_that_does_nothing_any_more_is_found(three: Settings) -> None:
    with connect(three.warehouse) as connection:
        connection.execute(
            "create or replace function governance.refuse_change() returns trigger language plpgsql as"
            " 'begin return null; end'"
        )
    assert "audit_append_only" in verify(three).problem
