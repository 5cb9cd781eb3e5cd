"""An open transaction stands in the way: the wait ends, and the sentence names who holds what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage import locks
from aieco_assets.core.storage.locks import LockHeld, limit_waits, with_patience
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema


@pytest.fixture(autouse=True)
def _waits_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "LIMIT_WAITS", "set local lock_timeout = '1500ms'")
    monkeypatch.setattr(locks, "_PAUSE_SECONDS", 0)


@pytest.fixture
def analyst(settings: Settings) -> Iterator[psycopg.Connection]:
    """Somebody who has looked at a table, and whose transaction is still open."""
    with connect(settings.warehouse, autocommit=True) as connection:
        connection.execute("create table t (a integer)")
        connection.execute("insert into t values (1)")
    with psycopg.connect(settings.warehouse, application_name="DBeaver, data tab") as connection:
        connection.execute("select * from t")
        yield connection


def replace(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        limit_waits(connection)
        connection.execute("alter table t add column b integer")


def test_a_lock_that_stays_held_is_one_sentence_that_names_its_holder(settings, analyst):
    pid = analyst.info.backend_pid
    with pytest.raises(LockHeld) as told:
        with_patience(settings.warehouse, lambda: replace(settings))
    said = str(told.value)
    assert isinstance(told.value, AiecoError)
    assert said.startswith(f"t is locked by aieco with DBeaver, data tab (process {pid}, from ")
    assert "transaction open since 20" in said
    assert f"`select pg_terminate_backend({pid})`, then run again" in said


def test_work_that_could_not_get_a_lock_is_done_once_the_holder_has_gone(settings, analyst):
    tries = []

    def work() -> str:
        tries.append(1)
        if len(tries) == 2:
            analyst.rollback()
        replace(settings)
        return "done"

    assert with_patience(settings.warehouse, work) == "done"
    assert len(tries) == 2


def test_a_changed_row_that_is_not_committed_names_its_table(settings, analyst):
    analyst.execute("update t set a = 2")

    def work() -> None:
        with connect(settings.warehouse) as connection:
            limit_waits(connection)
            connection.execute("delete from t")

    with pytest.raises(LockHeld, match="t is locked by aieco with DBeaver"):
        with_patience(settings.warehouse, work)


def test_other_errors_are_not_tried_again(settings):
    tries = []
    with pytest.raises(ZeroDivisionError):
        with_patience(settings.warehouse, lambda: tries.append(1) or 1 / 0)
    assert len(tries) == 1


def test_a_schema_that_changed_does_not_wait_for_ever_for_a_reader(settings):
    with connect(settings.warehouse) as connection:
        connection.execute("update ops.schema_applied set sha256 = 'of an older release'")
        connection.execute("alter table lake.transaction_files drop column line_types")
    with psycopg.connect(settings.warehouse, application_name="psql") as reader:
        reader.execute("select * from lake.transaction_files")
        with pytest.raises(LockHeld, match=r"lake\.transaction_files is locked by aieco with psql"):
            ensure_schema(settings.warehouse)
    ensure_schema(settings.warehouse)


def test_predictions_of_a_month_do_not_wait_for_ever_for_somebody_who_locked_their_table(settings):
    import pandas as pd

    from aieco_assets.core.predictions.batches import replace_batch

    def score(model_version: int) -> int:
        scores = {"recency_score": [3], "frequency_score": [3], "monetary_score": [3], "cluster": [1]}
        made = pd.DataFrame({"customer_id": ["C1"], "segment": ["regular"], **scores})
        return replace_batch(settings, "segments", date(2026, 6, 30), model_version, "d", lambda: (made, {})).rows

    assert score(1) == 1
    with psycopg.connect(settings.warehouse, application_name="psql") as analyst:
        analyst.execute("select * from predictions.segments for update")
        with pytest.raises(LockHeld, match=r"predictions\.segments is locked by aieco with psql"):
            score(2)
    assert score(2) == 1
