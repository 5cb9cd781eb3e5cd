"""Lines of customers who were erased: left out of a day, wherever it is made.

A customer of a declared source is known by her id here and by her own id at its place: a source that is renamed, or
begins to share its customers, gives her another id here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from aieco_assets.core.governance.tombstones import Tombstones
from aieco_assets.core.retail.connectors.combined import CombinedSources, own_prefix, source_of
from aieco_assets.core.retail.tables.table import RAW

if TYPE_CHECKING:
    import polars as pl

    from aieco_assets.core.retail.connectors import Connector

_CODE_SUFFIX = re.compile(r"\.0+$")
_BETWEEN = re.compile(r"[\s,;|\t\"']+")


class Erased(Protocol):
    """Which of these customers of a source were erased; `source` is empty for that of the settings."""

    def __call__(self, customers: Iterable[str], source: str = "") -> set[str]: ...


def erased_of(stones: Tombstones, connector: Connector) -> Erased:
    """By the tombstones, for lines of these sources."""
    declared = connector.sources if isinstance(connector, CombinedSources) else {}

    def erased(customers: Iterable[str], source: str = "") -> set[str]:
        customers = set(customers)
        found = stones.among("customer", customers)
        if stones and source in declared:
            one = declared[source]
            prefix = "" if "customers" in one.shared else own_prefix(source)
            found |= {
                customer
                for customer in customers
                if stones.hold("own customer", at_place(customer.removeprefix(prefix), one.shown))
            }
        return found

    return erased


def own_id(customer: str, source: str) -> str:
    """The id that a customer of a declared source has in its files."""
    return customer.removeprefix(own_prefix(source))


def at_place(own: str, place: str) -> str:
    """What an `own customer` is named by: her id in the files of a source, and where the source lies."""
    return f"{own} at {place}"


def without_erased(
    lines: pl.DataFrame, rejects: pl.DataFrame, erased: Erased
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Accepted and rejected rows without those of erased customers, and how many those are. Positions stay."""
    import polars as pl

    kept, kept_rejects = lines, rejects
    for name in sorted({source_of(path) for path in lines["_source_file"].unique()}):
        path = pl.col("_source_file").str
        of_source = path.starts_with(f"{name}/") if name else ~path.contains("/", literal=True)
        if gone := erased(lines.filter(of_source)["customer_id"].drop_nulls().unique().to_list(), name):
            kept = kept.filter(~(of_source & pl.col("customer_id").is_in(sorted(gone)).fill_null(False)))
    if rejects.height:
        told = [{*_values(raw)} for raw in rejects[RAW].to_list()]
        paths = rejects["_source_file"].to_list() if "_source_file" in rejects.columns else [""] * len(told)
        told = [_with_own(values, path) for values, path in zip(told, paths, strict=True)]
        names = [source_of(path) for path in paths]
        gone_of = {
            name: erased(set().union(*(values for values, its in zip(told, names, strict=True) if its == name)), name)
            for name in sorted({*names})
        }
        stay = [not values & gone_of[name] for values, name in zip(told, names, strict=True)]
        kept_rejects = rejects.filter(pl.Series(stay, dtype=pl.Boolean))
    return kept, kept_rejects, lines.height - kept.height + rejects.height - kept_rejects.height


def _with_own(values: set[str], path: str) -> set[str]:
    """Also as the lines of a declared source would have them; what the record itself says stays, whosever it is."""
    name = source_of(path)
    return values | {own_prefix(name) + value for value in values} if name else values


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
