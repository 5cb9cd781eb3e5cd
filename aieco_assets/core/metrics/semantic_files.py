"""The semantic layer read from dbt_project/models/semantic, without dbt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.semantic import PLACE, Layer
from aieco_assets.core.yaml_file import read_yaml

FOLDER = Path(__file__).parents[3] / "dbt_project" / "models" / "semantic"


def read_layer(folder: Path = FOLDER) -> Layer:
    """The semantic layer of a folder's files. Raises AiecoError that names the file, or the metric, to mend."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise AiecoError(f"{PLACE} holds no .yml file: the definitions of the metrics are missing.")
    return parse_layer({path.name: path.read_text(encoding="utf-8") for path in files})


def definition() -> str:
    """The files as they are, one behind the other as YAML documents where there are several."""
    return "---\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yml")))


def parse_layer(texts: dict[str, str]) -> Layer:
    """The layer that files (text by name) say together. Raises AiecoError as `read_layer` does."""
    models: list[Any] = []
    metrics: list[Any] = []
    for name, text in texts.items():
        content = parse_yaml(text, f"{PLACE}/{name}")
        models += content.get("semantic_models") or []
        metrics += content.get("metrics") or []
    if len(models) != 1:
        raise AiecoError(f"{PLACE} defines {len(models)} semantic models: exactly one is read.")
    layer = _checked({"model": models[0], "metrics": metrics})
    names = [one.name for one in layer.metrics]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise AiecoError(f"{PLACE} defines the metric {twice} twice: remove one of them.")
    return layer


def parse_yaml(text: str, place: str) -> dict[str, Any]:
    """A mapping. Raises AiecoError as `read_yaml` does."""
    content = read_yaml(text, place, "look at docs/metrics.md")
    if not isinstance(content, dict):
        raise AiecoError(f"{place} is no mapping: it needs keys with values.")
    return content


def _checked(content: dict[str, Any]) -> Layer:
    try:
        return Layer.model_validate(content)
    except ValidationError as error:
        raise AiecoError(f"{PLACE}: {first_error(error, content)}.") from None


def first_error(error: ValidationError, content: Any) -> str:
    """The first thing that is wrong, with the names of the blocks that it is in."""
    first = error.errors()[0]
    path: list[str] = []
    for step in first["loc"]:
        content = _part(content, step)
        name = content.get("name") if isinstance(content, dict) else None
        path.append(str(name) if isinstance(step, int) and isinstance(name, str) else str(step))
    return ": ".join([*([" > ".join(path)] if path else []), first["msg"].removeprefix("Value error, ")])


def _part(content: Any, step: Any) -> Any:
    if isinstance(content, dict):
        return content.get(step)
    return content[step] if isinstance(content, list) and isinstance(step, int) and step < len(content) else None
