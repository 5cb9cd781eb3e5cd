"""What llama.cpp says is kept from users, but never why it ends the process."""

from __future__ import annotations

import subprocess
import sys

ABORT = """
import os
from llama_cpp import llama_cpp
from aieco_assets.core.llm.native_stderr import silent_stderr, tell_aborts
tell_aborts()
with silent_stderr():
    os.write(2, b"loading the model\\n")
    llama_cpp._lib.ggml_abort(b"fattn.cu", 7, b"no kernel for this GPU")
"""


def test_why_llama_cpp_ends_the_process_is_said_where_everything_else_is_silenced() -> None:
    done = subprocess.run([sys.executable, "-c", ABORT], capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "llama.cpp ends this process: fattn.cu:7: no kernel for this GPU"
    assert "loading the model" not in done.stderr
