"""File by file: what is known of it already, and whether it is to be read, set aside or waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from aieco_assets.core.engine import Step
from aieco_assets.core.engine.prefetch import THREADS
from aieco_assets.core.retail.reading_rules import Rules
from aieco_assets.core.retail.records import CutOff, UnreadableFile
from aieco_assets.core.retail.rows import DayPart, ParsedFile, parse_file
from aieco_assets.core.retail.tables import ALL_ENDINGS, is_readable

if TYPE_CHECKING:
    from aieco_assets.core.retail.connectors import Connector

_SETTLED_S = 10  # a file that ends in the middle and was written to since then waits: it may still be growing


@dataclass(frozen=True)
class SourceFile:
    """One file of the source. Grain: path. `days`: what it gives to each; none when `quarantined` says why.

    `added`: its columns that play no role. `waits`: it is being written; all else is what was last read of it.
    `line_types`: accepted rows by type. `currency`: the one that its lines name, if they do. `layout`: what it was
    read by. `stamp`: what the source said of it when it was read; empty: only its bytes tell whether it has changed.
    `named`: as `ParsedFile` says; nothing of a file without rows.
    """

    path: str
    sha256: str
    bytes: int
    days: Mapping[date, DayPart]
    quarantined: str | None = None
    read_again_on: date | None = None
    added: tuple[str, ...] = ()
    waits: bool = False
    stamp: str = ""
    line_types: Mapping[str, int] = field(default_factory=dict)
    currency: str = ""
    layout: str = ""
    named: bool = False


@dataclass(frozen=True)
class Fetched:
    """A file as it came; no `data` where it need not be read again. `counted_under`: as `Connector` says."""

    path: str
    sha256: str
    bytes: int
    data: bytes | None
    counted_under: date | None


@dataclass(frozen=True)
class Opened:
    """A file's bytes, looked at by themselves: its rows or why it has none; neither where it need not be read again."""

    path: str
    sha256: str
    bytes: int
    parsed: ParsedFile | None = None
    unreadable: UnreadableFile | None = None


class Reader:
    """Reads the files of one source; call `read` in path order, as the first of two equal files is the one that counts.

    `recorded`: the files as they were last recorded; `current`: paths among them that were read by today's rules.
    """

    def __init__(
        self,
        source: Connector,
        rules: Rules,
        recorded: Mapping[str, SourceFile],
        current: set[str],
    ) -> None:
        self.source, self.rules, self.last_day = source, rules, rules.last_day
        self.recorded, self.current = recorded, current
        self.waiting: list[str] = []
        self._same_bytes: dict[str, str] = {}
        self._same_rows: dict[tuple[tuple[date, DayPart], ...], str] = {}

    def is_known(self, path: str, stamp: str) -> bool:
        """Whether the stamp says that the file is as it was recorded, so that it need not be fetched."""
        before = self.recorded.get(path)
        return bool(before and stamp and before.stamp == stamp and path in self.current and self._is_settled(before))

    def keep(self, path: str) -> SourceFile:
        """A file that `is_known`, as it was recorded."""
        before = self.recorded[path]
        return self._second(before) or before

    def fetched(self, path: str, data: bytes) -> Fetched:
        """A file's bytes for `opening`, without those that need not be read again."""
        digest = sha256(data).hexdigest()
        known = not is_readable(path) or digest in self._same_bytes or self._is_unchanged(path, digest)
        return Fetched(path, digest, len(data), None if known else data, self.source.counted_under(path))

    def opening(self) -> Step[Fetched, Opened]:
        """The long part of reading. Changes nothing here: any number of threads or nodes may do it, in any order."""
        return Step(partial(open_fetched, self.rules), open_fetched, (self.rules,), THREADS, lambda one: one.bytes)

    def read(self, opened: Opened, stamp: str = "") -> tuple[SourceFile | None, ParsedFile | None]:
        """The file, None when it is new and waits; and its rows where they had to be read."""
        path, parsed, error = opened.path, opened.parsed, opened.unreadable
        blank = SourceFile(path, opened.sha256, opened.bytes, {})
        before = self.recorded.get(path)
        if not is_readable(path):
            return replace(blank, quarantined=f"its name does not end in {ALL_ENDINGS}"), None
        if opened.sha256 in self._same_bytes:
            return self._second(blank), None
        cut = isinstance(error, CutOff) or (parsed is not None and parsed.cut)
        if cut and self._is_young(path):  # asking for its age may cost a request
            return self._wait(path, before), None
        if error:
            file = replace(blank, quarantined=str(error))
        elif parsed:
            file = SourceFile(
                path,
                opened.sha256,
                opened.bytes,
                parsed.days,
                read_again_on=parsed.read_again_on,
                added=parsed.added,
                stamp=stamp,
                line_types=parsed.line_types,
                currency=parsed.currency,
                layout=parsed.shop.layout,
                named=parsed.named,
            )
        else:
            assert before is not None
            file = replace(before, stamp=stamp)
        second = self._second(file)
        return second or file, None if second else parsed

    def _second(self, file: SourceFile) -> SourceFile | None:
        """The file set aside, when another one came before it that counts; None: it is the first."""
        blank = SourceFile(file.path, file.sha256, file.bytes, {})
        first = self._same_bytes.setdefault(file.sha256, file.path)
        if first != file.path:
            return replace(blank, quarantined=f"it has the same content as {first}")
        # A copy that was packed or got other line ends has other bytes and the same rows.
        first = self._same_rows.setdefault(tuple(file.days.items()), file.path) if file.days else file.path
        if first != file.path:
            return replace(blank, quarantined=f"it holds the same rows as {first}")
        return None

    def _is_unchanged(self, path: str, digest: str) -> bool:
        before = self.recorded.get(path)
        same = before is not None and before.sha256 == digest
        return same and path in self.current and self._is_settled(self.recorded[path])

    def _is_settled(self, file: SourceFile) -> bool:
        return not file.quarantined and not (file.read_again_on and file.read_again_on <= self.last_day)

    def _is_young(self, path: str) -> bool:
        return self.source.age_s(path) < _SETTLED_S

    def _wait(self, path: str, before: SourceFile | None) -> SourceFile | None:
        """What was read of it before stays until it can be read again."""
        self.waiting.append(path)
        return replace(before, waits=True) if before else None


def open_fetched(rules: Rules, one: Fetched) -> Opened:
    """Reads a file's rows, or says why it has none."""
    opened = Opened(one.path, one.sha256, one.bytes)
    if one.data is None:
        return opened
    try:
        return replace(opened, parsed=parse_file(one.data, one.path, rules, one.counted_under))
    except UnreadableFile as error:
        return replace(opened, unreadable=error)
