"""Metrics of a document of Open Semantic Interchange, written into the definition.

Our own blocks come back as they went. What another tool has written or changed is translated from its SQL: one
aggregate of lines, or one divided by another, limited by dimensions; what does not fit is refused by name. Nothing of a
document reaches the warehouse but expressions that were read and allowed node by node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics import expressions
from aieco_assets.core.metrics.catalog import metrics_of
from aieco_assets.core.metrics.file_edits import written
from aieco_assets.core.metrics.osi import MOST_BYTES, VENDOR, OsiMetric, document, portable
from aieco_assets.core.metrics.semantic import Layer, MetricBlock
from aieco_assets.core.metrics.semantic_files import FOLDER, first_error, parse_layer, parse_yaml
from aieco_assets.core.metrics.translating import says, translated, tree_of

_UNSAFE = re.compile(r"--|/\*|;|\x00|\$\$|\{%|\{#")


@dataclass(frozen=True)
class Imported:
    """Names of metrics. `kept`: they say what they said."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]


def import_file(file: Path, folder: Path = FOLDER, views: Path | None = None) -> Imported:
    """Write what a document says of metrics into the definition's files, and the views that follow; all or nothing.

    Raises AiecoError that names what the specification or we do not allow.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise AiecoError(f"{file} is larger than {MOST_BYTES // 1_000_000} MB: no document of metrics is.")
        text = file.read_text(encoding="utf-8")
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yml"))}
    except (OSError, UnicodeDecodeError) as error:
        raise AiecoError(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8'}.") from None
    layer = parse_layer(texts)
    wanted = merged(layer, text, str(file))
    names = {block.name: block for block in layer.metrics}
    after = written(texts, layer, wanted, folder, views)
    return Imported(
        tuple(one.name for one in after.metrics if one.name not in names),
        tuple(one.name for one in after.metrics if one.name in names and one != names[one.name]),
        tuple(one.name for one in after.metrics if one == names.get(one.name)),
    )


def merged(layer: Layer, text: str, place: str) -> Layer:
    """The layer with the metrics of a document in the place of its own. Raises AiecoError as `import_file` does."""
    said = document(parse_yaml(text, place), place)
    (model,) = said.semantic_model if len(said.semantic_model) == 1 else (None,)
    if model is None:
        raise AiecoError(f"{place} has {len(said.semantic_model)} semantic models: exactly one is read.")
    relation = layer.model.model.split("'")[1].removeprefix("metrics_")
    sources = [one.source.replace('"', "").split(".")[-1] for one in model.datasets]
    if sources != [relation]:
        raise AiecoError(f"{place} is about {', '.join(sources)}: metrics are made of metrics.{relation} alone.")
    metrics = [*model.metrics, *model.datasets[0].metrics]
    blocks = {one.name: block for one in metrics if (block := _own(one))}
    before, layer = layer, layer.replaced(blocks)
    # What is divided may be a metric of the document: those of one aggregate first.
    for one in sorted(metrics, key=lambda one: isinstance(tree_of(one), expressions.division())):
        if not says(layer, one):
            layer = translated(layer, one, blocks.get(one.name))
    for one in metrics:
        if not says(before, one):  # what stands there already is not judged anew
            expressions.check(tree_of(one), one.name, layer.model)
        if not says(layer, one):
            raise AiecoError(
                f"The metric {one.name} can't be kept as {place} has it: the nearest form that can be written back is "
                f"{portable(layer, one.name)}, so write that there, or define it by hand in models/semantic."
            )
    metrics_of(layer)
    return layer


def _own(metric: OsiMetric) -> MetricBlock | None:
    """The block that we, or whoever writes MetricFlow's form, sent along."""
    for extension in metric.custom_extensions:
        if extension.vendor_name.upper() != VENDOR:
            continue
        content = parse_yaml(extension.data, f"The DBT extension of the metric {metric.name}")
        if "type_params" not in content:
            continue
        try:
            block = MetricBlock.model_validate(content)
        except ValidationError as error:
            raise AiecoError(f"The DBT extension of the metric {metric.name}: {first_error(error, content)}.") from None
        if block.name != metric.name:
            raise AiecoError(f"The DBT extension of the metric {metric.name} is that of {block.name}.")
        if any(_UNSAFE.search(sql) for sql in _sql(block)):
            raise AiecoError(f"The DBT extension of the metric {metric.name} has a comment or a second statement.")
        return block
    return None


def _sql(block: MetricBlock) -> list[str]:
    """What of a block is SQL."""
    params = block.type_params
    inputs = [one for one in (params.numerator, params.denominator, *params.metrics) if one]
    filters = [block.filter, *(one.filter for one in inputs)]
    return [params.expr, *(sql for one in filters for sql in ((one,) if isinstance(one, str) else one))]
