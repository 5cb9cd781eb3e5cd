"""Exports that say what holds for an order on its first line only, as web shops write them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_LEAST = 2  # columns that must be written so


def filled_down(frame: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    """The sample with those columns filled on the other lines of the orders, and whether it has any."""
    import polars as pl

    blank = frame.with_columns(pl.when(pl.col(name).str.strip_chars() != "").then(name) for name in frame.columns)
    best: list[str] = []
    numbers = ""
    for name in frame.columns:
        if blank[name].null_count() or not 0.05 < 1 - blank[name].n_unique() / max(1, frame.height) < 0.98:
            continue
        first = (blank[name] != blank[name].shift(1)).fill_null(True)
        if first.all():  # amounts, say: all that is empty is the row of the total below them
            continue
        told = [
            other
            for other in frame.columns
            if blank[other].null_count() > 0
            and not (blank[other].is_not_null() & ~first).any()
            and (blank[other].is_not_null() & first).sum() > 0.9 * int(first.sum() or 0)
        ]
        if len(told) > len(best):
            best, numbers = told, name
    if len(best) < _LEAST:
        return frame, False
    run = (blank[numbers] != blank[numbers].shift(1)).fill_null(True).cum_sum()
    return blank.with_columns(pl.col(best).forward_fill().over(run)), True
