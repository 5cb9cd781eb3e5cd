"""What a metric of the semantic layer is in SQL over the invoice lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.semantic import Layer, Measure, MetricBlock

_REFERENCE = re.compile(r"""\{\{\s*Dimension\(\s*(['"])(?P<entity>\w+)__(?P<name>\w+)\1\s*\)\s*\}\}""")
_DEEPEST = 8  # metrics that are made of metrics


class Leaf:
    """One aggregate of lines: `condition` says of which, `fill` what it is when there are none (None: null)."""

    def __init__(self, measure: Measure, conditions: Sequence[str], fill: int | None) -> None:
        self.measure, self.fill = measure, fill
        self.condition = " and ".join(dict.fromkeys(conditions)) or "true"

    def sql(self, common: str) -> str:
        """Where the lines are already limited to `common`."""
        only = "" if self.condition == common else f" filter (where {self.condition})"
        return self._filled(f"{aggregate(self.measure.agg, self.measure.sql)}{only}")

    def portable(self) -> str:
        """The same where an aggregate has no filter."""
        value = (
            self.measure.sql if self.condition == "true" else f"case when {self.condition} then {self.measure.sql} end"
        )
        return self._filled(aggregate(self.measure.agg, value))

    def _filled(self, sql: str) -> str:
        return sql if self.fill is None else f"coalesce({sql}, {self.fill})"


def aggregate(name: str, value: str) -> str:
    begun = {"count_distinct": "count(distinct ", "average": "avg("}.get(name, f"{name}(")
    return f"{begun}{value})"


def compiled(layer: Layer, name: str) -> tuple[str, str]:
    """Which lines a metric is made of (a condition), and what is made of them (an aggregate).

    As MetricFlow joins what a ratio is made of: a group that has lines for one of its parts is a group. Raises
    AiecoError where the metric is made of what is not there.
    """
    template, leaves = leaves_of(layer, name)
    conditions = [*dict.fromkeys(leaf.condition for leaf in leaves)]
    common = conditions[0] if len(conditions) == 1 else " or ".join(f"({one})" for one in conditions)
    return common, re.sub(r"\x00(\d+)\x00", lambda number: leaves[int(number[1])].sql(common), template)


def leaves_of(layer: Layer, name: str) -> tuple[str, list[Leaf]]:
    """A metric as SQL in which a number between NULs stands for one of the aggregates that it is made of."""
    leaves: list[Leaf] = []
    return _template(layer, layer.metric(name), (), leaves, ()), leaves


def conditions(layer: Layer, filters: str | Sequence[str], of: str) -> tuple[str, ...]:
    """The filters of a metric as SQL, each a condition on lines. Raises AiecoError for what is no dimension of ours."""
    found = []
    for one in (filters,) if isinstance(filters, str) else filters:
        sql = _REFERENCE.sub(lambda match: _column(layer, match, of), one)
        if "{" in sql or ";" in sql:
            raise AiecoError(
                f"The filter of the metric {of} is not understood ({one}): "
                f"it may name dimensions, as {{{{ Dimension('{layer.primary}__country') }}}}."
            )
        found.append(f"({sql})" if re.search(r"\bor\b", sql, re.IGNORECASE) else sql)
    return tuple(found)


def _column(layer: Layer, match: re.Match[str], of: str) -> str:
    if match["entity"] != layer.primary:
        raise AiecoError(f"The filter of the metric {of} names {match['entity']}: only {layer.primary} is known.")
    return layer.dimension(match["name"]).sql


def _template(
    layer: Layer, block: MetricBlock, outer: tuple[str, ...], leaves: list[Leaf], within: tuple[str, ...]
) -> str:
    """SQL in which a number between NULs stands for a leaf. `within`: the metrics that this one is a part of."""
    if block.name in within:
        raise AiecoError(f"The metric {block.name} is made of itself: mend what it is made of.")
    if len(within) > _DEEPEST:
        raise AiecoError(f"The metric {within[0]} is made of metrics more than {_DEEPEST} deep: make it of fewer.")
    within = (*within, block.name)
    outer = (*outer, *conditions(layer, block.filter, block.name))
    params = block.type_params
    if block.type == "simple" and params.measure:
        leaves.append(Leaf(layer.measure(params.measure.name), outer, params.measure.fill_nulls_with))
        return f"\x00{len(leaves) - 1}\x00"
    if block.type == "ratio" and params.numerator and params.denominator:
        above, below = (
            _template(
                layer, layer.metric(one.name), (*outer, *conditions(layer, one.filter, block.name)), leaves, within
            )
            for one in (params.numerator, params.denominator)
        )
        return f"({above})::numeric / nullif({below}, 0)"
    if block.type == "derived" and params.metrics and params.expr:
        parts = {}
        for one in params.metrics:
            inner = (*outer, *conditions(layer, one.filter, block.name))
            parts[one.alias or one.name] = _template(layer, layer.metric(one.name), inner, leaves, within)
        names = "|".join(sorted(map(re.escape, parts), key=len, reverse=True))
        return re.sub(rf"\b({names})\b", lambda name: f"({parts[name[1]]})", params.expr)
    lacking = {"simple": "measure", "ratio": "numerator and denominator", "derived": "expr and metrics"}[block.type]
    raise AiecoError(f"The metric {block.name} is {block.type}, so its type_params need {lacking}.")
