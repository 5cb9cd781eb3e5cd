"""Flash attention is asked for where llama.cpp has a GPU and may use it. No GPU is here: only what is asked for is
seen, and that the model answers with it."""

from __future__ import annotations

from pathlib import Path

import llama_cpp
import pytest

from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.settings import Settings
from tests.core.llm.tiny_gguf import tiny_model


@pytest.mark.parametrize(
    ("has_gpu", "layers", "asked"),
    [
        (True, -1, llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED),
        (True, 0, llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED),
        (False, -1, llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED),
    ],
)
def test_flash_attention_is_asked_for_on_a_gpu_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, has_gpu: bool, layers: int, asked: int
) -> None:
    monkeypatch.setattr(llama_cpp, "llama_supports_gpu_offload", lambda: has_gpu)
    file = tiny_model(tmp_path / "tiny.gguf")
    settings = Settings(home=tmp_path, llm=str(file), llm_template="chatml", n_gpu_layers=layers, _env_file=None)  # type: ignore[call-arg]
    llm = load_llm(settings)
    assert llm._model.context_params.flash_attn_type == asked  # type: ignore[attr-defined]
    assert llm.generate([{"role": "user", "content": "Say it."}], 12).prompt_tokens
