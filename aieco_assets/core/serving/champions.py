"""Which model versions are served: the champions of the registry, pinned by version in `champions.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import CLV, EMBEDDER, LLM
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

SERVED = (EMBEDDER, LLM, CLV)  # packed with a bento; the policy of `rag` is read from the registry
FILE_NAME = "champions.json"


@dataclass(frozen=True)
class Pinned:
    """One model version. Grain: name. `sha256` and `uri` name its bytes, wherever they lie."""

    name: str
    version: str
    sha256: str
    uri: str


def champions(settings: Settings, names: Sequence[str] = SERVED) -> dict[str, Pinned]:
    """The champion of every named model that has one, by name."""
    from aieco_assets.core.registry.models import champion

    found = {name: champion(settings, name) for name in names}
    return {
        name: Pinned(name=name, version=str(one.version), sha256=one.sha256 or "", uri=one.uri or "")
        for name, one in found.items()
        if one is not None
    }


def loaded_models(settings: Settings, champion: Mapping[str, Pinned]) -> dict[str, dict[str, Any]]:
    """What a process with these settings answers with, by model; `version` is None where it is not the champion."""
    from aieco_assets.core.embeddings.production import in_production
    from aieco_assets.core.registry.identity import embedder_identity, llm_identity, same_model

    embedder = embedder_identity(in_production(settings))
    served: dict[str, dict[str, Any]] = {}
    for name, identity in ((LLM, llm_identity(settings)), (EMBEDDER, embedder)):
        known = champion.get(name)
        same = known is not None and same_model(identity, known.sha256, known.uri)
        served[name] = asdict(identity) | {"version": known.version if known and same else None}
    if CLV in champion:
        served[CLV] = asdict(champion[CLV])  # read from the registry for each prediction
    return served


def serving_status(settings: Settings) -> dict[str, dict[str, str | None]]:
    """Version by model of what these settings answer with, beside the registry's champions (`aieco status`)."""
    champion = champions(settings)
    served = loaded_models(settings, champion)
    return {
        "served": {name: one["version"] for name, one in served.items()},
        "champion": {name: one.version for name, one in champion.items()},
    }


def pin_champions(settings: Settings) -> list[Pinned]:
    """The champions of the served models. Raises AiecoError where nothing could be answered: a service without a model
    of customers still answers questions, and says that it foresees nothing."""
    found = champions(settings)
    for name in (EMBEDDER, LLM):
        if name not in found:
            raise AiecoError(f"The registry has no champion of {name}: run `aieco run --select models/{name}`.")
    return [found[name] for name in SERVED if name in found]


def to_json(pinned: list[Pinned]) -> str:
    """`champions.json`: the same champions give the same bytes."""
    return json.dumps({"models": [asdict(one) for one in pinned]}, indent=2, sort_keys=True) + "\n"


def read_pinned(path: Path) -> dict[str, dict[str, Any]]:
    """What a bento was built with, by name; empty where the service runs from source."""
    if not path.is_file():
        return {}
    return {one["name"]: one for one in json.loads(path.read_text())["models"]}
