"""The heavy steps on two nodes give what they give here, to the byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE, READINGS_TABLE, WORDS_TABLE
from aieco_assets.core.customers.scoring import PREDICTIONS, score_customers
from aieco_assets.core.embeddings import embed
from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors, open_table
from aieco_assets.core.embeddings.worker_embedder import encode_documents
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.evaluate import evaluate
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.rag.evidence import precompute
from aieco_assets.core.rag.evidence.precompute import read_ahead
from aieco_assets.core.rag.pipeline import open_answerer
from aieco_assets.core.retail.landing import land_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.test_clv import LATEST, fill, put_champion
from tests.core.engine.conftest import Nodes
from tests.core.knowledge.files import write

Away = Callable[[Settings], Settings]


@pytest.fixture
def knowledge(settings: Settings, tmp_path: Path) -> Settings:
    """Twenty documents of which one can't be read."""
    folder = write(
        tmp_path / "documents",
        **{
            f"page_{number}__md": f"# Page {number}\n\nParcel {number} weighs {number} kg. It takes {number} days.\n\n"
            + f"Shoes of size {number} can be returned within {number + 20} days of delivery. " * (number % 3 + 1)
            for number in range(1, 20)
        },
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing else")
    return settings.model_copy(update={"documents": str(folder)})


def tables(settings: Settings) -> dict[str, list[Any]]:
    """All that the knowledge base holds, by table, in the order of its keys."""
    database = connect_vectors(settings)
    keys = {CHUNKS_TABLE: "chunk_id", PAGES_TABLE: "page_id", READINGS_TABLE: "reading_id", WORDS_TABLE: "text"}
    return {
        name: sorted(open_table(database, name).to_arrow().to_pylist(), key=lambda row, by=key: row[by])
        for name, key in keys.items()
    }


def build(settings: Settings, in_between: Callable[[], None] = lambda: None) -> dict[str, list[Any]]:
    """The knowledge base, and what the warehouse says of its documents."""
    sync_documents(settings)
    refresh_chunks(settings)
    seen = []

    def progress(done: int, total: int) -> None:
        if not seen:
            in_between()
        seen.append((done, total))

    embedded = embed_missing(settings, progress=progress).embedded
    assert seen[-1] == (embedded, embedded)
    read_ahead(settings)
    with connect(settings.warehouse) as connection:
        refused = connection.execute("select path, reason from lake.document_quarantine order by 1").fetchall()
        facts = connection.execute("select * from lake.document_facts order by sha256").fetchall()
    return {**tables(settings), "refused": refused, "facts": facts}


def test_the_knowledge_base_is_the_same_also_when_a_node_is_killed_in_the_middle(
    knowledge: Settings, on_ray: Away, nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "_BATCH", 4)
    monkeypatch.setattr(precompute, "_WINDOW", 20)
    here = build(knowledge)
    assert len(here["refused"]) == 1
    assert len(here[CHUNKS_TABLE]) >= 19
    fresh = {"home": tmp_path / "other", "lancedb_url": str(tmp_path / "vectors")}
    with connect(knowledge.warehouse) as connection:
        connection.execute("delete from lake.document_facts")
    assert build(on_ray(knowledge).model_copy(update=fresh), nodes.kill_one) == here


def test_an_embedder_that_a_node_has_otherwise_is_refused(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="is another than here: give every node the same files"):
        encode_documents("packaged", "0123456789abcdef", ["a text"])


@pytest.mark.long
def test_questions_are_answered_alike(knowledge: Settings, on_ray: Away) -> None:
    build(knowledge)
    VectorStore.open(knowledge).publish()
    questions = [Question(f"How much does parcel {number} weigh?", ((f"{number} kg",),)) for number in range(1, 19)]
    answerer, told = open_answerer(knowledge), []
    here = evaluate(answerer, questions)
    away = evaluate(answerer, questions, lambda *at: told.append(at), on_ray(knowledge))
    assert told == [(16, 18), (18, 18)]
    for one, other in zip(here.rows, away.rows, strict=True):
        assert {**one.to_json(), "latency_ms": 0} == {**other.to_json(), "latency_ms": 0}
    assert any(row.correct for row in away.rows)


def test_customers_are_scored_alike(settings: Settings, on_ray: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(settings, customers=200)
    put_champion(settings)
    stored = f"select customer_id, {', '.join(PREDICTIONS)} from predictions.customers order by customer_id"

    def scored(by: Settings) -> list[tuple[Any, ...]]:
        with connect(settings.warehouse) as connection:
            connection.execute("delete from predictions.customers")
        assert score_customers(by, LATEST).written
        with connect(settings.warehouse) as connection:
            return connection.execute(stored.encode()).fetchall()

    here = scored(settings)
    monkeypatch.setattr("aieco_assets.core.customers.scoring.CUSTOMERS_AT_ONCE", 50)
    assert scored(on_ray(settings)) == here


def test_files_are_landed_alike(settings: Settings, on_ray: Away, tmp_path: Path) -> None:
    folder = tmp_path / "transactions"
    folder.mkdir()
    head = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    for day in range(1, 9):
        (folder / f"{day}.csv").write_text(
            f"{head}48{day}001,85048,CHRISTMAS BALLS,{day},2025-09-0{day} 07:45:00,6.95,13085,United Kingdom\n"
            f"48{day}002,85048,CHRISTMAS BALLS,many,2025-09-0{day} 07:46:00,6.95,13085,United Kingdom\n"
        )
    (folder / "notes.csv").write_text("nothing,to,see\n1,2,3\n")
    (folder / "again.csv").write_bytes((folder / "1.csv").read_bytes())

    def landed(by: Settings, lake: str) -> tuple[Any, dict[str, bytes]]:
        into = tmp_path / lake
        result = land_days(
            by.model_copy(update={"transactions": str(folder), "lake_url": str(into)}), date(2025, 1, 1), LATEST
        )
        return result, {str(one.relative_to(into)): one.read_bytes() for one in into.rglob("*") if one.is_file()}

    here = landed(settings, "here")
    assert (here[0].loaded, here[0].rejected) == (8, 8)
    with connect(settings.warehouse) as connection:
        connection.execute("delete from lake.transaction_days")
        connection.execute("delete from lake.transaction_files")
    assert landed(on_ray(settings), "away") == here
