"""Silence for llama.cpp, but for why it ends the process."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def silent_stderr() -> Iterator[None]:
    """llama.cpp writes to file descriptor 2 whatever `verbose` says; a user has no use for it."""
    saved = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@cache
def tell_aborts() -> object:
    """From now on llama.cpp says why it ends this process (a kernel that is missing, a GPU without memory) on what is
    file descriptor 2 now, whatever is silenced by then: by us, or by llama-cpp-python while it opens a model.

    Returns what has to live as long as the process.
    """
    from llama_cpp import llama_cpp

    shown = os.dup(2)

    def tell(reason: bytes) -> None:
        os.write(shown, b"llama.cpp ends this process: " + reason + b"\n")

    told = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(tell)
    llama_cpp._lib.ggml_set_abort_callback(told)
    return told
