"""New and changed blocks put into the files of the definition; every other line stays as it was written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.catalog import metrics_of
from aieco_assets.core.metrics.semantic import Layer, Measure, MetricBlock
from aieco_assets.core.metrics.semantic_files import parse_layer
from aieco_assets.core.metrics.views import replace_file, write_views


def written(texts: dict[str, str], before: Layer, after: Layer, folder: Path, views: Path | None = None) -> Layer:
    """Writes the layer `after` into the files of a folder (their `texts`, which say `before`), and the views that
    follow; the layer as the files then say it. Raises AiecoError, with nothing written, where it is none."""
    new = spliced(texts, before, after)
    found = parse_layer(new)
    metrics = metrics_of(found)
    try:
        for name in [name for name in new if new[name] != texts[name]]:
            replace_file(folder / name, new[name])
    except OSError as error:
        raise AiecoError(f"{folder} cannot be written ({error.strerror}): make it writable, or edit a copy.") from None
    write_views(found, metrics, *([views] if views else []))
    return found


def spliced(texts: dict[str, str], before: Layer, after: Layer) -> dict[str, str]:
    """The files with the blocks that are new or changed; every other line stays as it was written."""
    old = {block.name: block for block in before.metrics}
    new = dict(texts)
    for block in after.metrics:
        if block.name in old and old[block.name] != block:
            name, start, end = _where(new, block.name)
            new[name] = f"{new[name][:start]}{_dumped(block)}{new[name][end:]}"
    home = next(name for name, text in new.items() if re.search(r"^semantic_models:", text, re.MULTILINE))
    added = "".join(f"\n{_dumped(block)}" for block in after.metrics if block.name not in old)
    new[home] = f"{new[home].rstrip()}\n{added}" if added else new[home]
    measures = {one.name for one in before.model.measures}
    lines = [_line(one) for one in after.model.measures if one.name not in measures]
    return new | {home: _with_measures(new[home], lines)} if lines else new


def _with_measures(text: str, lines: list[str]) -> str:
    """Behind the last measure of the file."""
    measures = _listed(_listed(yaml.compose(text, Loader=yaml.SafeLoader), "semantic_models")[0], "measures")
    at = _end(text, measures[-1])
    return f"{text[:at]}{''.join(lines)}{text[at:]}"


def _line(measure: Measure) -> str:
    return f"      - {json.dumps(measure.model_dump(exclude_defaults=True), ensure_ascii=False)}\n"


def _listed(node: Any, name: str) -> list[Any]:
    """The items of a list, as nodes that know where they stand."""
    return next((value.value for key, value in node.value if key.value == name), []) if node else []


def _end(text: str, node: yaml.Node) -> int:
    """The character behind the last line of a block."""
    return text.index("\n", len(text[: node.end_mark.index].rstrip())) + 1


def _where(texts: dict[str, str], metric: str) -> tuple[str, int, int]:
    """File, and the characters of a metric's block in it, from its dash to the end of its last line."""
    for name, text in texts.items():
        for node in _listed(yaml.compose(text, Loader=yaml.SafeLoader), "metrics"):
            if any(key.value == "name" and value.value == metric for key, value in node.value):
                start = text.rindex("\n", 0, node.start_mark.index) + 1
                return name, start, _end(text, node)
    raise AiecoError(f"The metric {metric} is in no file of the definition.")


def _dumped(block: MetricBlock) -> str:
    said = block.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=116)
    return "".join(f"{'  - ' if number == 0 else '    '}{line}\n" for number, line in enumerate(text.splitlines()))
