from pathlib import Path

import pytest

from aieco_assets.core.embeddings import parity
from aieco_assets.core.embeddings.bert_encoder import BertEncoder
from aieco_assets.core.settings import Settings


@pytest.fixture
def packaged(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, _env_file=None)  # type: ignore[call-arg]


def test_the_packaged_embedder_gives_the_vectors_of_sentence_transformers(packaged: Settings) -> None:
    found = parity.compare(packaged)
    assert found.backend == "onnxruntime"
    assert 0.99999 < found.lowest_cosine < 1.00001
    assert found.holds


def test_vectors_that_are_other_ones_do_not_pass(packaged: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_their_beginnings(self, texts, progress=None):
        return computed(self, [text[:5] for text in texts])

    computed = BertEncoder.encode
    monkeypatch.setattr(BertEncoder, "encode", of_their_beginnings)
    assert not parity.compare(packaged).holds
