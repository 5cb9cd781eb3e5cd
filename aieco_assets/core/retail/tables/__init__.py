"""Bytes of a file -> its tables of values as they stand in it, by the ending of its name. Nothing here knows a shop."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO

from aieco_assets.core.retail.records import CutOff, UnreadableFile, too_large, unpacked_limit
from aieco_assets.core.retail.shop.mapping import Written
from aieco_assets.core.retail.tables.table import Fits, Table

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
LINE_ENDINGS = (".jsonl", ".ndjson", ".json")
ENDINGS = (
    *(f"{ending}{packed}" for ending in (*TEXT_ENDINGS, *LINE_ENDINGS) for packed in ("", ".gz")),
    *(".parquet", ".xlsx", ".xlsm"),
)
ALL_ENDINGS = ".csv, .tsv, .txt, .jsonl, .ndjson, .json (all also with .gz), .parquet, .xlsx or .xlsm"


def is_readable(name: str) -> bool:
    """Whether a file's name has one of the endings that are read."""
    return name.lower().endswith(ENDINGS)


def read_tables(
    data: bytes, name: str, fits: Fits, written: Written, sheets: tuple[str, ...] = (), rows: str | None = None
) -> list[Table]:
    """The tables of a file whose header `fits`; those of a workbook are its sheets.

    `rows`: the array of a JSON object that holds its lines. Raises UnreadableFile when there is none, NoFittingHeader,
    which is one, when there are tables and none has a header that fits, and CutOff, also one, when the file ends in
    the middle.
    """
    if not data:
        raise CutOff("it is empty: is it still being written?")
    name = name.lower()
    if name.endswith(".parquet"):
        from aieco_assets.core.retail.tables.parquet import read_parquet

        return [read_parquet(data, fits)]
    if name.endswith((".xlsx", ".xlsm")):
        from aieco_assets.core.retail.tables.workbook import read_workbook

        return read_workbook(data, fits, written, sheets)
    from aieco_assets.core.retail.tables.text import decode

    packed = name.endswith(".gz")
    text = decode(_gunzip(data) if packed else data, written.encoding)
    if name.removesuffix(".gz").endswith(LINE_ENDINGS):
        from aieco_assets.core.retail.tables.json_lines import read_json

        table = read_json(text, fits, rows)
    else:
        from aieco_assets.core.retail.tables.delimited import read_delimited

        table = read_delimited(text, fits, written)
    table.cut = table.cut and not packed  # its checksum says that it is whole
    return [table]


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
