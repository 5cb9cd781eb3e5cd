"""Lines of customers who were erased: left out of a day, wherever it is made."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.connectors.combined import own_prefix
from aieco_assets.core.retail.tables.table import RAW

if TYPE_CHECKING:
    import polars as pl

# Which of these customers were erased.
Erased = Callable[[Iterable[str]], set[str]]
_CODE_SUFFIX = re.compile(r"\.0+$")
_BETWEEN = re.compile(r"[\s,;|\t\"']+")


def without_erased(
    lines: pl.DataFrame, rejects: pl.DataFrame, erased: Erased
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Accepted and rejected rows without those of erased customers, and how many those are. Positions stay."""
    import polars as pl

    kept, kept_rejects = lines, rejects
    if gone := erased(lines["customer_id"].drop_nulls().unique().to_list()):
        kept = lines.filter(~pl.col("customer_id").is_in(sorted(gone)).fill_null(False))
    if rejects.height:
        told = [{*_values(raw)} for raw in rejects[RAW].to_list()]
        if "_source_file" in rejects.columns:
            told = [_with_own(values, path) for values, path in zip(told, rejects["_source_file"], strict=True)]
        if gone := erased(set().union(*told)):
            kept_rejects = rejects.filter(pl.Series([not values & gone for values in told], dtype=pl.Boolean))
    return kept, kept_rejects, lines.height - kept.height + rejects.height - kept_rejects.height


def _with_own(values: set[str], path: str) -> set[str]:
    """Also as the lines of a declared source would have them; what the record itself says stays, whosever it is."""
    name, below, _ = path.partition("/")
    return values | {own_prefix(name) + value for value in values} if below else values


def _values(raw: str | None) -> Iterator[str]:
    """What stands in a record that was rejected, each value also as the lines would have it."""
    try:
        values = list(_leaves(json.loads(raw or "")))
    except (ValueError, RecursionError):
        values = _BETWEEN.split(raw or "")
    for value in values:
        text = value.strip()
        yield text
        yield _CODE_SUFFIX.sub("", text)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    elif value is not None:
        yield str(value)
