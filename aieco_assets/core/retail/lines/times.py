"""Times as files write them -> the shop's own clock, in whole seconds.

The written rule for the day of a line: a time with an offset (or Z) is told by the clocks of `written.time_zone`; where
no zone is given, the clock that it was written by counts, and the offset is left out. A time without an offset is the
shop's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.formats import GUESSED, HOURS, ISO
from aieco_assets.core.retail.shop.mapping import UNTOLD, Written

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 5_000  # different values that are looked at
_FAST = "%Y-%m-%d %H:%M:%S"
_PARTS = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})(?:[T ]+(?P<hour>\d{1,2}:\d{2})(?P<second>:\d{2})?(?:[.,]\d{1,9})?)?"
    r"\s*(?P<offset>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\[[^\]]*\])?$"
)
_SHOWN = {ISO: "YYYY-MM-DD HH:MM:SS"}
_EPOCH = (("s", 1_000_000_000, 4_102_444_800), ("ms", 1_000_000_000_000, 4_102_444_800_000))  # 2001 to 2100
_SERIAL = (20_000, 80_000)  # days of Excel since 1899-12-30: 1954 to 2119


def as_times(column: pl.Series, name: str, written: Written) -> tuple[pl.Series, str]:
    """Local times (null where a value is none), and how they are written, for people.

    Raises UnreadableFile where day and month can't be told apart.
    """
    import polars as pl

    if isinstance(column.dtype, pl.Datetime):
        return _local(column, written).dt.truncate("1s").cast(pl.Datetime("us")), "a time"
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us")), "a day"
    if column.dtype.is_numeric():
        column = column.cast(pl.Float64)
        return _numbers(column, written), "a time"
    text = column.cast(pl.String).str.strip_chars()
    if written.date_format and written.date_format != ISO:
        return _parsed(text, written.date_format, written), written.date_format
    quick = text.str.to_datetime(_FAST, strict=False, time_unit="us")
    if not quick.null_count():
        return quick, _SHOWN[ISO]
    style = ISO if written.date_format or quick.null_count() < len(text) / 2 else _told(text, name)
    if style == ISO:
        return quick.zip_with(quick.is_not_null(), _iso(text, written)), _SHOWN[ISO]
    if style == "number":
        return _numbers(text.cast(pl.Float64, strict=False), written), "a time"
    return _parsed(text, style, written), style


def _told(text: pl.Series, name: str) -> str:
    """The format that fits most of the values. Raises UnreadableFile when two fit that mean different days."""
    import polars as pl

    sample = text.filter(text.is_not_null() & (text != "")).unique(maintain_order=True).head(_SAMPLE)
    if not len(sample):
        return ISO
    fits = {ISO: int(sample.str.contains(_PARTS).sum())}
    if (
        not fits[ISO]
        and sample.str.contains(r"^\d+(\.\d+)?$").all()
        and _numbers(sample.cast(pl.Float64), UNTOLD).is_not_null().all()
    ):
        return "number"
    if fits[ISO] * 2 < len(sample):
        for group in GUESSED[1:]:
            counts = {form: _count(sample, form) for day in group for form in (day + hour for hour in HOURS)}
            best = max(counts, key=lambda form: counts[form])
            rivals = [form for form, count in counts.items() if count == counts[best] and form != best and count]
            if rivals and counts[best] > max(fits.values()) and _differ(sample, best, rivals):
                raise UnreadableFile(
                    f"{name} is {sample[0]!r}, where the day may come first or the month: say which in shop.yaml"
                    f" (written.date_format: {best!r} or {rivals[0]!r})"
                )
            fits[best] = max(fits.get(best, 0), counts[best])
    best = max(fits, key=lambda form: fits[form])
    return best if fits[best] else ISO


def _differ(sample: pl.Series, best: str, rivals: list[str]) -> bool:
    mine = _parsed(sample, best, UNTOLD)
    return any((mine != _parsed(sample, other, UNTOLD)).any() for other in rivals)


def _count(sample: pl.Series, form: str) -> int:
    parsed = _parsed(sample, form, UNTOLD)
    return int((parsed.is_not_null() & (parsed.dt.year() > 1970) & (parsed.dt.year() < 2200)).sum())


def _parsed(text: pl.Series, form: str, written: Written) -> pl.Series:
    import polars as pl

    form = form.replace("%S.%f", "%S%.f")
    parsed = text.str.to_datetime(form, strict=False, time_unit="us", ambiguous="earliest")
    return _local(parsed, written).dt.truncate("1s").cast(pl.Datetime("us"))


def _iso(text: pl.Series, written: Written) -> pl.Series:
    import polars as pl

    parts = text.str.extract_groups(_PARTS).struct.unnest()
    clock = pl.col("hour").fill_null("00:00").str.zfill(5) + pl.col("second").fill_null(":00")
    local = (pl.col("day") + " " + clock).str.to_datetime(_FAST, strict=False, time_unit="us")
    parts = parts.with_columns(local=local)
    if written.zone is None or not parts["offset"].is_not_null().any():
        return parts["local"]
    offset = (
        pl.col("offset")
        .str.replace(":", "")
        .str.replace(r"(?i)^(Z|UTC|GMT)$", "+0000")
        .str.replace(r"^(.\d\d)$", "${1}00")
    )
    minutes = offset.str.slice(1, 2).cast(pl.Int32) * 60 + offset.str.slice(3, 2).cast(pl.Int32)
    minutes = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    utc = pl.col("local") - pl.duration(minutes=minutes)
    told = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(str(written.zone)).dt.replace_time_zone(None)
    return parts.select(pl.when(pl.col("offset").is_null()).then("local").otherwise(told).alias("local"))["local"]


def _local(times: pl.Series, written: Written) -> pl.Series:
    zone = getattr(times.dtype, "time_zone", None)
    if zone and written.zone:
        times = times.dt.convert_time_zone(str(written.zone))
    return times.dt.replace_time_zone(None) if zone else times


def _numbers(values: pl.Series, written: Written) -> pl.Series:
    """Days of Excel, or seconds and milliseconds since 1970 (UTC)."""
    import polars as pl

    number = pl.col("v")
    epoch = pl.lit(None, pl.Datetime("us", "UTC"))
    for unit, low, high in _EPOCH:
        scale = 1_000_000 if unit == "s" else 1_000
        is_such = number.is_between(low, high)
        epoch = (
            pl.when(is_such)
            .then((number * scale).cast(pl.Int64, strict=False).cast(pl.Datetime("us", "UTC")))
            .otherwise(epoch)
        )
    days = (number * 86_400_000).round(0).cast(pl.Int64, strict=False) + 500
    serial = pl.datetime(1899, 12, 30, time_unit="us") + pl.duration(milliseconds=days)
    frame = (
        values.alias("v")
        .to_frame()
        .select(epoch=epoch, serial=pl.when(number.is_between(*_SERIAL)).then(serial.dt.truncate("1s")))
    )
    told = _local(frame["epoch"], written).cast(pl.Datetime("us")).dt.truncate("1s")
    return told.zip_with(told.is_not_null(), frame["serial"].cast(pl.Datetime("us")))
