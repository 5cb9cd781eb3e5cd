"""By what customers are grouped when models are compared: country, segment, and what the shop says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.customers.segments.rules import GRID, fit_edges, measures, name_segments, score
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import pandas as pd

_MOST_VALUES, _PARTS = 20, 5  # a number with more values than this is cut into fifths
Columns = dict[str, list[str | None]]


def slice_columns(settings: Settings, features: pd.DataFrame) -> Columns:
    """Name -> the group of each customer of `features`, in their order; those of AIECO_SLICES, or all there are.

    Segments are those of these very features (`segments.rules`), whatever model is in production. Raises AiecoError
    for a column that there is not.
    """
    found: Columns = {"country": list(features["country"]), "segment": _segments(features)}
    customers = [str(one) for one in features["customer_id"]]
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select attribute, customer_id, value from lake.customer_attributes order by attribute, customer_id"
        ).fetchall()
    told: dict[str, dict[str, str]] = {}
    for attribute, customer, value in rows:
        told.setdefault(attribute, {})[customer] = value
    for attribute, values in told.items():
        found[attribute] = _in_few_parts([values.get(customer) for customer in customers])
    wanted = settings.slice_names or tuple(found)
    if strange := [name for name in wanted if name not in found]:
        raise AiecoError(
            f"AIECO_SLICES names {strange[0]}, by which customers can't be told apart: this shop has "
            f"{', '.join(found)}; others are named under customers in shop.yaml."
        )
    return {name: found[name] for name in wanted}


def _segments(features: pd.DataFrame) -> list[str | None]:
    found = measures(features)
    return [*name_segments(score(found, fit_edges(found)), GRID)]


def _in_few_parts(values: list[str | None]) -> list[str | None]:
    """Ages in years make no groups: a number of many values is cut where its fifths end."""
    known = [value for value in values if value is not None]
    try:
        numbers = np.array([float(value) for value in known])
    except ValueError:
        return values
    if len({*known}) <= _MOST_VALUES:
        return values
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, _PARTS + 1)))

    def part(value: str) -> str:
        at = min(max(int(np.searchsorted(edges, float(value), side="left")), 1), len(edges) - 1)
        return f"{edges[at - 1]:g} to {edges[at]:g}"

    return [None if value is None else part(value) for value in values]
