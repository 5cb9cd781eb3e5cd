"""Why a row is none of the shop's lines, and why a column can't be what the mapping says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from aieco_assets.core.retail.lines.columns import DECIMALS, NUMBERS, TEXTS, Places
from aieco_assets.core.retail.lines.currencies import is_other, written_columns
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Shop
from aieco_assets.core.retail.tables.table import Table

if TYPE_CHECKING:
    import polars as pl

_SCIENTIFIC = r"^[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}$"
_LIST = r"^\[([\"\d{\[-].*)?\]$"  # as JSON writes one; a text may be in brackets
_SAY = "say how it is written in shop.yaml"
_LOST = "is in scientific notation, as a spreadsheet left it: it may be several things"


class UselessColumn(UnreadableFile):
    """No value of a column is what it must be; `is_time`: of the one with the times."""

    def __init__(self, reason: str, is_time: bool = False) -> None:
        super().__init__(reason)
        self.is_time = is_time


def reasons(table: Table, shop: Shop, at: Places, time_is: tuple[str, str], first_day: date, last_day: date) -> pl.Expr:
    """The first reason that counts, null: the row is a line. `time_is`: the time's column, and how it is written."""
    import polars as pl

    def name(role: str) -> str:
        return table.names[at[role][0]]

    time_name, shape = time_is
    day = pl.col("invoiced_at").dt.date()
    said: list[tuple[pl.Expr, str]] = [
        (day.is_null(), f"{time_name} is not {shape}"),
        (day < first_day, f"{time_name} lies before {first_day}"),
        (day > last_day, f"{time_name} lies in the future"),
    ]
    if table.typed:
        single = [place for role in ("order", "item", "customer", *NUMBERS) for place in at.get(role, ())]
        text = [place for place in single if table.frame.schema[f"c{place}"] == pl.String]
        said += [
            (pl.col(f"c{place}").str.contains(_LIST), f"{table.names[place]} is not a single value") for place in text
        ]
    said += [(pl.col(TEXTS[role]).is_null(), f"{name(role)} is empty") for role in ("order", "item") if role in at]
    said += [(pl.col(role).is_null(), _no_number(name(role), role)) for role in DECIMALS if role in at]
    if "discounts" in at:
        said.append((pl.col("discount").is_null(), _no_discount(table, at)))
    coded = [role for role in ("order", "item", "customer") if role in at]
    said += [(pl.col(TEXTS[role]).str.contains(_SCIENTIFIC), f"{name(role)} {_LOST}") for role in coded]
    if shop.currency and "currency" in at:
        other = pl.col("currency").str.to_uppercase() != shop.currency
        said.append((other, f"{name('currency')} is not {shop.currency}"))
    elif shop.currency:
        said += [
            (is_other(f"c{place}", shop.currency), f"{table.names[place]} is not in {shop.currency}")
            for place in written_columns(table, at)
        ]
    (condition, text), *rest = said
    reason = pl.when(condition).then(pl.lit(text))
    for condition, text in rest:
        reason = reason.when(condition).then(pl.lit(text))
    return reason.otherwise(pl.lit(None, pl.String))


def refuse_useless(
    times: pl.Series, numbers: Mapping[str, pl.Series], table: Table, at: Places, time_is: tuple[str, str]
) -> None:
    """A column in which no value is what it must be has changed its type, or is another. Raises UselessColumn.

    A file of one row can't show that: its row is rejected.
    """
    rows = len(times)
    if rows < 2:
        return
    if times.null_count() == rows:
        raise UselessColumn(
            f"{time_is[0]} is not {time_is[1]} in any of its {rows} rows: {_SAY} (written.date_format)", is_time=True
        )
    for role in DECIMALS:
        if role in numbers and numbers[role].null_count() == rows:
            said = _no_number(table.names[at[role][0]], role)
            raise UselessColumn(f"{said} in any of its {rows} rows: {_SAY} (written.decimal), or name another column")
    if "discounts" in at and numbers["discount"].null_count() == rows:
        raise UselessColumn(
            f"{_no_discount(table, at)} in any of its {rows} rows: leave columns.discounts out of shop.yaml"
        )


def _no_discount(table: Table, at: Places) -> str:
    names = " or ".join(table.names[place] for place in at["discounts"])
    return f"{names} is not an amount of money that is taken off"


def _no_number(name: str, role: str) -> str:
    return f"{name} is not a number with at most {DECIMALS[role]} decimals"
