"""Transactions from the source into the lake: one parquet file per invoice date, rejected rows beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from aieco_assets.core.engine.prefetch import prefetch
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.tombstones import read_tombstones
from aieco_assets.core.retail.connectors import open_source
from aieco_assets.core.retail.customer_attributes import keep_attributes
from aieco_assets.core.retail.day import make_day
from aieco_assets.core.retail.erased_lines import erased_of
from aieco_assets.core.retail.landing_records import (
    MadeDay,
    content_digest,
    record_days,
    record_files,
    record_refused,
    record_shop,
    totals,
)
from aieco_assets.core.retail.source import (
    LINES,
    REJECTED,
    PendingTransactions,
    inputs_by_day,
    last_day,
    lines_key,
    nothing_loaded,
    rejected_key,
)
from aieco_assets.core.retail.survey import Survey, survey
from aieco_assets.core.storage.access import LOADER, as_role
from aieco_assets.core.storage.advisory_locks import held
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.declared.sources import DeclaredSource
    from aieco_assets.core.settings import Settings
    from aieco_assets.core.storage.objects import ObjectStore

# Any constant: one landing or load at a time, on whichever machine.
TRANSACTIONS_LOCK = 7_214_011
_BATCH = 64  # days between two records of progress; a killed landing repeats at most these


@dataclass(frozen=True)
class LandResult:
    """The lake over the asked range after landing; `days`: the invoice dates that were written or removed just now."""

    read: int
    loaded: int
    rejected: int
    erased: int
    bytes: int
    days: tuple[date, ...]
    quarantined_files: dict[str, str]
    content_sha256: str


def land_days(
    settings: Settings,
    start: date,
    end: date,
    progress: Callable[[int, int], None] | None = None,
    lake: ObjectStore | None = None,
    declared: Sequence[DeclaredSource] = (),
) -> LandResult:
    """Bring the lake up to the source for start..end (both included); days outside stay pending.

    `declared`: sources beside that of the settings; lines of one that is no more declared go.

    Objects are put before they are recorded and the same input gives the same bytes, so a killed landing is simply
    run again. `progress(done, total)` counts days. Raises AiecoError when there is no source.
    """
    from aieco_assets.core.declared.sources import TRANSACTIONS, record_sources

    with connect(settings.warehouse) as connection:  # the loader has no right to it
        record_sources(connection, TRANSACTIONS, declared)
    settings = as_role(settings, LOADER)
    with exclusive(settings) as connection, open_source(settings, last_day(), declared) as source:
        found = survey(settings, connection, source, lake)
        if unloadable := found.unloadable():
            with connection.transaction():
                record_refused(connection, unloadable, found.rules)
            raise AiecoError(nothing_loaded(source.name, unloadable))
        inputs = inputs_by_day(found.files)
        erased = erased_of(read_tombstones(settings, connection), source)
        pending = [day for day in found.pending_days() if start <= day <= end]
        for begin in range(0, len(pending), _BATCH):
            batch = pending[begin : begin + _BATCH]
            parsed = ((day, inputs[day], [found.parse(one) for one in inputs[day]]) for day in batch if day in inputs)
            made = list(prefetch(partial(make_day, found.rules.content_version, erased=erased), parsed))
            _put(found, made)
            with connection.transaction():
                record_days(connection, made, [day for day in batch if day not in inputs])
            if progress:
                progress(begin + len(batch), len(pending))
        _remove_orphans(found, {day for day in inputs if start <= day <= end}, start, end)
        with connection.transaction():
            record_files(connection, found.files, found.rules)
            keep_attributes(connection, found.source, found.paths, erased, found.rules)
            if known := found.shop():
                record_shop(connection, *known)
        if end >= max(inputs, default=end):
            found.cache.clear()
        quarantined = {file.path: file.quarantined for file in found.files if file.quarantined}
        return LandResult(
            *totals(connection, start, end), tuple(pending), quarantined, content_digest(connection, start, end)
        )


def keep_refused(settings: Settings, pending: PendingTransactions) -> None:
    """Record the files of a source from which no row can be loaded, for those who ask later; the lake stays."""
    assert pending.rules is not None, "what can't be loaded was read by some"
    with exclusive(as_role(settings, LOADER)) as connection, connection.transaction():
        record_refused(connection, pending.unloadable, pending.rules)


@contextmanager
def exclusive(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection (autocommit) beside the lock on transactions; a killed holder's lock goes with its process."""
    with held(settings.warehouse, TRANSACTIONS_LOCK), connect(settings.warehouse, autocommit=True) as connection:
        yield connection


def _put(found: Survey, made: list[MadeDay]) -> None:
    objects = [(lines_key(day.day), day.lines) for day in made]
    objects += [(rejected_key(day.day), day.rejects) for day in made if day.rejects is not None]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda item: found.lake.put(*item), objects):
            pass
        for day in made:
            if day.rejects is None and rejected_key(day.day) in found.rejects:
                found.lake.delete(rejected_key(day.day))


def _remove_orphans(found: Survey, kept: set[date], start: date, end: date) -> None:
    """Delete objects of days in start..end that the source no longer has, a killed landing's left-overs included."""
    for kind in (LINES, REJECTED):
        for key in found.lake.list(f"{kind}/"):
            day = date.fromisoformat(key.split("invoice_date=")[1][:10])
            if start <= day <= end and day not in kept:
                found.lake.delete(key)
