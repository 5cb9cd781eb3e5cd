"""The registered models as the rest of the platform asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aieco_assets.core.contracts import CHAMPION, EMBEDDER, LLM, ModelIdentity
from aieco_assets.core.embeddings.production import KnownEmbedder, note_embedders
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.model_config import MODEL_CONFIG, ModelConfig
from aieco_assets.core.registry import cache
from aieco_assets.core.registry.aliases import AliasMove, history, set_alias
from aieco_assets.core.registry.identity import embedder_identity, llm_identity
from aieco_assets.core.registry.promotion import REFUSED, WAITING
from aieco_assets.core.registry.versions import (
    ModelVersion,
    Provenance,
    Registered,
    load_files,
    register_data_model,
    to_json,
    version_by_alias,
    versions,
)
from aieco_assets.core.settings import Settings

__all__ = [
    "AliasMove",
    "ModelVersion",
    "Provenance",
    "Registered",
    "champion",
    "history",
    "load_champion_json",
    "load_json",
    "register_embedder",
    "register_llm",
    "set_alias",
]

MODEL_FILE = "model.json"


def champion(settings: Settings, name: str) -> ModelVersion | None:
    """The version in production, None before there is one."""
    return cache.champion(settings, name, lambda: version_by_alias(settings, name, CHAMPION))


def load_json(settings: Settings, version: ModelVersion) -> dict[str, Any]:
    """Content of a version that is one JSON file. Raises AiecoError when it was altered after registration."""
    return json.loads(cache.file(settings, version, lambda: load_files(settings, version)[MODEL_FILE]))


def load_champion_json(settings: Settings, name: str) -> tuple[ModelVersion, dict[str, Any]]:
    """The champion and its content. Raises AiecoError while there is none."""
    version = champion(settings, name)
    if version is None:
        raise no_champion(settings, name)
    return version, load_json(settings, version)


def no_champion(settings: Settings, name: str) -> AiecoError:
    """Why there is none, as an error to raise or to show: no version yet, or what became of the newest."""
    judged = (version for version in versions(settings, name) if version.tags.get("gate") in (WAITING, REFUSED))
    newest = next(judged, None)
    if newest and newest.tags["gate"] == WAITING:
        return AiecoError(
            f"There is no champion of model {name} yet: version {newest.version} passed its gate and waits for "
            f"`aieco promote {name} {newest.version}`."
        )
    if newest:
        return AiecoError(
            f"There is no champion of model {name} yet: version {newest.version} was refused "
            f"({newest.tags.get('gate_reason')}); `aieco promote {name} {newest.version}` takes it all the same."
        )
    return AiecoError(f"There is no champion of model {name} yet: run `aieco run --select models/{name}`.")


def register_embedder(
    settings: Settings,
    provenance: Provenance | None = None,
    tags: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Registered:
    """Registers the embedder that AIECO_EMBEDDER names; the first becomes champion, others by their gate
    (`core.evaluation.embedder_gate`). Loads no weights. `tags` of the version and `params` of its MLflow run say what
    it was made from."""
    identity = embedder_identity(settings)
    first = version_by_alias(settings, EMBEDDER, CHAMPION) is None
    setting = "AIECO_EMBEDDER" if first else ""
    made = _register_reference(settings, EMBEDDER, identity, setting, provenance, tags=tags, params=params)
    known = [one for one in versions(settings, EMBEDDER) if one.sha256]
    note_embedders(
        settings, [KnownEmbedder(one.sha256, one.version, one.tags.get("model", ""), one.uri) for one in known]
    )
    return made


def register_llm(
    settings: Settings,
    provenance: Provenance | None = None,
    alias: str = CHAMPION,
    tags: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Registered:
    """Registers the LLM that AIECO_LLM names, with its `model_config` of the settings, and makes it champion, or
    challenger, or with an empty `alias` neither; loads no weights. Another `model_config` is another version. `tags`
    and `params` as of `register_embedder`.

    A server is asked something first: raises ModelUnavailable, and nothing is registered, when it does not answer.
    """
    from aieco_assets.core.llm.gateway import answers

    identity, config = answers(settings, llm_identity(settings)), ModelConfig.named(settings)
    setting = "AIECO_LLM" if alias else ""
    return _register_reference(settings, LLM, identity, setting, provenance, alias, config, tags, params)


def _register_reference(
    settings: Settings,
    name: str,
    identity: ModelIdentity,
    setting: str,
    provenance: Provenance | None,
    alias: str = CHAMPION,
    config: ModelConfig | None = None,
    tags: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Registered:
    """A model whose weights stay where they are: address and sha256 go into the registry, never the bytes.

    The content is name, sha256, facts and `config`; the address alone may change (another venv): no new version.
    Weights that can't be hashed (an HTTP API) are told apart by their address. Champion where a `setting` says so.
    """
    content = {"name": identity.name, "sha256": identity.sha256, **identity.facts}
    if not identity.sha256:
        content["uri"] = identity.uri
    file, said = {**content}, {**content, **(params or {})}
    named = {**(tags or {}), "uri": identity.uri, "sha256": identity.sha256}
    if config:
        file[MODEL_CONFIG], said = config.to_json(), {**said, **config.to_json()}
        named[MODEL_CONFIG] = json.dumps(config.to_json())
    made = register_data_model(
        settings,
        name,
        {MODEL_FILE: to_json(file)},
        kind="reference",
        params=said,
        tags={**named, "model": identity.name},
        provenance=provenance,
    )
    if setting:
        numbers = {"sha256": identity.sha256}
        set_alias(settings, name, alias, made.version, "configuration", f"{setting} names it", numbers)
    return made
