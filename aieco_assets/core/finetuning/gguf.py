"""A folder of a language model turned into one GGUF file, by the converter that llama.cpp has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.prompt import Message
from aieco_assets.core.settings import Settings

_SCRIPT = "convert_hf_to_gguf.py"
_NEEDED = (_SCRIPT, "conversion", "gguf-py")
_SECONDS = 3 * 60 * 60
_TRIED: list[Message] = [{"role": "user", "content": "When does the library open?"}]


def check_converter(folder: Path | None, home: Path) -> Path:
    """llama.cpp's folder: `folder`, else `llama.cpp` of the home. Raises AiecoError, which says where to get it."""
    place = (folder or home / "llama.cpp").expanduser().absolute()
    if not all((place / name).exists() for name in _NEEDED):
        raise AiecoError(
            f"{place} has no {_SCRIPT} with conversion/ and gguf-py/ beside it: name a folder of llama.cpp with "
            "--converter (the source archive of llama-cpp-python has one: docs/how-to/fine-tuning.md)."
        )
    return place


def to_gguf(settings: Settings, model: Path, converter: Path, file: Path) -> None:
    """Converts to 16 bit, opens the file and lets it write a word; `file` is there when that went well, and only then.

    The converter runs in a process of its own, offline. Raises AiecoError where it fails, or llama.cpp can't open what
    it made.
    """
    partial = file.with_name(f".{os.getpid()}-{file.name}")
    # The converter runs with nothing of ours but where to find programs: no key, no address.
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    environment |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, str(converter / _SCRIPT), str(model), "--outfile", str(partial), "--outtype", "f16"]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
        if done.returncode or not partial.is_file():
            reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:300]
            raise AiecoError(
                f"The converter in {converter} can't turn {model} into GGUF ({reason}): nothing is registered."
            )
        _try(settings, partial)
        os.replace(partial, file)
    except subprocess.TimeoutExpired:
        raise AiecoError(f"The converter in {converter} did not end within {_SECONDS // 3600} hours.") from None
    finally:
        partial.unlink(missing_ok=True)


def _try(settings: Settings, file: Path) -> None:
    from aieco_assets.core.llm.gateway import open_llm

    try:
        open_llm(settings.model_copy(update={"llm": str(file)})).generate(_TRIED, max_tokens=4)
    except AiecoError as error:
        raise AiecoError(f"llama.cpp can't use what the converter made, and nothing is registered: {error}") from None
