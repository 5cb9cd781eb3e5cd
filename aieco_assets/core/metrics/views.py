"""The views `metrics.*` for BI tools: one a metric, as models of the dbt project, written from the definition."""

from __future__ import annotations

import json
import os
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.metric import Metric
from aieco_assets.core.metrics.semantic import Dimension, Layer
from aieco_assets.core.metrics.statements import GRAINS

FOLDER = Path(__file__).parents[3] / "dbt_project" / "models" / "metrics"
_MADE = "Written by `aieco metrics views` from models/semantic"
_DESCRIBED = "_metrics.yml"
_UNITS = {"currency": "In the shop's currency.", "share": "Between 0 and 1."}


def view_files(layer: Layer, metrics: dict[str, Metric]) -> dict[str, str]:
    """What each file of the folder says that is made from the definition, by name."""
    return {
        **{f"metrics_{metric.name}.sql": view_sql(layer, metric) for metric in metrics.values()},
        _DESCRIBED: _described(layer, metrics),
    }


def write_views(layer: Layer, metrics: dict[str, Metric], folder: Path = FOLDER) -> list[str]:
    """Write what is not as it should be, and drop the views of metrics that are gone; returns the names of both."""
    wanted = view_files(layer, metrics)
    try:
        there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.*") if path.is_file()}
        stale = [name for name, text in there.items() if _MADE in text and name not in wanted]
        changed = [name for name, text in wanted.items() if there.get(name) != text]
        for name in changed:
            replace_file(folder / name, wanted[name])
        for name in stale:
            (folder / name).unlink()
    except OSError as error:
        raise AiecoError(f"{folder} cannot be written ({error.strerror}): make it writable, or edit a copy.") from None
    return sorted([*changed, *stale])


def is_written(path: Path) -> bool:
    """Whether the file is one of ours, which is written anew."""
    return path.is_file() and _MADE in path.read_text(encoding="utf-8")


def replace_file(path: Path, text: str) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def view_sql(layer: Layer, metric: Metric) -> str:
    """A dbt model: what macros/metric_view.sql needs to know of the metric."""
    shown = _shown(layer)
    members = {one.name: one.sql for one in shown}
    known: dict[str, object] = {"lines": metric.condition, "value": metric.value, "members": members}
    if metric.net and (net_by := [one.name for one in shown if one.config.meta.net]):
        known |= {"net": metric.net, "net_by": net_by}
    said = "".join(f"    {name}={_quoted(value)},\n" for name, value in known.items())
    return f"{{# {_MADE}: change that. #}}\n{{{{ metric_view(\n{said}) }}}}\n"


def _shown(layer: Layer) -> list[Dimension]:
    """Nobody is told apart in a view for analysts; a weekday has no period."""
    return [
        one
        for one in layer.model.dimensions
        if one.type == "categorical" and one.config.meta.grouping and not one.config.meta.personal
        if not one.config.meta.in_order
    ]


def _described(layer: Layer, metrics: dict[str, Metric]) -> str:
    dimensions = ", ".join(["all", *(one.name for one in _shown(layer))])
    *grains, last = GRAINS
    columns = [
        ("grain", f"{', '.join(grains)} or {last}: ask for one of them."),
        ("period", "First day of the period."),
        ("dimension", f"What the number is by ({dimensions}): ask for one of them."),
        ("member", "The country, category … that the number is of; `all` of the dimension all."),
    ]
    lines = [f"# {_MADE}: change that.", "version: 2", "", "anchors:"]
    lines += [f"  - &{name} {{name: {name}, description: {_quoted(meaning)}}}" for name, meaning in columns]
    keys = "".join(f"*{name}, " for name, _ in columns)
    lines += ["", "models:"]
    for metric in metrics.values():
        unit = _UNITS.get(metric.unit, f"In {metric.unit}.")
        said = f"{metric.subject}. {metric.definition} One row per grain, period, dimension and member."
        lines += [
            f"  - name: metrics_{metric.name}",
            f"    description: {_quoted(said)}",
            f"    columns: [{keys}{{name: value, description: {_quoted(unit)}}}]",
        ]
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    """As YAML and Jinja read it, too."""
    return json.dumps(value, ensure_ascii=False)
