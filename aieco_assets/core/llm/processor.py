"""What of the processor llama.cpp may use."""

from __future__ import annotations

from functools import cache


@cache
def leave_out_amx() -> None:
    """From now on models are opened without AMX, the matrix instructions of Intel's processors since 2023.

    Compiled with them, llama.cpp's first multiplication ends the process on some compilers and virtual machines: it
    configures the tiles with bytes that nobody wrote (github.com/ggml-org/llama.cpp issue 20824, pull request 26954).
    `make setup` compiles it without them, which keeps its other packed formats; a library from elsewhere that has
    them loses those too, and answers.
    """
    from llama_cpp import llama_cpp

    if b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info():
        return
    defaults = llama_cpp.llama_model_default_params

    def without_extra_buffers() -> llama_cpp.llama_model_params:
        given = defaults()
        given.use_extra_bufts = False
        return given

    # llama-cpp-python has no argument for it.
    llama_cpp.llama_model_default_params = without_extra_buffers
