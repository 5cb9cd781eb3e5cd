"""What all readers of transaction files share: why a file is none, limits, and values as text."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

MAX_UNPACKED_BYTES = 2**30
MAX_RATIO = 200  # sales data packs 5 to 30 times; what packs better than this is made to fill the memory
MAX_CELLS = 50_000_000  # of a parquet file or workbook: a few bytes can stand for billions of equal or empty cells
MAX_COLUMNS = 120
_SMALL = 64 * 2**20  # below this a ratio says nothing: a file of one repeated line is harmless


class UnreadableFile(Exception):
    """A file that is set aside whole; the message is the reason."""


class CutOff(UnreadableFile):
    """A file that ends in the middle, as one that is still being written does."""


def storable(text: str) -> bool:
    """Whether Postgres can hold it: no NUL, and no half of a surrogate pair, which only JSON can smuggle in."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(value: Any) -> str | None:
    """A typed value as a csv file would say it, exactly: 6.0 is 6, 2.5500 is 2.55, a fraction of a second stays.

    None and NaN, with which pandas marks what is missing, are None; lists and objects are JSON.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return str(value)  # a duration, a UUID, a driver's own type


def _decimal_text(value: Decimal) -> str | None:
    if value.is_nan():
        return None
    if not value.is_finite() or abs(value.adjusted()) > 30:  # 1e999999999 written out would fill the memory
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def unpacked_limit(packed: int) -> int:
    """The most bytes that a packed file may unpack to."""
    return min(MAX_UNPACKED_BYTES, max(packed * MAX_RATIO, _SMALL))


def too_large(limit: int) -> UnreadableFile:
    """The reason why a file that unpacks beyond its limit is set aside."""
    return UnreadableFile(f"it unpacks to more than {limit // 2**20} MiB: split it into smaller files")
