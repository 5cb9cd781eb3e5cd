"""Behind PgBouncer in transaction mode each transaction may have another server connection: nothing of ours may rest
on a session. Real PgBouncer before the tests' Postgres (`apt-get install pgbouncer`)."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from pydantic import SecretStr

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.erasure_lock import alone, at_work
from aieco_assets.core.governance.erasure_postgres import rewrite
from aieco_assets.core.policy.records import engine
from aieco_assets.core.registry.tracking import model_lock
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.access import SERVICE, as_role
from aieco_assets.core.storage.advisory_locks import held, try_to_hold
from aieco_assets.core.storage.embedded import USER
from aieco_assets.core.storage.postgres import connect
from tests.e2e.apart.servers import pgbouncer
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin") is None,
    reason="PGBOUNCER IS NOT INSTALLED: apt-get install pgbouncer",
)
HELD = "select count(*) from pg_locks where locktype = 'advisory' and database = "
HELD += "(select oid from pg_database where datname = current_database())"


def pooled(settings: Settings, more: str = "") -> Iterator[Settings]:
    """The same database through a PgBouncer that has two connections to it."""
    parts = urlsplit(settings.warehouse)
    assert parts.port and parts.password
    limit = f"max_db_connections = 4\n{more}"
    with (
        tempfile.TemporaryDirectory(prefix="aieco-pgbouncer-") as place,
        pgbouncer(entered(Path(place)), parts.port, USER, parts.password, limit) as server,
    ):
        url = parts._replace(netloc=f"{USER}:{parts.password}@127.0.0.1:{server.port}").geturl()
        yield settings.model_copy(update={"postgres_url": SecretStr(url)})


def entered(folder: Path) -> Path:
    """Not one of pytest's: as root, PgBouncer runs as another user, who can't enter those."""
    folder.chmod(0o755)
    return folder


@pytest.fixture
def behind(settings: Settings) -> Iterator[Settings]:
    yield from pooled(settings)


def locks(settings: Settings) -> int:
    with connect(settings.warehouse) as direct:
        ((count,),) = direct.execute(HELD).fetchall()
    return count


def test_a_lock_keeps_others_out_until_its_block_ends_and_stays_with_no_connection(
    settings: Settings, behind: Settings
) -> None:
    with held(behind.warehouse, 7):
        for _ in range(6):  # whoever comes next may get any connection of the pool
            assert try_to_hold(behind.warehouse, 7) is None
    taken = try_to_hold(behind.warehouse, 7)
    assert taken is not None
    taken.close()
    until(lambda: locks(settings) == 0, 10, "the end of the lock")


def test_a_lock_is_let_go_when_the_work_fails(settings: Settings, behind: Settings) -> None:
    with pytest.raises(ZeroDivisionError), model_lock(behind, "clv"):
        raise ZeroDivisionError
    with model_lock(behind, "clv") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    until(lambda: locks(settings) == 0, 10, "the end of the locks")


def test_writers_of_one_model_take_turns(behind: Settings) -> None:
    inside, most = [], []

    def write() -> None:
        with model_lock(behind, "clv"):
            inside.append(1)
            most.append(len(inside))
            with connect(behind.warehouse) as other:
                other.execute("select pg_sleep(0.05)")
            inside.pop()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == [1, 1, 1]


def test_one_engine_of_policies_acts_at_a_time(behind: Settings) -> None:
    with engine(behind) as first, engine(behind) as second:
        assert (first, second) == (True, False)
    with engine(behind) as third:
        assert third


def test_an_erasure_is_alone_and_lets_go_of_the_steps_that_wait_for_it(settings: Settings, behind: Settings) -> None:
    with alone(behind):
        for _ in range(3):
            with pytest.raises(AiecoError, match="at work here"), alone(behind, patience=0):
                pass
    assert locks(settings) == 0
    with at_work(behind):
        assert locks(settings) == 1
    with alone(behind):
        pass


def test_after_an_erasure_nobody_else_s_waits_are_limited(behind: Settings) -> None:
    """Its limit is the session's, for `vacuum` takes no transaction; the pooler gives that session to the next."""
    rewrite(behind.warehouse)
    with connect(behind.warehouse) as other:
        assert other.execute("show lock_timeout").fetchone() == ("0",)


def test_what_is_asked_again_and_again_is_no_prepared_statement_of_another_session(behind: Settings) -> None:
    with connect(behind.warehouse, autocommit=True) as one, connect(behind.warehouse, autocommit=True) as other:
        for number in range(30):
            for connection in (one, other):
                assert connection.execute("select %s::int + 1", (number,)).fetchone() == (number + 1,)
        with one.transaction():  # `other` gets another connection meanwhile
            assert other.execute("select %s::int + 1", (1,)).fetchone() == (2,)


@pytest.mark.parametrize("more", ["", "ignore_startup_parameters = options"], ids=["refuses", "drops"])
def test_a_pooler_that_passes_no_role_is_not_taken_for_one_that_does(settings: Settings, more: str) -> None:
    assert as_role(settings, SERVICE).warehouse != settings.warehouse
    for behind in pooled(settings, more):
        found = as_role(behind, SERVICE)
        assert found.warehouse == behind.warehouse
        with psycopg.connect(found.warehouse) as connection:
            assert connection.execute("select current_user").fetchone() == (USER,)
