"""One file of transactions, whichever format -> its records as text. Pure: bytes and a name in, records out."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.retail.records import (
    CutOff,
    Layout,
    Records,
    UnreadableFile,
    as_text,
    too_large,
    unpacked_limit,
)

ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet", ".xlsx")


def is_readable(name: str) -> bool:
    """Whether a file's name has one of the endings that are read."""
    return name.lower().endswith(ENDINGS)


def read_records(data: bytes, name: str) -> Records:
    """Read a file by the ending of its name.

    The row number is the line for text, the record number + 1 for parquet, Excel's own row for a workbook. Raises
    UnreadableFile when no record can be told, and CutOff, which is one, when the file ends in the middle.
    """
    if not data:
        raise CutOff("it is empty: is it still being written?")
    name = name.lower()
    if name.endswith(".parquet"):
        from aieco_assets.core.retail.tables import read_parquet

        return read_parquet(data)
    if name.endswith(".xlsx"):
        from aieco_assets.core.retail.tables import read_workbook

        return read_workbook(data)
    read: Callable[[str], Records] = _read_csv if name.endswith((".csv", ".csv.gz")) else _read_json_lines
    if not name.endswith(".gz"):
        return read(_decode(data))
    records = read(_decode(_gunzip(data)))
    records.cut = False  # its checksum says that it is whole
    return records


def _gunzip(data: bytes) -> bytes:
    limit = unpacked_limit(len(data))
    chunks, size = [], 0
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as file:
            while chunk := file.read(2**20):
                chunks.append(chunk)
                if (size := size + len(chunk)) > limit:
                    raise too_large(limit)
    except EOFError:
        raise CutOff("it is cut off: its gzip stream has no end: is it still being written?") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFile(f"it cannot be read as gzip ({error})") from None
    return b"".join(chunks)


def _decode(data: bytes) -> str:
    if b"\0" in data:
        raise UnreadableFile("it holds NUL bytes: it is not UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        kind = CutOff if error.reason == "unexpected end of data" else UnreadableFile
        raise kind(f"it is not UTF-8 (byte {error.start}, line {line})") from None


def _read_csv(text: str) -> Records:
    lines = text.split("\n")
    layout = _csv_layout(lines)
    records = Records(added=layout.added, layout="" if layout.plain else "\0".join(layout.names))
    width, commas = len(layout.names), len(layout.names) - 1 if layout.plain else -1
    for number, line in enumerate(lines[1:], start=2):
        line = line.removesuffix("\r")
        # The usual line is not taken apart here: a whole file at once is faster. NUL bytes were refused before.
        if line.count(",") == commas and '"' not in line:
            records.lines[number] = line
            continue
        fields = fields_of(line) if '"' in line else line.split(",")
        if fields is not None and len(fields) == width:
            records.add(layout, number, line, fields)
        elif line.strip():
            reason = "its quotes do not match" if fields is None else f"it has {len(fields)} fields, not {width}"
            records.broken.append((number, line, reason))
    records.cut = bool(records.broken) and records.broken[-1][0] == len(lines)
    return records


def _csv_layout(lines: list[str]) -> Layout:
    line = lines[0].removesuffix("\r")
    found = f"the header is {line.strip()[:200]!r}"
    try:
        return Layout(fields_of(line) or [], found)
    except UnreadableFile as error:
        if len(lines) == 1:
            raise CutOff(str(error)) from None
        for separator in ";\t|":
            if {name.strip('" ') for name in line.split(separator)} >= {*TRANSACTION_COLUMNS}:
                raise UnreadableFile(f"{found}: its columns are separated by {separator!r}, not by ','") from None
        raise


def fields_of(line: str) -> list[str] | None:
    """Fields of one csv line, None when its quotes do not match."""
    try:
        return next(csv.reader((line,), strict=True), [])
    except csv.Error:
        return None


def _read_json_lines(text: str) -> Records:
    lines = text.split("\n")
    records = Records()
    found: list[tuple[int, str, dict[str, Any]]] = []
    names: dict[str, None] = {}
    for number, line in enumerate(lines, start=1):
        line = line.removesuffix("\r")
        if not line.strip():
            continue
        try:
            value = _JSON.decode(line)
        except _DoubleName as error:
            records.broken.append((number, line, str(error)))
            continue
        except (ValueError, ArithmeticError, RecursionError):  # a number can be too large for Decimal as well
            value = None
        if isinstance(value, dict):
            found.append((number, line, value))
            names |= dict.fromkeys(value)
        else:
            records.broken.append((number, line, "it is not a JSON object"))
    records.cut = bool(records.broken) and records.broken[-1][0] == len(lines)
    if not found:
        raise (CutOff if records.cut else UnreadableFile)("none of its lines is a JSON object")
    layout = Layout([*names], f"its columns are {', '.join(names)[:200]!r}")
    records.added = layout.added
    for number, line, value in found:
        nested = _NESTED.intersection(map(type, value.values()))
        if nested and (spoilt := [name for name in TRANSACTION_COLUMNS if type(value.get(name)) in nested]):
            records.broken.append((number, line, f"{spoilt[0]} is not a single value"))
        else:
            texts = [found if type(found) is str else as_text(found) for found in map(value.get, names)]
            records.add(layout, number, line, texts)
    return records


class _DoubleName(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DoubleName("it names a column more than once")
    return found


_NESTED = {dict, list}
# Decimals keep what is written; a float would not.
_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_float=Decimal, parse_constant=lambda text: Decimal(text))
