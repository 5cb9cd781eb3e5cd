"""Ids that begin as those of another source do: it has its name in front of them, so that no two things become one."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_IDS = ("customer_id", "invoice_no", "stock_code")  # a customer first: an order's number may be made of hers
_CASED = "customer_id"  # the warehouse keeps the others in capitals
_LIKE_A_NAME = r"(?i)^[a-z][a-z0-9_]{1,49}-"  # `checked_name`


def refuse_taken(frame: pl.DataFrame, taken: Mapping[str, Sequence[str]], said: Mapping[str, str]) -> pl.DataFrame:
    """The lines, each with a reason where an id begins with a name that is `taken` in its column, by column; `said`:
    what the file calls the columns."""
    import polars as pl

    reason = pl.col("reason")
    for column in (one for one in _IDS if one in taken):
        for name in taken[column]:
            ids, prefix = pl.col(column), f"{name}-"
            begins = (
                ids.str.starts_with(prefix)
                if column == _CASED
                else ids.str.to_uppercase().str.starts_with(prefix.upper())
            )
            why = (
                f"{said.get(column, column)} begins with {prefix}, which stands in front of what the declared source "
                f"{name} holds: rename the folder of its defs.yaml"
            )
            reason = pl.when(reason.is_null() & begins.fill_null(False)).then(pl.lit(why)).otherwise(reason)
    return frame.with_columns(reason.alias("reason")) if taken else frame


def is_named(frame: pl.DataFrame, own: Container[str]) -> bool:
    """Whether an id looks as if it began with the name of a source, but for the columns where it has its `own`."""
    columns = [column for column in _IDS if column not in own]
    return any(bool(frame[column].str.contains(_LIKE_A_NAME).any()) for column in columns)
