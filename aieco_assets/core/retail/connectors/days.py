"""A table as a folder: a file of JSON lines for each invoice date, so that all that holds for files holds for it."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.records import as_text
from aieco_assets.core.storage.urls import scrubbed, shown

if TYPE_CHECKING:
    from aieco_assets.core.retail.shop.mapping import Shop

_BATCH_ROWS = 100_000  # rows of following days that are fetched by one query
_SETTLING = timedelta(minutes=10)
_NO_DATE, _ALL = "no-valid-date.jsonl", "all.jsonl"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """The rows of a table that name the same day. `day`: as the table writes it, None when it can't.

    `mark`: changes whenever one of the rows does, as far as the table can tell; empty: it can't.
    """

    day: str | None
    rows: int
    mark: str


class DailyTable(ABC):
    """A connector over a table. Grain of its files: invoice date, `2010-12-01.jsonl`.

    Rows whose date is missing, unreadable or outside first_day..last_day are in one more file; they are rejected, and
    counted under the earliest day, which that file's name begins with. A day is fetched when its stamp has changed,
    which is made of the rows' number and mark; without a mark every day is fetched and told by its hash.
    """

    by_day = True  # False: times that are no text of a day first; all rows are one file then

    def __init__(self, url: str, first_day: date, last_day: date, mapping: Shop | None = None) -> None:
        self.url, self.name, self.mapping = url, shown(url), mapping
        self._valid = (first_day.isoformat(), last_day.isoformat())
        self._rows: dict[str, int] = {}  # valid days -> rows
        self._wanted: frozenset[str] = frozenset()
        self._ahead: dict[str, bytes] = {}

    @property
    @abstractmethod
    def layout(self) -> str:
        """Names the columns and what reads them: with another layout every day is fetched again."""

    @abstractmethod
    def groups(self) -> Iterable[Group]:
        """All rows, by the first 10 characters of their date."""

    @abstractmethod
    def fetch(self, first: str, last: str) -> Iterable[tuple[str | None, Row]]:
        """(day, row) of first..last, both included; others among them do no harm."""

    @abstractmethod
    def fetch_others(self, days: Sequence[str]) -> Iterable[Row]:
        """The rows of none of these days."""

    @abstractmethod
    def fetch_all(self) -> Iterable[Row]:
        """All rows."""

    @abstractmethod
    def close(self) -> None: ...

    def list(self) -> dict[str, str]:
        days: dict[str, list[Group]] = defaultdict(list)
        others: list[Group] = []
        for group in sorted(self.groups(), key=lambda group: (group.day or "", group.mark)):
            (days[str(group.day)] if self.is_day(group.day) else others).append(group)
        if not days and not others:
            raise AiecoError(f"{self.name} holds no rows: set AIECO_TRANSACTIONS to where the transactions are.")
        if not self.by_day:
            return {_ALL: self._stamp([*others, *(group for groups in days.values() for group in groups)])}
        self._rows = {day: sum(group.rows for group in groups) for day, groups in days.items()}
        files = {f"{day}.jsonl": self._stamp(groups) for day, groups in days.items()}
        if others:
            files[".".join([*list(days)[:1], _NO_DATE])] = self._stamp(others)
        return dict(sorted(files.items()))

    def read(self, paths: Sequence[str]) -> Generator[tuple[str, bytes]]:
        self._wanted = frozenset(paths)
        for path in paths:
            yield path, self.get(path)

    def get(self, path: str) -> bytes:
        if path == _ALL:
            return _lines(self.fetch_all())
        if path.endswith(_NO_DATE):
            return _lines(self.fetch_others([*self._rows]))
        if path not in self._ahead:
            days = self._following(path.removesuffix(".jsonl"))
            found: dict[str | None, list[Row]] = {day: [] for day in days}
            for day, row in self.fetch(days[0], days[-1]):
                if day in found:
                    found[day].append(row)
            self._ahead = {f"{day}.jsonl": _lines(rows) for day, rows in found.items()}
        return self._ahead[path]

    def age_s(self, path: str) -> float:
        return math.inf

    def counted_under(self, path: str) -> date | None:
        return date.fromisoformat(path[:10]) if path[:10] in self._rows else None

    def refusal(self, reason: object) -> AiecoError:
        """The sentence for what a driver says."""
        lines = [line.strip() for line in str(reason).strip().splitlines() if not line.endswith("?")]
        said = (lines or ["no reason given"])[-1][:300]  # drivers end with the reason, or with a question about it
        return AiecoError(
            f"{self.name} cannot be read ({scrubbed(said, self.url)}): start its server, or mend AIECO_TRANSACTIONS."
        )

    def _following(self, day: str) -> list[str]:
        """The day and those behind it that are wanted as well, none left out in between."""
        days = [*self._rows]
        start = end = days.index(day)
        rows = self._rows[day]
        while end + 1 < len(days) and f"{days[end + 1]}.jsonl" in self._wanted:
            if (rows := rows + self._rows[days[end + 1]]) > _BATCH_ROWS:
                break
            end += 1
        return days[start : end + 1]

    def is_day(self, text: str | None) -> bool:
        """Whether a group's day is a valid date in first_day..last_day."""
        try:
            return (
                bool(text) and str(date.fromisoformat(str(text))) == text and self._valid[0] <= text <= self._valid[1]
            )
        except ValueError:
            return False

    def _stamp(self, groups: Sequence[Group]) -> str:
        if not all(group.mark for group in groups):
            return ""
        said = [(group.day, group.rows, group.mark) for group in groups]
        return sha256(json.dumps([self.name, self.layout, said]).encode()).hexdigest()


def is_settled(latest: object) -> bool:
    """Whether a change as late as the latest seen can't be under way any more.

    Times are given when a change begins and seen when it ends: another one with an earlier time may still come.
    """
    text = str(latest)[:19]
    try:
        if text[4:5] != "-":
            return True  # a counter
        moment = datetime.fromisoformat(text)
    except ValueError:
        return True
    return moment.replace(tzinfo=timezone.utc) < datetime.now(timezone.utc) - _SETTLING


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=as_text).encode  # json.dumps would make a new one for each row


def _lines(rows: Iterable[Row]) -> bytes:
    """JSON lines, the same for the same rows in whatever order they come."""
    return "".join(sorted(f"{_ENCODE(_texts(row))}\n" for row in rows)).encode()


def _texts(row: Row) -> dict[str, Any]:
    return {
        name: value if isinstance(value := row[name], (str, dict, list)) else as_text(value) for name in _order(*row)
    }


@lru_cache(maxsize=1000)
def _order(*names: str) -> list[str]:
    return sorted(names)
