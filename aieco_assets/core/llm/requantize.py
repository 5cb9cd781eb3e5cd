"""The packaged model in the quantisation that processors read fastest."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from aieco_assets.core.llm.model_files import ModelFile
from aieco_assets.core.llm.native_stderr import silent_stderr

_MOSTLY_Q4_0 = 2  # LLAMA_FTYPE_MOSTLY_Q4_0 of llama.h


def for_processors(file: ModelFile, home: Path) -> Path:
    """A Q4_0 copy of a Q4_1 file under home, written once (0.5 s); the file itself where that can't be done.

    llama.cpp repacks Q4_0 for the processor's vector units and reads a prompt twice as fast (FACTS.md); answers were
    the same but for a comma, see docs/decisions/0053-llama-cpp-on-processors.md. The copy follows from the file and
    this llama.cpp alone, so the model keeps the name and hash of the file.
    """
    import llama_cpp

    copy = home / "cache" / "llm" / f"{file.sha256[:16]}-{llama_cpp.__version__}.Q4_0.gguf"
    if copy.is_file():
        return copy
    partial = copy.with_suffix(f".{os.getpid()}.part")
    asked = llama_cpp.llama_model_quantize_default_params()
    asked.ftype, asked.allow_requantize = _MOSTLY_Q4_0, True
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with silent_stderr():
            code = llama_cpp.llama_model_quantize(os.fsencode(file.path), os.fsencode(partial), ctypes.pointer(asked))
        if code != 0:
            return file.path
        partial.replace(copy)
        return copy
    except OSError:  # a home that can't be written, or is full
        return file.path
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
