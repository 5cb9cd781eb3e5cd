"""File by file: what is known of it already, and whether it is to be read, set aside or waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from aieco_assets.core.retail.formats import ENDINGS, is_readable
from aieco_assets.core.retail.records import CutOff, UnreadableFile
from aieco_assets.core.retail.rows import DayPart, ParsedFile, parse_file

if TYPE_CHECKING:
    from aieco_assets.core.storage.objects import ObjectStore

ALL_ENDINGS = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
_SETTLED_S = 10  # a file that ends in the middle and was written to since then waits: it may still be growing


@dataclass(frozen=True)
class SourceFile:
    """One file of the source. Grain: path. `days`: what it gives to each; none when `quarantined` says why.

    `added`: its columns beyond the known ones. `waits`: it is being written; all else is what was last read of it.
    """

    path: str
    sha256: str
    bytes: int
    days: Mapping[date, DayPart]
    quarantined: str | None = None
    read_again_on: date | None = None
    added: tuple[str, ...] = ()
    waits: bool = False


class Reader:
    """Reads the files of one source; call `read` in path order, as the first of two equal files is the one that counts.

    `recorded`: the files as they were last recorded; `current`: paths among them that were read by today's rules.
    """

    def __init__(
        self,
        store: ObjectStore,
        first_day: date,
        last_day: date,
        recorded: Mapping[str, SourceFile],
        current: set[str],
    ) -> None:
        self.store, self.first_day, self.last_day = store, first_day, last_day
        self.recorded, self.current = recorded, current
        self.waiting: list[str] = []
        self._same_bytes: dict[str, str] = {}
        self._same_rows: dict[tuple[tuple[date, DayPart], ...], str] = {}

    def read(self, path: str, data: bytes) -> tuple[SourceFile | None, ParsedFile | None]:
        """The file, None when it is new and waits; and its rows where they had to be read."""
        digest = sha256(data).hexdigest()
        blank = SourceFile(path, digest, len(data), {})
        before = self.recorded.get(path)
        if not is_readable(path):
            return replace(blank, quarantined=f"its name does not end in {ALL_ENDINGS}"), None
        if digest in self._same_bytes:
            return replace(blank, quarantined=f"it has the same content as {self._same_bytes[digest]}"), None
        if before and before.sha256 == digest and path in self.current and self._is_settled(before):
            file, parsed = before, None
        else:
            try:
                parsed = parse_file(data, self.first_day, self.last_day, path)
                if parsed.cut and self._is_young(path):
                    return self._wait(path, before), None
                file = replace(blank, days=parsed.days, read_again_on=parsed.read_again_on, added=parsed.added)
            except UnreadableFile as error:
                if isinstance(error, CutOff) and self._is_young(path):
                    return self._wait(path, before), None
                file, parsed = replace(blank, quarantined=str(error)), None
        self._same_bytes.setdefault(digest, path)
        # A copy that was packed or got other line ends has other bytes and the same rows.
        first = self._same_rows.setdefault(tuple(file.days.items()), path) if file.days else path
        if first != path:
            return replace(blank, quarantined=f"it holds the same rows as {first}"), None
        return file, parsed

    def _is_settled(self, file: SourceFile) -> bool:
        return not file.quarantined and not (file.read_again_on and file.read_again_on <= self.last_day)

    def _is_young(self, path: str) -> bool:
        return self.store.age_s(path) < _SETTLED_S

    def _wait(self, path: str, before: SourceFile | None) -> SourceFile | None:
        """What was read of it before stays until it can be read again."""
        self.waiting.append(path)
        return replace(before, waits=True) if before else None
