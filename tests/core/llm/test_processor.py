"""A llama.cpp that was compiled with AMX, which ends the process on some processors, is used without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from llama_cpp import llama_cpp

from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.llm.processor import leave_out_amx
from aieco_assets.core.settings import Settings
from tests.core.llm.tiny_gguf import tiny_model


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Have the library say this of what it was compiled with."""
    monkeypatch.setattr(llama_cpp, "llama_model_default_params", llama_cpp.llama_model_default_params)
    leave_out_amx.cache_clear()
    yield lambda said: monkeypatch.setattr(llama_cpp, "llama_print_system_info", lambda: said)
    leave_out_amx.cache_clear()


def test_a_model_is_opened_without_amx_and_answers(says: Callable[[bytes], None], tmp_path: Path) -> None:
    says(b"AVX2 = 1 | AMX_INT8 = 1 | REPACK = 1 | ")
    file = tiny_model(tmp_path / "tiny.gguf")
    llm = load_llm(Settings(home=tmp_path, llm=str(file), llm_template="chatml", _env_file=None))  # type: ignore[call-arg]
    assert not llm._model.model_params.use_extra_bufts  # type: ignore[attr-defined]
    assert llm.generate([{"role": "user", "content": "Say it."}], 12).prompt_tokens


def test_a_library_without_amx_keeps_its_packed_formats(says: Callable[[bytes], None]) -> None:
    says(b"AVX2 = 1 | REPACK = 1 | ")
    before = llama_cpp.llama_model_default_params
    leave_out_amx()
    assert llama_cpp.llama_model_default_params is before
