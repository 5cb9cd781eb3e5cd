"""Connections: transactions, COPY, and sentences that never hold a password."""

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.pool import close_kept
from aieco_assets.core.storage.postgres import connect, copy_rows, ensure_databases, kept_connections, redacted
from aieco_assets.core.storage.schema import ensure_schema


def test_copy_writes_rows_and_an_error_rolls_all_of_them_back(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute("create table t (a integer, b text)")
        assert copy_rows(connection, "public.t", ["a", "b"], [(1, "x"), (2, None)]) == 2
    with pytest.raises(ZeroDivisionError), connect(settings.warehouse) as connection:
        copy_rows(connection, "t", ["a", "b"], [(3, "y")])
        _ = 1 / 0
    with connect(settings.warehouse) as connection:
        assert connection.execute("select a, b from t order by a").fetchall() == [(1, "x"), (2, None)]


def test_the_schema_can_be_applied_again(settings: Settings) -> None:
    ensure_schema(settings.warehouse)
    ensure_schema(settings.warehouse)
    with connect(settings.warehouse) as connection:
        assert connection.execute("select count(*) from ops.sources").fetchone() == (0,)


def test_a_command_that_starts_does_not_wait_for_a_load_that_runs(settings: Settings) -> None:
    with connect(settings.warehouse) as loading:
        loading.execute("insert into ops.sources (name, url) values ('documents', 'a')")
        loading.execute("lock table raw.transactions in row exclusive mode")
        ensure_schema(f"{settings.warehouse}?options=-c%20lock_timeout%3D2000")


def test_a_schema_that_changed_is_applied_to_a_database_that_has_an_older_one(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute("update ops.schema_applied set sha256 = 'of an older release'")
        connection.execute("alter table lake.transaction_files drop column line_types")
    ensure_schema(settings.warehouse)
    with connect(settings.warehouse) as connection:
        connection.execute("select line_types from lake.transaction_files")
        assert connection.execute("select count(*) from ops.schema_applied").fetchone() == (1,)


def test_databases_are_created_once(settings: Settings) -> None:
    name = settings.database("extra").rsplit("/", 1)[1]
    ensure_databases(settings.warehouse, [name])
    ensure_databases(settings.warehouse, [name])
    with connect(settings.warehouse, autocommit=True) as connection:
        assert connection.execute("select count(*) from pg_database where datname = %s", (name,)).fetchone() == (1,)
        connection.execute(f'drop database "{name}"'.encode())


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(AiecoError) as caught:
        connect("postgresql://me:hunter2@127.0.0.1:1/shop")
    assert "127.0.0.1:1/shop" in str(caught.value)
    assert "AIECO_POSTGRES_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_password_is_one_sentence_without_it(settings: Settings) -> None:
    wrong = settings.warehouse.replace(settings.warehouse.split(":")[2].split("@")[0], "wrong-secret")
    with pytest.raises(AiecoError) as caught:
        connect(wrong)
    assert "wrong-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_something_that_is_no_url_is_one_sentence() -> None:
    with pytest.raises(AiecoError, match="AIECO_POSTGRES_URL"):
        connect("not a url at all")


def test_redacted_shows_the_place_only() -> None:
    assert redacted("postgresql://u:p@db.example:6543/w") == "db.example:6543/w"


def test_a_kept_connection_is_used_again_as_if_it_were_new(settings: Settings) -> None:
    backend = "select pg_backend_pid(), current_setting('transaction_read_only')"
    with kept_connections():
        with connect(settings.warehouse) as first:
            first.read_only = True
            before = first.execute(backend).fetchone()
        with connect(settings.warehouse) as second, connect(settings.warehouse) as third:
            again, other = (one.execute(backend).fetchone() for one in (second, third))
        with pytest.raises(ZeroDivisionError), connect(settings.warehouse) as failing:
            failing.execute("create table half_done (n int)")
            raise ZeroDivisionError
        with connect(settings.warehouse) as clean:
            made = clean.execute("select to_regclass('half_done')").fetchone()
    with connect(settings.warehouse) as fresh:
        ordinary = fresh.execute(backend).fetchone()

    assert before and again and other and ordinary
    assert (before[1], again) == ("on", (before[0], "off"))
    assert len({again[0], other[0], ordinary[0]}) == 3
    assert made == (None,)
    close_kept()


def test_a_kept_connection_that_the_server_has_ended_is_replaced(settings: Settings) -> None:
    with kept_connections():
        with connect(settings.warehouse) as first:
            before = first.execute("select pg_backend_pid()").fetchone()
        assert before
        with connect(settings.database("mlflow"), autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", before)
        with connect(settings.warehouse) as second:
            assert second.execute("select pg_backend_pid()").fetchone() != before
    close_kept()
