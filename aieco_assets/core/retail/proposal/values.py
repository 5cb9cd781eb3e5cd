"""How the values of a text column are written: numbers with either decimal mark, dates in the formats of the world."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from aieco_assets.core.retail.shop.formats import GUESSED, HOURS, ISO

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

# What stands around the digits of money; removed before a number is read.
_AROUND = r"[\s\x{00a0}\x{202f}'’$£€¥₹]|(?i:EUR|GBP|USD|CHF|SEK|DKK|NOK|PLN|CZK|kr|zł)\.?"
_POINT, _COMMA = r"^[-+]?(\d{1,3}(,\d{3})+|\d*)(\.\d+)?$", r"^[-+]?(\d{1,3}(\.\d{3})+|\d*)(,\d+)?$"
_SURELY_POINT = r"\.(\d{1,2}|\d{4,})$|,\d{3}\.|,\d{3},|^[-+]?0?\.\d+$|^[-+]?0\.\d+$|^[-+]?\d{4,}\.\d{3}$"
_SURELY_COMMA = r",(\d{1,2}|\d{4,})$|\.\d{3},|\.\d{3}\.|^[-+]?0?,\d+$|^[-+]?\d{4,},\d{3}$"
_EXPONENT = r"^[-+]?\d(\.\d+)?[eE][-+]?\d+$"
_ISO = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\s?(Z|[+-]\d{2}:?\d{2})?$"
_CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?( ?[AaPp][Mm])?$"
_FITS = 0.985  # the share of the values that must read as a number or a date: the rest are what is rejected
_YEARS = (1985, 2100)


@dataclass(frozen=True)
class Numbers:
    """`decimal`: the mark that the values show, empty when they show none, `?` when 1.234 could be either."""

    values: np.ndarray
    decimal: str


@dataclass(frozen=True)
class Dates:
    """`formats`: those that read the column, best first; a second one is another reading of it."""

    formats: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    clock: bool
    offset: bool = False


def read_numbers(texts: pl.Series, decimal: str = "") -> Numbers | None:
    """The column as numbers, NaN where it has none; None when it holds something else. `decimal`: said by a person."""
    import polars as pl

    there = texts.drop_nulls()
    if not there.len() or not there.str.contains(r"\d").any():
        return None
    bare = there.str.replace_all(_AROUND, "")
    surely_point = int(bare.str.contains(_SURELY_POINT).sum())
    surely_comma = int(bare.str.contains(_SURELY_COMMA).sum())
    marked = bool(bare.str.contains(r"[.,]").any())
    mark = decimal or ("," if surely_comma > surely_point else ".")
    exponent = bare.str.contains(_EXPONENT)
    fits = (bare.str.contains(_COMMA if mark == "," else _POINT) & (bare != "")) | exponent
    if share_of(fits) < _FITS:
        return None
    stripped = texts.str.replace_all(_AROUND, "")
    plain = (
        stripped.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        if mark == ","
        else stripped.str.replace_all(",", "", literal=True)
    )
    if exponent.any():
        plain = pl.select(pl.when(stripped.str.contains(_EXPONENT)).then(stripped).otherwise(plain)).to_series()
    values = plain.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    shown = "" if not marked else mark if decimal or surely_point or surely_comma else "?"
    return Numbers(values, shown)


def read_dates(texts: pl.Series) -> Dates | None:
    """The column as times, NaT where it has none; None when it holds none."""
    import polars as pl

    there = texts.drop_nulls().str.strip_chars()
    if not there.len() or not there.str.contains(r"\d").any():
        return None
    few = there.unique(maintain_order=True).head(400)
    if share_of(few.str.contains(_ISO)) >= _FITS:
        seconds = texts.str.strip_chars().str.replace("T", " ", literal=True).str.slice(0, 19)
        read = pl.select(pl.coalesce(seconds.str.to_datetime(form, strict=False) for form in _ISO_FORMS)).to_series()
        values = _believed(read)
        if values is None:
            return None
        clock = bool(few.str.contains(":").any())
        return Dates((ISO,), (values,), clock, bool(few.str.contains(r"(Z|[+-]\d{2}:?\d{2})$").any()))
    if 0.02 < share_of(few.str.contains(_ISO)) < _FITS:
        return _mixed(texts)
    for group in GUESSED[1:]:
        for hour in HOURS:
            found = [
                (form + hour, values) for form in group if (values := _read_as(few, texts, form + hour)) is not None
            ]
            if found:
                clock = any(mark in found[0][0] for mark in ("%H", "%I"))
                return Dates(tuple(form for form, _ in found), tuple(values for _, values in found), clock)
    return None


def read_epoch(texts: pl.Series) -> Dates | None:
    """Seconds or milliseconds since 1970, of the years from 1985 to now; None where a value is something else."""
    import polars as pl

    number = texts.cast(pl.Float64, strict=False)
    if number.null_count() > texts.null_count() or number.null_count() == len(number):
        return None
    # Of both, seconds of these years are no milliseconds of these years.
    number = pl.select(pl.when(number < 1e11).then(number * 1000).otherwise(number)).to_series()
    read = number.cast(pl.Int64).cast(pl.Datetime("ms"))
    first, last = (datetime(_YEARS[0], 1, 1), datetime.now() + timedelta(days=2))
    if not read.drop_nulls().is_between(first, last).all():
        return None
    return Dates((EPOCH,), (read.to_numpy(),), True, True)


def _mixed(texts: pl.Series) -> Dates | None:
    """Files that write their dates in two ways, of which one is ISO: no format is told, each file tells its own."""
    import numpy as np

    is_iso = texts.str.strip_chars().str.contains(_ISO).fill_null(False)
    one, other = read_dates(texts.set(~is_iso, None)), read_dates(texts.set(is_iso, None))
    if one is None or other is None or len(other.formats) > 1:
        return None
    values = np.where(np.isnat(one.values[0]), other.values[0], one.values[0])
    return Dates((MIXED,), (values,), one.clock or other.clock, one.offset)


MIXED = "in more than one way"
EPOCH = "seconds or milliseconds since 1970"
_ISO_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def share_of(fits: pl.Series) -> float:
    """The share of a column of true and false that is true; 0 of an empty one."""
    return float(fits.sum()) / len(fits) if len(fits) else 0.0


def is_clock(texts: pl.Series) -> bool:
    """Whether the values are times of day."""
    return share_of(texts.drop_nulls().str.strip_chars().str.contains(_CLOCK)) >= _FITS


def _read_as(few: pl.Series, texts: pl.Series, form: str) -> np.ndarray | None:
    if not _mostly(few, _shape(form)) or share_of(_parsed(few, form).is_not_null()) < _FITS:
        return None
    return _believed(_parsed(texts.str.strip_chars(), form))


def _mostly(few: pl.Series, shape: re.Pattern[str]) -> bool:
    values = few.to_list()
    if sum(not shape.match(value) for value in values[:10]) > 1:
        return False
    return sum(bool(shape.match(value)) for value in values) >= _FITS * len(values)


@lru_cache(200)
def _shape(form: str) -> re.Pattern[str]:
    """How long the values of a format are: strptime would read 26 as the year 26, and 1234 as a date."""
    some = r"\d{2}" if form.startswith("%Y%m%d") else r"\w+?"
    parts = {"%Y": r"\d{4}", "%y": r"\d{2}", "%.f": r"\.\d+"}
    found = re.findall(r"%\.f|%.| (?=%p)|[^%]", form)
    # 9:05pm is read as 9:05 pm is.
    shape = (
        " ?" if part == " " and after == "%p" else parts.get(part, some) if part[0] == "%" else re.escape(part)
        for part, after in zip(found, [*found[1:], ""], strict=True)
    )
    return re.compile("".join(shape) + "$")


def _parsed(texts: pl.Series, form: str) -> pl.Series:
    import polars as pl

    if any(mark in form for mark in ("%H", "%I")):
        return texts.str.to_datetime(form, strict=False)
    return texts.str.to_date(form, strict=False).cast(pl.Datetime)


def _believed(read: pl.Series) -> np.ndarray | None:
    """The times, None when too few are read or they lie beyond the years in which shops kept files."""
    there = read.drop_nulls()
    if not there.len():
        return None
    first, last = there.min(), there.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return None
    if first.year < _YEARS[0] or last.year > _YEARS[1]:
        share = share_of(there.dt.year().is_between(*_YEARS))
        if share < _FITS:
            return None
    return read.dt.cast_time_unit("ms").to_numpy()
