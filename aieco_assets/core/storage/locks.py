"""Waiting for a lock of Postgres: for seconds, a few times, and then one sentence that names who holds it.

Whoever waits to replace a table keeps all that come after from reading it, so a wait must be short; who looked at a
table and left a transaction open may hold it for days, so it must end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    import psycopg

T = TypeVar("T")
# How long a statement of ours waits; dbt_project.yml has the same. With the attempts, all ends within two minutes.
LOCK_TIMEOUT_SECONDS = 10
ATTEMPTS = 3
LIMIT_WAITS = f"set local lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"
_PAUSE_SECONDS = 2
_LOOK_SECONDS = 0.5
_SQLSTATE = "55P03"  # lock_not_available
_SAID = "due to lock timeout"
# Our statements that wait, and the session that they wait for: one that works before one that waits itself. What a
# user may not see of others (a hosted Postgres) is null.
_HOLDERS = """
    select coalesce(
            wanted.relation::regclass::text,
            (select held.relation::regclass::text from pg_locks as held
             join pg_class as of on of.oid = held.relation and of.relkind in ('r', 'p')
             where held.pid = waiting.pid and held.mode = 'RowExclusiveLock' limit 1)
        ),
        holder.pid, holder.usename, holder.application_name, host(holder.client_addr), holder.xact_start
    from pg_stat_activity as waiting
    cross join unnest(pg_blocking_pids(waiting.pid)) as blocking (pid)
    join pg_stat_activity as holder on holder.pid = blocking.pid
    left join pg_locks as wanted on wanted.pid = waiting.pid and not wanted.granted
    where waiting.datname = current_database() and waiting.usename = session_user
        and waiting.application_name in ('aieco', 'dbt') and wanted.locktype is distinct from 'advisory'
    order by holder.wait_event_type is not distinct from 'Lock', holder.xact_start
    limit 1
"""


class LockHeld(AiecoError):
    """Another session kept a lock for longer than we wait; the same work succeeds once it has let go."""


@dataclass(frozen=True)
class Holder:
    """A session, and the relation that it keeps from us; what Postgres does not show of it is None."""

    relation: str | None
    pid: int
    user: str | None
    application: str | None
    host: str | None
    since: datetime | None

    def session(self) -> str:
        """Whose session it is, from where, and since when its transaction is open."""
        who = f"{self.user or 'another user'}" + (f" with {self.application}" if self.application else "")
        since = (
            f", transaction open since {self.since.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
            if self.since
            else ""
        )
        return f"{who} (process {self.pid}, from {self.host or 'this machine'}{since})"

    def mend(self) -> str:
        """What ends it."""
        return f"commit or close that session, or `select pg_terminate_backend({self.pid})`"

    def sentence(self) -> str:
        """Who holds what since when, and how to go on."""
        return (
            f"{self.relation or 'A table'} is locked by {self.session()}, and is as it was: {self.mend()}, then run "
            "again."
        )


class LockWatch:
    """Inside, `holder` is whoever was last seen to keep a statement of ours waiting, dbt's statements included.

    A statement that was given up says no longer for whom it waited: it has to be looked at while it waits.
    """

    def __init__(self, url: str) -> None:
        self.holder: Holder | None = None
        self._url = url
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="lock watch", daemon=True)

    def __enter__(self) -> LockWatch:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        self._thread.join()

    def sentence(self) -> str:
        """Who holds the lock, as far as was seen."""
        if self.holder:
            return self.holder.sentence()
        return "A table is locked by another session of Postgres: see pg_locks, end that session, and run again."

    def _look(self) -> None:
        import psycopg

        from aieco_assets.core.storage.postgres import connect

        # Who works must not fail for being watched.
        with suppress(psycopg.Error, AiecoError), connect(self._url, autocommit=True) as connection:
            while not self._over.wait(_LOOK_SECONDS):
                if row := connection.execute(_HOLDERS).fetchone():
                    self.holder = Holder(*row)


def is_lock_timeout(error: object) -> bool:
    """Whether an error of psycopg or ADBC, or a text of dbt, says that a lock was not to be had in time."""
    return getattr(error, "sqlstate", None) == _SQLSTATE or _SAID in str(error)


def limit_waits(connection: psycopg.Connection[Any]) -> None:
    """From here on to the end of its transaction no statement waits long for a lock; see `naming_holder`."""
    connection.execute(LIMIT_WAITS.encode())


@contextmanager
def naming_holder(url: str) -> Iterator[None]:
    """Inside, a lock that was not to be had in time becomes LockHeld, which names who has it."""
    with LockWatch(url) as watch:
        try:
            yield
        except Exception as error:
            if is_lock_timeout(error):
                raise LockHeld(watch.sentence()) from None
            raise


def with_patience(url: str, work: Callable[[], T]) -> T:
    """The result of `work`, one transaction that limits its waits, tried again while others hold what it needs.

    Raises LockHeld after the last attempt. Between two of them whoever queued behind us gets through.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

    attempts = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_fixed(_PAUSE_SECONDS),
        retry=retry_if_exception(is_lock_timeout),
        reraise=True,
    )
    with naming_holder(url):
        return attempts(work)
