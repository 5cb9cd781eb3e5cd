"""Who keeps Postgres from forgetting what was erased: nobody of ours; others are named, and nothing is left behind."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance import erasure_postgres
from aieco_assets.core.governance.erasure import erase_customer
from aieco_assets.core.governance.erasure_lock import alone, at_work
from aieco_assets.core.governance.erasure_postgres import refuse_observers, rewrite
from aieco_assets.core.policy.records import engine
from aieco_assets.core.registry.tracking import model_lock
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage import embedded
from aieco_assets.core.storage.postgres import connect
from tests.core.governance.canary import places
from tests.waiting import until

CUSTOMER = "QZWATCHED82"
OURS = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
OURS += " and backend_type = 'client backend'"
Patience = Callable[[float], None]


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Patience:
    def set_to(seconds: float) -> None:
        for name in ("_PATIENCE_SECONDS", "_PATIENCE_BEFORE_SECONDS"):
            monkeypatch.setattr(erasure_postgres, name, seconds)

    return set_to


def plant(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into predictions.churn values ('2011-01-31', %s, 0.5, 'a', 'b', 'c', 1, now())", (CUSTOMER,)
        )


def remove(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        assert connection.execute("delete from predictions.churn where customer_id = %s", (CUSTOMER,)).rowcount == 1


def in_tables(platform: Settings) -> list[str]:
    """Files of tables that hold the customer; the log is emptied by another step."""
    with connect(platform.warehouse, autocommit=True) as connection:
        connection.execute("checkpoint")
    return [place for place in places(platform, CUSTOMER) if "/base/" in place]


def ours(settings: Settings, what: str) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse) as connection:
        return connection.execute(f"select {what} {OURS}".encode()).fetchall()


@contextmanager
def somebody(url: str, *statements: str) -> Iterator[psycopg.Connection]:
    """A session that is not ours, whose transaction stays open."""
    with psycopg.connect(url, application_name="psql") as connection:
        for statement in statements:
            connection.execute(statement.encode())
        yield connection
        connection.rollback()


def test_a_step_that_waits_for_an_erasure_does_not_keep_it_from_its_end(
    settings: Settings, platform: Settings, patience: Patience
) -> None:
    patience(2)
    plant(settings)
    worked = threading.Event()

    def step() -> None:
        with at_work(settings):
            worked.set()

    with alone(settings):
        thread = threading.Thread(target=step)
        thread.start()
        until(lambda: len(ours(settings, "pid")) == 2, 10, "the step that waits")
        remove(settings)
        rewrite(settings.warehouse)
        assert not worked.is_set()
        assert in_tables(platform) == []
    assert worked.wait(10)
    thread.join()


@pytest.mark.parametrize("lock", [alone, at_work, engine, lambda settings: model_lock(settings, "clv")])
def test_a_lock_that_is_held_keeps_no_deleted_row(settings: Settings, lock: Callable[..., Any]) -> None:
    with lock(settings):
        held = ours(settings, "state, backend_xmin::text, backend_xid::text")
        assert ("idle in transaction", None, None) in held
        assert {(xmin, xid) for _, xmin, xid in held} == {(None, None)}


def test_before_anything_is_erased_who_can_still_see_it_is_named_and_then_it_is_simply_erased(
    settings: Settings, platform: Settings, patience: Patience
) -> None:
    patience(0.3)
    plant(settings)
    with somebody(settings.warehouse, "begin isolation level repeatable read", "select 1") as other:
        told = rf"^aieco with psql \(process {other.info.backend_pid}, from 127\.0\.0\.1, transaction open since 20.*\)"
        told += r" can still see what is erased, so nothing was touched: commit or close that session, or `select"
        with pytest.raises(AiecoError, match=told):
            erase_customer(settings, CUSTOMER, "ann")
    with connect(settings.warehouse) as connection:
        assert connection.execute("select count(*) from predictions.churn").fetchall() == [(1,)]
        assert connection.execute("select from governance.tombstones").fetchall() == []

    erased = erase_customer(settings, CUSTOMER, "ann")

    assert (erased.certificate.removed, erased.certificate.attempts) == ({"predictions.churn": 1}, 1)
    assert in_tables(platform) == []


@pytest.mark.parametrize("suffix", ["", "mlflow"])
def test_who_writes_and_looks_at_nothing_keeps_deleted_rows_from_any_database(
    settings: Settings, platform: Settings, patience: Patience, suffix: str
) -> None:
    patience(0.3)
    plant(settings)
    with somebody(settings.database(suffix), "create table of_theirs ()"):
        assert ours(settings, "backend_xmin") == ([(None,)] if not suffix else [])
        remove(settings)
        with pytest.raises(AiecoError, match=r"with psql .*so Postgres keeps it on the disk: commit"):
            rewrite(settings.warehouse)
        assert in_tables(platform) != []
    rewrite(settings.warehouse)
    assert in_tables(platform) == []


def test_sessions_that_come_and_go_do_not_keep_it_for_ever(settings: Settings, patience: Patience) -> None:
    """As those of a stack at work: at every moment somebody looks at the database."""
    patience(5)
    over = threading.Event()
    look = ("begin isolation level repeatable read", "select 1")

    def work() -> None:
        with psycopg.connect(settings.warehouse) as first, psycopg.connect(settings.warehouse) as second:
            leaving, coming = first, second
            while not over.wait(0.05):
                for statement in look:
                    coming.execute(statement.encode())
                leaving.rollback()
                leaving, coming = coming, leaving
            leaving.rollback()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        until(lambda: any(xmin for (xmin,) in ours(settings, "backend_xmin")), 10, "the sessions")
        rewrite(settings.warehouse)
    finally:
        over.set()
        thread.join()


def test_a_vacuum_that_is_going_on_is_not_waited_for(settings: Settings, patience: Patience) -> None:
    patience(0)
    plant(settings)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "create table many with (autovacuum_enabled = off) as select n from generate_series(1, 100000) as n"
        )
        connection.execute("delete from many")
    with connect(settings.warehouse, autocommit=True) as vacuuming:
        vacuuming.execute("set vacuum_cost_delay = 100")
        vacuuming.execute("set vacuum_cost_limit = 1")

        def vacuum() -> None:
            with pytest.raises(psycopg.errors.QueryCanceled):
                vacuuming.execute("vacuum many")

        thread = threading.Thread(target=vacuum)
        thread.start()
        going_on = "pid in (select pid from pg_stat_progress_vacuum)"
        try:
            until(lambda: ours(settings, going_on) == [(True,)], 10, "the vacuum")
            remove(settings)  # what is deleted after the vacuum has begun
            refuse_observers(settings.warehouse)
            assert ours(settings, going_on) == [(True,)]
        finally:
            vacuuming.cancel_safe()
            thread.join()


def test_a_prepared_transaction_is_named(monkeypatch: pytest.MonkeyPatch, patience: Patience) -> None:
    patience(0)
    monkeypatch.setitem(embedded.SERVER_OPTIONS, "max_prepared_transactions", "2")
    with tempfile.TemporaryDirectory(prefix="aieco-prepared-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root, Postgres runs as another user
        with open_platform(Settings(home=Path(folder), _env_file=None)) as settings:  # type: ignore[call-arg]
            with connect(settings.warehouse, autocommit=True) as connection:
                for statement in ("begin", "create table of_theirs ()", "prepare transaction 'order 7'"):
                    connection.execute(statement.encode())
            said = "^The transaction order 7 that aieco has prepared can still see .*: commit it or roll it back in"
            with pytest.raises(AiecoError, match=said):
                refuse_observers(settings.database("mlflow"))
            with connect(settings.warehouse, autocommit=True) as connection:
                connection.execute("rollback prepared 'order 7'")
            refuse_observers(settings.warehouse)
