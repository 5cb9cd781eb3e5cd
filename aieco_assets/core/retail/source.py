"""The transaction source: which days its files make up, and what names a day's content in the lake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256

from aieco_assets.core.retail.reading import SourceFile
from aieco_assets.core.retail.reading_rules import Rules
from aieco_assets.core.retail.rows import DayPart

MOST_TOLD = 10  # files whose reasons are told one by one
LINES, REJECTED = "transactions", "transactions_rejected"


@dataclass(frozen=True)
class PendingTransactions:
    """What landing would do. `days`: invoice dates, ascending, whose content in the lake is missing or outdated.

    Tomorrow's date, which a shop east of here may already write, is left out: its partition begins tomorrow.
    `waiting`: files that are being written; what they will change is not pending yet. `digest`: names the source as it
    is now, so that the same state is asked for once. `unloadable`: all files of a source that gives not one row,
    `quarantined` says why; nothing is pending then. `rules`: those that they were read by. `rules_changed`: another
    mapping than that of the lake's rows.
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
    unloadable: tuple[SourceFile, ...] = ()
    rules: Rules | None = None
    rules_changed: bool = False

    def __bool__(self) -> bool:
        return bool(self.days or self.files_new or self.files_changed or self.files_removed or self.rules_changed)


def last_day() -> date:
    """The last invoice date that is believed: tomorrow (UTC), as shops east of here are ahead."""
    return datetime.now(timezone.utc).date() + timedelta(days=1)


def nothing_loaded(name: str, files: Sequence[SourceFile]) -> str:
    """Why a source gives no row: a sentence for each file, of the first ten."""
    more = f"\n  … and {len(files) - MOST_TOLD:,} more files" if len(files) > MOST_TOLD else ""
    told = "".join(f"\n  {file.path}: {file.quarantined}" for file in files[:MOST_TOLD])
    return f"No row of {name} can be loaded, so the transactions stay as they were:{told}{more}"


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


def inputs_digest(day: date, files: list[SourceFile], version: str) -> str:
    """Names the content of a day before it is landed: which rows of which files, made into a day by which rules.

    `version`: Rules.content_version.
    """
    lines = [version, *(f"{file.path}\0{file.days[day].sha256}" for file in files)]
    return sha256("\n".join(lines).encode()).hexdigest()


def lines_key(day: date) -> str:
    return f"{LINES}/invoice_date={day}/part-0.parquet"


def rejected_key(day: date) -> str:
    return f"{REJECTED}/invoice_date={day}/part-0.parquet"
