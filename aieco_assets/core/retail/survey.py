"""The source and the lake side by side: what is read of the one, and what the other lacks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import starmap
from typing import TYPE_CHECKING, Any

from aieco_assets.core.engine import map_batches
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.tombstones import read_tombstones
from aieco_assets.core.retail.connectors import Connector, open_source
from aieco_assets.core.retail.landing_records import recorded_files
from aieco_assets.core.retail.lines.currencies import is_code
from aieco_assets.core.retail.mapping_checks import refuse_mistakes
from aieco_assets.core.retail.parsed_files import ParsedFiles
from aieco_assets.core.retail.reading import Reader, SourceFile
from aieco_assets.core.retail.reading_rules import Rules
from aieco_assets.core.retail.rows import ParsedFile, parse_file
from aieco_assets.core.retail.shop.rules import all_rules, is_of_lines
from aieco_assets.core.retail.source import (
    LINES,
    REJECTED,
    PendingTransactions,
    inputs_by_day,
    inputs_digest,
    last_day,
    lines_key,
)
from aieco_assets.core.storage.objects import ObjectStore, open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.declared.sources import DeclaredSource
    from aieco_assets.core.retail.shop.mapping import Shop
    from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class LandedDay:
    """One row of lake.transaction_days, as far as planning needs it."""

    inputs_sha256: str
    rejected: int


@dataclass
class Survey:
    """The source and the lake side by side. `cache`: files that were read, so that landing need not read them twice."""

    source: Connector
    lake: ObjectStore
    rules: Rules
    files: list[SourceFile]
    known: dict[str, str]
    landed: dict[date, LandedDay]
    objects: set[str]
    rejects: set[str]
    cache: ParsedFiles
    shops: list[Shop] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    rules_changed: bool = False
    paths: tuple[str, ...] = ()

    def pending_days(self) -> tuple[date, ...]:
        inputs = inputs_by_day(self.files)
        unsettled = {day for file in self.files if file.waits for day in file.days}
        outdated = {
            day
            for day, files in inputs.items()
            if day not in self.landed
            or self.landed[day].inputs_sha256 != inputs_digest(day, files, self.rules.content_version)
            or lines_key(day) not in self.objects
        }
        return tuple(sorted((outdated - unsettled) | (self.landed.keys() - inputs.keys())))

    def pending(self) -> PendingTransactions:
        if unloadable := self.unloadable():
            return PendingTransactions((), 0, 0, 0, 0, len(self.files), unloadable=unloadable, rules=self.rules)
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
            digest=sha256(
                "\n".join([self.rules.versions, *(f"{path}\0{current[path]}" for path in sorted(current))]).encode()
            ).hexdigest(),
            rules_changed=self.rules_changed,
        )

    def unloadable(self) -> tuple[SourceFile, ...]:
        """All files, each with a reason, of a source that gives not one row; none when it gives some, or may still."""
        if self.waiting or any(sum(file.line_types.values()) for file in self.files):
            return ()
        return tuple(
            replace(file, days={}, quarantined=file.quarantined or "every row is rejected") for file in self.files
        )

    def shop(self) -> tuple[Shop, str] | None:
        """The mapping of most lines that were read just now, and the currency; None where none was."""
        lines: Counter[str] = Counter()
        for file in self.files:
            lines[file.layout] += sum(file.line_types.values())
        shops = {shop.layout: shop for shop in self.shops}
        best = next((layout for layout, _ in lines.most_common() if layout in shops), None)
        if best is None:
            return None
        named = next((file.currency for file in self.files if is_code(file.currency)), "")
        return shops[best], named or shops[best].currency or shops[best].default_currency

    def parse(self, file: SourceFile) -> ParsedFile:
        """The rows of a file that was surveyed. Raises AiecoError when it has changed since."""
        kept_as = _kept_as(file.path, file.sha256, self.rules)
        if (parsed := self.cache.get(kept_as)) is not None:
            return parsed
        data = self.source.get(file.path)
        if sha256(data).hexdigest() != file.sha256:
            raise AiecoError(
                f"{file.path} of {self.source.name} changed while it was being read: run again when it is whole."
            )
        parsed = parse_file(data, file.path, self.rules, self.source.counted_under(file.path))
        self.cache.put(kept_as, parsed, len(data))
        return parsed


def pending_days(settings: Settings, declared: Sequence[DeclaredSource] = ()) -> PendingTransactions:
    """Compare the source, and those that are declared beside it, with the lake by content hash; reads only. Raises
    AiecoError when one of them is not there."""
    with open_source(settings, last_day(), declared) as source, connect(settings.warehouse) as connection:
        return survey(settings, connection, source).pending()


def survey(
    settings: Settings, connection: psycopg.Connection[Any], source: Connector, lake: ObjectStore | None = None
) -> Survey:
    """Hash every file of the source that its stamp does not tell to be unchanged; parse those with other content."""
    lake = lake or open_store(settings.lake, settings)
    stamps = source.list()
    paths = (*stamps,)
    rules = all_rules(source, settings.first_day, last_day(), paths)
    stamps = {path: stamp for path, stamp in stamps.items() if is_of_lines(path, rules)}
    recorded, current, changed = recorded_files(connection, rules)
    reader = Reader(source, rules, recorded, current)
    known = {path: file.sha256 for path, file in recorded.items()}
    # What is kept on disk until it is landed is the source's: where somebody was erased, nothing is.
    on_disk = not read_tombstones(settings, connection)
    cache = ParsedFiles(settings.home / "cache" / "transactions", rules.versions, on_disk)
    objects, rejects = (set(lake.list(f"{kind}/")) for kind in (LINES, REJECTED))
    landed = _landed(connection)
    found = Survey(source, lake, rules, [], known, landed, objects, rejects, cache, rules_changed=changed, paths=paths)
    with (
        closing(source.read([path for path, stamp in stamps.items() if not reader.is_known(path, stamp)])) as contents,
        closing(map_batches(reader.opening(), starmap(reader.fetched, contents), settings)) as opened,
    ):
        for path, stamp in stamps.items():
            if reader.is_known(path, stamp):
                found.files.append(reader.keep(path))
                continue
            one = next(opened)
            file, parsed = reader.read(one, stamp)
            if file:
                found.files.append(file)
            if parsed:
                cache.put(_kept_as(one.path, one.sha256, rules), parsed, one.bytes)
                if parsed.shop not in found.shops:
                    found.shops.append(parsed.shop)
    found.waiting = reader.waiting
    refuse_mistakes(found.files, rules)
    return found


def _kept_as(path: str, digest: str, rules: Rules) -> str:
    """The same bytes are other rows by the rules of another source."""
    return f"{digest} {rules.of(path).version}"


def _landed(connection: psycopg.Connection[Any]) -> dict[date, LandedDay]:
    rows = connection.execute("select invoice_date, inputs_sha256, rejected from lake.transaction_days").fetchall()
    return {day: LandedDay(inputs, rejected) for day, inputs, rejected in rows}
