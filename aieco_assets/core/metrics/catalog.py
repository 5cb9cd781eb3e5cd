"""The governed metrics as the semantic layer defines them: dbt_project/models/semantic, read as the code is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.compiling import compiled
from aieco_assets.core.metrics.metric import Metric
from aieco_assets.core.metrics.semantic import Layer, MetricBlock
from aieco_assets.core.metrics.statements import FILTERS, GROUPINGS, LAYER, TABLE, total

_SHOWN = ("name", "definition", "unit", "example")


def metrics_of(layer: Layer) -> dict[str, Metric]:
    """Those that can be asked for, by name, in the order of the file.

    Raises AiecoError when a metric is made of what is not there, or is neither asked for nor what another is made of.
    """
    found = {block.name: _metric(layer, block) for block in layer.metrics if block.meta}
    parts = {name for block in layer.metrics for name in _parts(block)}
    if stray := next((one.name for one in layer.metrics if one.name not in found and one.name not in parts), ""):
        raise AiecoError(f"Nobody can ask for the metric {stray}: give it config.meta with a unit and an example.")
    return found


def _parts(block: MetricBlock) -> list[str]:
    params = block.type_params
    inputs = [one.name for one in (params.numerator, params.denominator, *params.metrics) if one]
    return [*inputs, block.meta.net] if block.meta and block.meta.net else inputs


def _metric(layer: Layer, block: MetricBlock) -> Metric:
    meta = block.meta
    assert meta is not None
    condition, value = compiled(layer, block.name)
    definition, net = block.description, ""
    if meta.net:
        of_kept, net = compiled(layer, meta.net)
        definition = f"{definition} {layer.metric(meta.net).description}"
        if of_kept != condition:
            raise AiecoError(f"The metrics {block.name} and {meta.net} (its net) must be of the same lines.")
    adds_up = meta.adds_up and block.type == "simple"
    return Metric(
        name=block.name,
        subject=block.label,
        definition=definition,
        unit=meta.unit,
        example=meta.example,
        condition=condition,
        value=value,
        net=net,
        needs=meta.needs,
        nouns=meta.nouns,
        adds_up=adds_up,
        shares=adds_up if meta.shares is None else meta.shares,
        firm=meta.firm,
    )


METRICS: dict[str, Metric] = metrics_of(LAYER)


def listed() -> list[dict[str, Any]]:
    """The catalogue as other programs read it."""
    return [
        {
            **{key: value for key, value in asdict(metric).items() if key in _SHOWN},
            "tables": [TABLE],
            "filters": list(FILTERS),
            "groupings": list(GROUPINGS),
            "sql": total(metric),
        }
        for metric in METRICS.values()
    ]
