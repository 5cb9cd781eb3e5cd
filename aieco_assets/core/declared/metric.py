"""A metric as a block of the semantic layer, made from what a person says of it; and the questions that ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.declared.names import taken
from aieco_assets.core.errors import AiecoError

# What stands between quotes of a filter may hold no end of them, and no beginning of a template.
_UNSAFE = set("'\"\\{}")


@dataclass(frozen=True)
class MetricSaid:
    """`measure` of the lines of `line_type`, limited to `where` (`country=Germany`); or one metric by another."""

    unit: str
    example: str
    label: str = ""
    description: str = ""
    measure: str = ""
    line_type: str = "sale"
    where: Sequence[str] = ()
    numerator: str = ""
    denominator: str = ""
    nouns: Sequence[str] = ()


def add_metric(name: str, said: MetricSaid, models: Path) -> None:
    """Writes the block behind the others of dbt_project/models/semantic, and the metric's view.

    Raises AiecoError, with nothing written, where a part of it is none or the name is taken.
    """
    from pydantic import ValidationError

    from aieco_assets.core.metrics.file_edits import written
    from aieco_assets.core.metrics.semantic import MetricBlock
    from aieco_assets.core.metrics.semantic_files import first_error, parse_layer
    from aieco_assets.core.metrics.views import is_written

    content = metric_block(checked_name(name), said)
    folder = models / "semantic"
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yml"))}
    layer = parse_layer(texts)
    if any(block.name == name for block in layer.metrics):
        raise AiecoError(f"There is a metric {name} already: change it in dbt_project/models/semantic.")
    view = f"metrics_{name}"
    # A view that was written for a metric which is gone is written anew.
    if (there := taken(models).get(view)) and not is_written(models / "metrics" / f"{view}.sql"):
        raise AiecoError(f"{there} is there already, where the view of {name} would be: take another name.")
    if said.measure and not any(one.name == said.measure for one in layer.model.measures):
        known = ", ".join(one.name for one in layer.model.measures)
        raise AiecoError(f"There is no measure {said.measure}: --measure takes {known}.")
    personal = {one.name for one in layer.model.dimensions if one.config.meta.personal}
    if one := next((one for one in map(_limit, said.where) if one[0] in personal), None):
        raise AiecoError(f"The metric {name} would single out one {one[0]}: leave --where {'='.join(one)} out.")
    try:
        block = MetricBlock.model_validate(content)
    except ValidationError as error:
        raise AiecoError(f"The metric {name}: {first_error(error, content)}.") from None
    written(texts, layer, layer.replaced({name: block}), folder, models / "metrics")


def metric_block(name: str, said: MetricSaid) -> dict[str, Any]:
    """The block as MetricFlow's form has it. Raises AiecoError where what is said makes none."""
    for option, value in (("unit", said.unit), ("example", said.example)):
        if not value:
            raise AiecoError(f"The metric {name} needs --{option}: see the table in docs/metrics.md.")
    if bool(said.measure) == bool(said.numerator and said.denominator):
        raise AiecoError(f"The metric {name} is --measure of lines, or --numerator by --denominator: give one of both.")
    words = name.replace("_", " ")
    meta = {"unit": said.unit, "example": said.example, "nouns": [*(said.nouns or [words])]}
    block: dict[str, Any] = {"name": name, "label": said.label or words.capitalize()}
    block["description"] = said.description or (f"{said.label}." if said.label else _counted(said))
    if said.measure:
        params: Mapping[str, Any] = {"measure": {"name": said.measure, "fill_nulls_with": 0}}
        block |= {"type": "simple", "type_params": params, "filter": _filter(name, said)}
    else:
        params = {"numerator": {"name": said.numerator}, "denominator": {"name": said.denominator}}
        block |= {"type": "ratio", "type_params": params}
    return block | {"config": {"meta": meta}}


def _counted(said: MetricSaid) -> str:
    """What stands in the catalogue and beside each answer where nobody described or labelled the metric."""
    if not said.measure:
        return f"{said.numerator} by {said.denominator}.".replace("_", " ").capitalize()
    limits = " and ".join(f"{of} is {value}" for of, value in map(_limit, said.where))
    of_lines = f"{said.measure} of {said.line_type} lines".replace("_", " ").capitalize()
    return f"{of_lines} where {limits}." if limits else f"{of_lines}."


def questions_missed(name: str, questions: Sequence[str]) -> list[str]:
    """Those of the questions that are not read as asking for the metric."""
    from aieco_assets.core.metrics.question import parse

    return [one for one in questions if (found := parse(one)) is None or found.metric != name]


def _filter(name: str, said: MetricSaid) -> str:
    conditions = [("line_type", said.line_type), *map(_limit, said.where)]
    for dimension, value in conditions:
        if not dimension or not value or _UNSAFE & {*dimension, *value}:
            raise AiecoError(f"The metric {name} can't be limited so: --where takes DIMENSION=VALUE, without quotes.")
    return " and ".join(f"{{{{ Dimension('line__{of}') }}}} = '{value}'" for of, value in conditions)


def _limit(said: str) -> tuple[str, str]:
    dimension, _, value = said.partition("=")
    return dimension.strip(), value.strip()
