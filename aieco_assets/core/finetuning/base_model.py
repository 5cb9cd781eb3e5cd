"""The folder of a language model that is trained further: what it must have, and which one it is."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.model_files import sha256_of

KEPT = (".json", ".jinja", ".model", ".txt", ".tiktoken")  # of the base's files: all but weights and cards


def check_base(base: Path) -> None:
    """Raises AiecoError where a folder has no causal language model with safetensors, tokenizer and chat template."""
    config = read_json(base / "config.json")
    has_tokenizer = any((base / name).is_file() for name in ("tokenizer.json", "tokenizer.model"))
    if not any("ForCausalLM" in one for one in config.get("architectures") or []) or not has_tokenizer:
        raise AiecoError(
            f"{base} is no language model to train: name a folder with config.json of a causal model, its safetensors "
            "and its tokenizer."
        )
    if not list(base.glob("*.safetensors")):
        raise AiecoError(f"{base} has no *.safetensors: other files of weights may hold code and are not read.")
    if config.get("quantization_config"):
        raise AiecoError(f"{base} has rounded weights, which are not trained: name the model that they were made of.")
    told = read_json(base / "tokenizer_config.json")
    if not (base / "chat_template.jinja").is_file() and not told.get("chat_template"):
        raise AiecoError(f"{base} has no chat template: name a model that was trained to answer (instruct, chat).")


def base_version(base: Path, home: Path) -> str:
    """sha256 over every file that decides what comes of the base."""
    told = sha256()
    for path in sorted(one for one in base.iterdir() if one.suffix in (*KEPT, ".safetensors")):
        told.update(f"{path.name}\0{sha256_of(path, home)}\0".encode())
    return told.hexdigest()


def read_json(file: Path) -> dict[str, Any]:
    """{} where there is none."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
