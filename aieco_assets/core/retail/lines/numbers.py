"""Numbers as people and programs write them: decimal commas, marks between thousands, currency signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 20_000  # different values that are looked at
_DIGITS = 11  # before the decimal mark: quantity x unit price must fit the warehouse
_NOT_PLAIN = r"[^\d.+\s-]|\..*\."
_FRACTION = r"\.(\d{1,2}|\d{4,})$|^[+-]?0*\.\d"  # a point that is sure to begin decimals
_DOUBLE = r"^[+-]?\d*\.\d{12,}$"
# Signs and codes of currencies, and the blanks between them and the number.
_SMALL = r"(?:kr|fr|rs)\b\.?|zł|kč|ft"
_MONEY = (
    rf"(?i)^\s*(?:[a-z]{{3}}\b|[\p{{Sc}}]|[a-z]{{0,2}}\$|{_SMALL})?\s*"
    rf"|\s*(?:[a-z]{{3}}|\p{{Sc}}|[a-z]{{0,2}}\$|{_SMALL})?\s*$"
)
_SIGN_FIRST = r"^([+-])\s*(\p{Sc})\s*"
_BLANKS = r"[\s\u00a0\u202f\u2009]"
_BRACKETS, _MINUS_BEHIND = r"^\((.+)\)$", r"^([^-].*)-$"


@dataclass(frozen=True)
class Marks:
    """Decimal mark, and the marks that may stand between thousands. `said`: by the mapping, so that no column may
    have others of its own."""

    decimal: str = "."
    thousands: str = ","
    said: bool = False


def marks_of(columns: Sequence[tuple[str, pl.Series]], written: Written, typed: bool, delimiter: str = "") -> Marks:
    """How the numbers of a file are written; its columns of numbers together decide. `columns`: name and values.

    `typed`: the file has numbers of its own, so what people wrote is the exception. Raises UnreadableFile where
    1.200 may be 1200.
    """
    if written.decimal:
        return Marks(written.decimal, written.thousands or (".'" if written.decimal == "," else ",'"), said=True)
    if _is_plain([column for _, column in columns]):
        return Marks()
    votes = {".": 0, ",": 0}
    unclear: tuple[str, str] | None = None
    for name, column in columns:
        if (found := _votes(column)) is None:
            continue
        for mark in votes:
            votes[mark] += found[mark]
        unclear = unclear or ((name, found["unclear"]) if found["unclear"] else None)
    if written.thousands:
        votes["," if written.thousands == "." else "."] += 1
    # Who writes decimal commas has no commas between the values, so a point among those is one of decimals.
    is_told = typed or (delimiter == "," and unclear is not None and "." in unclear[1])
    if votes[","] == votes["."] == 0 and unclear and not is_told:
        raise UnreadableFile(
            f"{unclear[0]} is {unclear[1]!r}, which may be {unclear[1].replace(',', '').replace('.', '')} or "
            f"{unclear[1].replace(',', '.')}: say which in shop.yaml (written.decimal)"
        )
    return Marks(",", ".'") if votes[","] > votes["."] else Marks(".", ",'")


def _is_plain(columns: Sequence[pl.Series]) -> bool:
    """Whether all numbers are as programs write them, and a point among them can be no mark between thousands."""
    import polars as pl

    texts = pl.DataFrame({str(index): column for index, column in enumerate(columns) if column.dtype == pl.String})
    if not texts.width:
        return True
    odd = pl.any_horizontal(pl.all().str.contains(_NOT_PLAIN)).any()
    fraction = pl.any_horizontal(pl.all().str.contains(_FRACTION)).any()
    point = pl.any_horizontal(pl.all().str.contains(".", literal=True)).any()
    found = texts.select(odd=odd, fraction=fraction, point=point).row(0, named=True)
    return not found["odd"] and bool(found["fraction"] or not found["point"])


def as_decimal(column: pl.Series, marks: Marks, scale: int) -> pl.Series:
    """The values as Decimal(28, scale), null where one is no number of at most that many decimals."""
    import polars as pl

    kind = pl.Decimal(28, scale)
    if column.dtype.is_integer():
        return _within(column.cast(kind, strict=False))
    if column.dtype.is_float():
        return _of_doubles(column, scale)
    if column.dtype.is_decimal():
        fits = column == column.round(scale)
        return _within(column.set(~fits.fill_null(False), None).cast(kind, strict=False))
    text = column.cast(pl.String).alias("t").to_frame()
    decimals = rf"^[+-]?\d{{0,{_DIGITS}}}(\.\d{{1,{scale}}}0*)?$"
    if marks.decimal == ".":  # mostly all are as programs write them: one look is enough then
        value = pl.col("t").str.strip_chars()
        fits = value.str.contains(decimals) & (value != "")
        plain = text.select(
            pl.when(fits).then(value).cast(kind, strict=False).alias("v"), odd=(~fits & (value != "")).any()
        )
        if not plain["odd"].any():
            return plain["v"]
    # A program may count with a point (1.0) beside prices that people write with a comma; 1.0 can't be thousands.
    own, other = None if marks.said else _votes(text["t"]), "," if marks.decimal == "." else "."
    if own and own[other] and not own[marks.decimal] and not own["unclear"]:
        marks = Marks(other, f"{marks.decimal}'")
    cleaned = _cleaned(text["t"].str.strip_chars(), marks)
    fits = (cleaned.str.contains(decimals) & (cleaned != "")).fill_null(False)
    found = cleaned.set(~fits, None).cast(kind, strict=False)
    as_stored = cleaned.str.contains(_DOUBLE).fill_null(False) & ~fits
    if as_stored.any():  # a program wrote all the digits of a double: 0.30000000000000004
        found = found.zip_with(~as_stored, _of_doubles(cleaned.set(~as_stored, None).cast(pl.Float64), scale))
    return found


def _of_doubles(column: pl.Series, scale: int) -> pl.Series:
    """A double holds 15 digits: what differs from the rounded value by less than that is how it stores it."""
    import polars as pl

    column = column.cast(pl.Float64)
    near = (column - column.round(scale)).abs() <= (column.abs() * 1e-14).clip(1e-12)
    bad = ~near.fill_null(False) | ~column.is_finite().fill_null(False)
    return _within(column.set(bad, None).round(scale).cast(pl.Decimal(28, scale), strict=False))


def _within(numbers: pl.Series) -> pl.Series:
    return numbers.set((numbers.abs() >= 10**_DIGITS).fill_null(False), None)


def _cleaned(text: pl.Series, marks: Marks) -> pl.Series:
    """Numbers as a program writes them; what is none has become a text that is none either."""
    import polars as pl

    between = "".join(rf"\{mark}" for mark in marks.thousands)
    thousands = rf"^[+-]?\d{{1,3}}([{between}\s\u00a0\u202f]\d{{3}})+(\{marks.decimal}\d+)?$"
    expr = pl.col("t").str.replace_all("\u2212", "-", literal=True)
    expr = expr.str.replace(_SIGN_FIRST, "$2$1").str.replace_all(_MONEY, "")
    expr = expr.str.replace(_BRACKETS, "-$1").str.replace(_MINUS_BEHIND, "-$1")
    expr = expr.str.replace(_SIGN_FIRST, "$2$1").str.replace_all(_MONEY, "")
    grouped = expr.str.contains(thousands)
    bare = expr.str.replace_all(rf"[{between}]|{_BLANKS}", "")
    expr = pl.when(grouped).then(bare).otherwise(expr)
    if marks.decimal == ",":
        expr = (
            pl.when(expr.str.contains(".", literal=True))
            .then(pl.lit("?"))
            .otherwise(expr.str.replace(",", ".", literal=True))
        )
    return text.alias("t").to_frame().select(expr.alias("t"))["t"]


def _votes(column: pl.Series) -> dict[str, Any] | None:
    import polars as pl

    if column.dtype != pl.String:
        return None
    values = column.drop_nulls().unique().head(_SAMPLE).to_frame("t")
    cleaned = pl.col("t").str.strip_chars().str.replace_all(_MONEY, "").str.replace_all(r"^[+(-]|[-)]$", "")
    values = values.select(cleaned).filter(
        pl.col("t").str.contains(r"^\d[\d.,'\s\u00a0]*$") & pl.col("t").str.contains("[.,]")
    )
    text = pl.col("t")
    last = text.str.extract(r"([.,])[^.,]*$")
    both = text.str.contains(r"\..*,|,.*\.")
    several = text.str.count_matches("[.,]") > 1
    behind = text.str.extract(r"[.,](\d*)$").str.len_chars()
    # One mark with other than three digits behind it, or 0 before it, is no mark between thousands.
    single = ~several & ((behind != 3) | text.str.contains("^0"))
    found = values.select(
        point=((both | single) & (last == ".") | several & ~both & (last == ",")).sum(),
        comma=((both | single) & (last == ",") | several & ~both & (last == ".")).sum(),
        unclear=text.filter(~several & ~single).first(),
    ).row(0, named=True)
    return {".": found["point"] or 0, ",": found["comma"] or 0, "unclear": found["unclear"]}
