"""A metric of another tool, given in SQL, as a block of MetricFlow's form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from aieco_assets.core.dbt_text import checked_text
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics import expressions
from aieco_assets.core.metrics.osi import DIALECT, OsiMetric, portable
from aieco_assets.core.metrics.semantic import Layer, Measure, MeasureInput, MetricBlock, TypeParams
from aieco_assets.core.metrics.semantic_files import first_error

if TYPE_CHECKING:
    from sqlglot import exp


def tree_of(metric: OsiMetric) -> exp.Expr:
    sql = next((one.expression for one in metric.expression.dialects if one.dialect == DIALECT), "")
    if not sql:
        raise AiecoError(f"The metric {metric.name} has no expression in {DIALECT}: give it one.")
    return expressions.parsed(checked_text(sql, f"The expression of the metric {metric.name}"), metric.name)


def says(layer: Layer, metric: OsiMetric) -> bool:
    """Whether the layer's metric of that name is what the document says."""
    if all(block.name != metric.name for block in layer.metrics):
        return False
    try:
        return expressions.parsed(portable(layer, metric.name), metric.name) == tree_of(metric)
    except AiecoError:
        return False


def translated(layer: Layer, metric: OsiMetric, own: MetricBlock | None) -> Layer:
    before = own or next((block for block in layer.metrics if block.name == metric.name), None)
    tree = tree_of(metric)
    expressions.check(tree, metric.name, layer.model)
    given = before.config.meta if before else {}
    named = {"label": before.label if before else metric.name.replace("_", " ").capitalize()}
    named["description"] = before.description if before else metric.description
    config: dict[str, Any] = {"config": {"meta": given or _meta(metric)}} if given or not before else {}
    if not isinstance(tree, expressions.division()):
        layer, params, filters = _simple(layer, tree, metric.name)
        block = {"name": metric.name, **named, "type": "simple", "type_params": params, **filters, **config}
        return layer.replaced({metric.name: _block(block)})
    sides = {}
    for side, part in zip(("numerator", "denominator"), expressions.sides(tree), strict=True):
        layer, sides[side] = _side(layer, part, f"{metric.name}_{side}", metric.name)
    params = TypeParams.model_validate(sides)
    block = {"name": metric.name, **named, "type": "ratio", "type_params": params, **config}
    return layer.replaced({metric.name: _block(block)})


def _side(layer: Layer, part: exp.Expr, name: str, of: str) -> tuple[Layer, str]:
    """A metric that is this part of a ratio: one that is there, or a new one."""
    for block in layer.metrics:
        if block.name != of and expressions.parsed(portable(layer, block.name), block.name) == part:
            return layer, block.name
    layer, params, filters = _simple(layer, part, of)
    block = {"name": name, "label": name.replace("_", " ").capitalize(), "type": "simple", "type_params": params}
    return layer.replaced({name: _block({**block, **filters})}), name


def _simple(layer: Layer, tree: exp.Expr, of: str) -> tuple[Layer, TypeParams, dict[str, str]]:
    found = expressions.aggregated(tree, of)
    dimensions = {one.sql: f"{{{{ Dimension('{layer.primary}__{one.name}') }}}}" for one in layer.model.dimensions}
    limited = found.condition
    filters = {} if limited is None else {"filter": expressions.filtered(limited, dimensions, of)}
    for measure in layer.model.measures:
        if measure.agg == found.agg and expressions.parsed(measure.sql, measure.name) == found.value:
            name, measures = measure.name, ()
            break
    else:
        name = f"{of}_of_lines"
        measures = (_measure({"name": name, "agg": found.agg, "expr": found.value.sql("postgres")}),)
    params = TypeParams(measure=MeasureInput(name=name, fill_nulls_with=found.fill))
    return layer.replaced({}, measures), params, filters


def _meta(metric: OsiMetric) -> dict[str, Any]:
    """What questions need to know, of a metric that only the document has."""
    context = metric.ai_context if isinstance(metric.ai_context, dict) else {}
    examples, synonyms = context.get("examples"), context.get("synonyms")
    if not context.get("unit") or not isinstance(examples, list) or not examples:
        raise AiecoError(
            f"The metric {metric.name} is new here: give its ai_context a unit (currency, share, or what is counted) "
            "and an example question under examples."
        )
    words = [metric.name.replace("_", " "), *(synonyms if isinstance(synonyms, list) else [])]
    nouns = [re.escape(" ".join(str(word).casefold().split())).replace("\\ ", " ") for word in words]
    return {"unit": str(context["unit"]), "example": str(examples[0]), "nouns": [*dict.fromkeys(nouns)]}


def _measure(content: dict[str, Any]) -> Measure:
    try:
        return Measure.model_validate(content)
    except ValidationError as error:
        raise AiecoError(f"The measure {content['name']}: {first_error(error, content)}.") from None


def _block(content: dict[str, Any]) -> MetricBlock:
    try:
        return MetricBlock.model_validate(content)
    except ValidationError as error:
        raise AiecoError(f"The metric {content['name']}: {first_error(error, content)}.") from None
