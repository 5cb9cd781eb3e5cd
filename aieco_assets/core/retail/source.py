"""The transaction source: which files it holds, which days they make up, and what the lake lacks of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.ahead import ahead
from aieco_assets.core.retail.connectors import Connector, open_source
from aieco_assets.core.retail.reading import Reader, SourceFile
from aieco_assets.core.retail.rows import RULES_VERSION, DayPart, ParsedFile, parse_file
from aieco_assets.core.storage.objects import ObjectStore, open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.settings import Settings

LINES, REJECTED = "transactions", "transactions_rejected"
_KEEP_BYTES = 128 * 2**20  # parsed files that landing need not read twice


@dataclass(frozen=True)
class LandedDay:
    """One row of lake.transaction_days, as far as planning needs it."""

    inputs_sha256: str
    rejected: int


@dataclass(frozen=True)
class PendingTransactions:
    """What landing would do. `days`: invoice dates, ascending, whose content in the lake is missing or outdated.

    Tomorrow's date, which a shop east of here may already write, is left out: its partition begins tomorrow.
    `waiting`: files that are being written; what they will change is not pending yet. `digest`: names the source as it
    is now, so that the same state is asked for once.
    """

    days: tuple[date, ...]
    files_new: int
    files_changed: int
    files_removed: int
    files_quarantined: int
    files: int
    quarantined: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    digest: str = ""

    def __bool__(self) -> bool:
        return bool(self.days or self.files_new or self.files_changed or self.files_removed)


@dataclass
class Survey:
    """The source and the lake side by side. `parsed` keeps small sources, so that landing need not read them twice."""

    source: Connector
    lake: ObjectStore
    files: list[SourceFile]
    known: dict[str, str]
    landed: dict[date, LandedDay]
    objects: set[str]
    parsed: dict[str, ParsedFile]
    first_day: date
    waiting: list[str] = field(default_factory=list)

    def pending_days(self) -> tuple[date, ...]:
        inputs = inputs_by_day(self.files)
        unsettled = {day for file in self.files if file.waits for day in file.days}
        outdated = {
            day
            for day, files in inputs.items()
            if day not in self.landed
            or self.landed[day].inputs_sha256 != inputs_digest(day, files, self.first_day)
            or lines_key(day) not in self.objects
        }
        return tuple(sorted((outdated - unsettled) | (self.landed.keys() - inputs.keys())))

    def pending(self) -> PendingTransactions:
        current = {file.path: file.sha256 for file in self.files}
        quarantined = {file.path: file.quarantined for file in self.files if file.quarantined}
        return PendingTransactions(
            days=tuple(day for day in self.pending_days() if day < last_day()),
            files_new=len(current.keys() - self.known.keys()),
            files_changed=sum(path in self.known and self.known[path] != digest for path, digest in current.items()),
            files_removed=len(self.known.keys() - current.keys()),
            files_quarantined=len(quarantined),
            files=len(current),
            quarantined=quarantined,
            waiting=tuple(self.waiting),
            digest=sha256("\n".join(f"{path}\0{current[path]}" for path in sorted(current)).encode()).hexdigest(),
        )

    def parse(self, file: SourceFile) -> ParsedFile:
        """The rows of a file that was surveyed. Raises AiecoError when it has changed since."""
        if (parsed := self.parsed.get(file.path)) is not None:
            return parsed
        data = self.source.get(file.path)
        if sha256(data).hexdigest() != file.sha256:
            raise AiecoError(
                f"{file.path} of {self.source.name} changed while it was being read: run again when it is whole."
            )
        return parse_file(data, self.first_day, last_day(), file.path, self.source.counted_under(file.path))


def pending_days(settings: Settings) -> PendingTransactions:
    """Compare the source with the lake by content hash; reads only. Raises AiecoError when there is no source."""
    with open_source(settings, last_day()) as source, connect(settings.warehouse) as connection:
        return survey(settings, connection, source).pending()


def survey(
    settings: Settings, connection: psycopg.Connection[Any], source: Connector, lake: ObjectStore | None = None
) -> Survey:
    """Hash every file of the source that its stamp does not tell to be unchanged; parse those with other content."""
    lake = lake or open_store(settings.lake, settings)
    stamps = source.list()
    rows = connection.execute(
        "select path, sha256, bytes, days, quarantined, read_again_on, added_columns, stamp, rules"
        " from lake.transaction_files"
    ).fetchall()
    recorded = {
        path: SourceFile(path, digest, size, day_parts(days), reason, read_again_on, tuple(added), stamp=stamp)
        for path, digest, size, days, reason, read_again_on, added, stamp, _ in rows
    }
    rules = rules_version(settings.first_day)
    reader = Reader(source, settings.first_day, last_day(), recorded, {row[0] for row in rows if row[-1] == rules})
    known = {path: file.sha256 for path, file in recorded.items()}
    found = Survey(source, lake, [], known, _landed(connection), set(lake.list(f"{LINES}/")), {}, settings.first_day)
    kept = 0
    contents = source.read([path for path, stamp in stamps.items() if not reader.is_known(path, stamp)])
    opened = ahead(reader.open, contents, size=lambda item: len(item[1]))
    for path, stamp in stamps.items():
        if reader.is_known(path, stamp):
            found.files.append(reader.keep(path))
            continue
        one = next(opened)
        file, parsed = reader.read(one, stamp)
        if file:
            found.files.append(file)
        if parsed and (kept := kept + one.bytes) <= _KEEP_BYTES:
            found.parsed[path] = parsed
    found.waiting = reader.waiting
    return found


def rules_version(first_day: date) -> str:
    """Names what decides how a file is read; when it changes, every file is read again."""
    return f"{RULES_VERSION}:{first_day}"


def last_day() -> date:
    """The last invoice date that is believed: tomorrow (UTC), as shops east of here are ahead."""
    return datetime.now(timezone.utc).date() + timedelta(days=1)


def inputs_by_day(files: Iterable[SourceFile]) -> dict[date, list[SourceFile]]:
    """The files that each day is made from, in path order."""
    days: dict[date, list[SourceFile]] = defaultdict(list)
    for file in sorted(files, key=lambda file: file.path):
        for day in file.days:
            days[day].append(file)
    return dict(sorted(days.items()))


def day_parts(recorded: Mapping[str, tuple[int, str]]) -> dict[date, DayPart]:
    """`days` of lake.transaction_files as it was before it became json."""
    return {date.fromisoformat(day): DayPart(*part) for day, part in recorded.items()}


def inputs_digest(day: date, files: list[SourceFile], first_day: date) -> str:
    """Names the content of a day before it is landed: which rows of which files, under which rules."""
    lines = [rules_version(first_day), *(f"{file.path}\0{file.days[day].sha256}" for file in files)]
    return sha256("\n".join(lines).encode()).hexdigest()


def lines_key(day: date) -> str:
    return f"{LINES}/invoice_date={day}/part-0.parquet"


def rejected_key(day: date) -> str:
    return f"{REJECTED}/invoice_date={day}/part-0.parquet"


def _landed(connection: psycopg.Connection[Any]) -> dict[date, LandedDay]:
    rows = connection.execute("select invoice_date, inputs_sha256, rejected from lake.transaction_days").fetchall()
    return {day: LandedDay(inputs, rejected) for day, inputs, rejected in rows}
