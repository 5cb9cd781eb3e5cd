"""The audit log as a file of JSON lines that proves itself: a first line with both ends, then the rows.

Every line is written in one way only, so that whatever is altered in the file is seen, blanks included.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import Verdict, stored_rows
from aieco_assets.core.governance.audit_chain import BEGINNING, AuditRow, Chain, Head, canonical
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

_NAME = "aieco audit log"
_MAX_LINE = 1 << 20
# From the first row of the range to the last by sequence: clocks may go back, the chain does not.
_RANGE = """
    select min(sequence) - 1, max(sequence) from governance.audit
    where (%(since)s::timestamptz is null or at >= %(since)s) and (%(until)s::timestamptz is null or at < %(until)s)
"""


def export(settings: Settings, path: Path, since: datetime | None = None, until: datetime | None = None) -> Verdict:
    """Writes the rows of since..until (`until` is not among them; default: all) into a new file, whole or not at all.

    Raises AiecoError where the file is there already or can't be written, and for a log that is broken in that range.
    """
    if path.exists():
        raise AiecoError(f"{path} is there already: name a file that is not.")
    with connect(settings.warehouse) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        after, last = connection.execute(_RANGE.encode(), {"since": since, "until": until}).fetchone() or (None, None)
        start, end, head = (_at(connection, sequence) for sequence in (after or 0, last or 0, None))
        chain = Chain(start)
        lines = (chain.follow([row]) and row for row in stored_rows(connection, after or 0, last or 0))
        _write(path, _header(start, end, head), lines)
    if chain.problem:
        path.unlink()
        raise AiecoError(f"The audit log is broken, {chain.problem}: nothing was exported; see `aieco audit verify`.")
    return Verdict(chain.rows, chain.last, "")


def verify_file(path: Path) -> Verdict:
    """Checks an export by itself. Raises AiecoError for a file that can't be read."""
    chain, problem, end = Chain(), "", BEGINNING
    try:
        with open(path, "rb") as file:
            start, end, problem = _read_header(file.readline(_MAX_LINE))
            chain = Chain(start)
            number = 1
            while not problem and not chain.problem and (line := file.readline(_MAX_LINE)):
                number += 1
                row = _read_row(line)
                problem = "" if row else f"line {number} is not as it was written"
                chain.follow([row] if row else [])
    except OSError as error:
        raise AiecoError(f"{path} cannot be read ({error.strerror}): name an export of `aieco audit export`.") from None
    problem = problem or chain.problem
    if not problem and chain.last != end:
        problem = f"row {chain.last.sequence + 1} is missing: the export ends with row {end.sequence}"
    return Verdict(chain.rows, chain.last, problem)


def _header(start: Head, end: Head, head: Head) -> str:
    told: dict[str, Any] = {"log": _NAME, "after": asdict(start), "last": asdict(end), "head": asdict(head)}
    return canonical({**told, "sha256": sha256(canonical(told).encode()).hexdigest()}) + "\n"


def _read_header(line: bytes) -> tuple[Head, Head, str]:
    try:
        told = json.loads(line)
        start, end, head = (Head(**told[name]) for name in ("after", "last", "head"))
    except (ValueError, KeyError, TypeError):
        return BEGINNING, BEGINNING, "line 1 is not that of an export"
    whole = line.decode() == _header(start, end, head)
    return start, end, "" if whole else "line 1 is not as it was written"


def _line(row: AuditRow) -> str:
    return canonical(asdict(row)) + "\n"


def _read_row(line: bytes) -> AuditRow | None:
    try:
        told = json.loads(line)
        row = AuditRow(**told) if isinstance(told, dict) and len(told) == len(fields(AuditRow)) else None
    except (ValueError, TypeError, RecursionError):
        return None
    return row if row and line == _line(row).encode() else None


def _at(connection: psycopg.Connection[Any], sequence: int | None) -> Head:
    """The row of a sequence, or the last one."""
    row = connection.execute(
        "select sequence, hash from governance.audit where %s::bigint is null or sequence = %s"
        " order by sequence desc limit 1",
        (sequence, sequence),
    ).fetchone()
    return Head(*row) if row else BEGINNING


def _write(path: Path, header: str, rows: Iterator[AuditRow]) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(header)
            file.writelines(map(_line, rows))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise AiecoError(f"{path} cannot be written ({error.strerror}): name a file in a folder that can.") from None
    finally:
        new.unlink(missing_ok=True)
