"""A part that is killed while it is used: one sentence names it, nothing is half written, and the next time goes well.

A Ray node that is killed is tests/core/engine/test_steps.py's; a whole run without its S3 store, `make apart`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest

from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.errors import ModelUnavailable, Unavailable, is_passing, named
from aieco_assets.core.evaluation.golden import evaluate_published
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.retail.landing import land_days
from aieco_assets.core.retail.loading import load_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store
from aieco_assets.core.storage.postgres import connect
from tests.bento.conftest import publish
from tests.bento.serving import Running, serving
from tests.e2e.apart.servers import AWS, BUCKET, Process, s3

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
FIRST, LAST = date(2011, 1, 1), date(2011, 6, 30)
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
DOCUMENTS = {
    "returns.md": "# Returns\n\nYou have 45 days to return an unused item. A refund reaches your card in 5 days.\n",
    "delivery.md": "# Delivery\n\nStandard delivery takes 3 working days and costs 4.95 pounds per order.\n",
}
QUESTIONS = [
    {"question": "How many days do I have to return an item?", "must_contain": ["45 days"]},
    {"question": "How long does standard delivery take?", "must_contain": ["3 working days"]},
    {"question": "What does delivery cost?", "must_contain": ["4.95"]},
]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    with s3(tmp_path) as running:
        yield running


@pytest.fixture
def bucketed(settings: Settings, store: Process, tmp_path: Path) -> Settings:
    """Lake and vectors in the bucket; a sale on every day of half a year, which are more days than one batch."""
    transactions, documents = tmp_path / "transactions", tmp_path / "documents"
    transactions.mkdir()
    documents.mkdir()
    days = [date.fromordinal(day) for day in range(FIRST.toordinal(), LAST.toordinal() + 1)]
    lines = [f"5{n:05},85123A,LANTERN,{1 + n % 7},{day} 08:26:00,2.55,17850,France\n" for n, day in enumerate(days)]
    (transactions / "sales.csv").write_text(HEADER + "".join(lines))
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text)
    places = {"transactions": str(transactions), "documents": str(documents), "s3_endpoint_url": store.url}
    return settings.model_copy(
        update={**places, "lake_url": f"s3://{BUCKET}/lake", "lancedb_url": f"s3://{BUCKET}/lancedb"}
    )


def test_a_store_that_is_killed_while_days_land_is_named_and_all_of_them_are_there_the_next_time(
    bucketed: Settings, store: Process, settings: Settings
) -> None:
    reached: list[int] = []

    def kill(done: int, _: int) -> None:
        reached.append(done)
        store.kill()

    with pytest.raises(Unavailable, match=f"S3 store s3://{BUCKET}/lake at {store.url} does not answer: start it"):
        land_days(bucketed, FIRST, LAST, kill)
    with connect(settings.warehouse) as connection:
        recorded = connection.execute("select count(*) from lake.transaction_days").fetchone()
    assert recorded == (reached[0],)
    with pytest.raises(Unavailable, match="does not answer"):
        load_days(bucketed, FIRST, LAST)
    with connect(settings.warehouse) as connection:
        assert connection.execute("select count(*) from raw.transactions").fetchone() == (0,)
    store.start()
    landed = land_days(bucketed, FIRST, LAST)
    assert (landed.read, landed.loaded, len(landed.days)) == (181, 181, 181 - reached[0])
    assert len(open_store(bucketed.lake, bucketed).list("transactions/")) == 181
    assert load_days(bucketed, FIRST, LAST).rows == 181


def test_a_store_that_is_killed_beneath_the_vectors_is_named_and_nothing_is_lost(
    bucketed: Settings, store: Process
) -> None:
    sync_documents(bucketed)
    refresh_chunks(bucketed)
    writer = VectorStore.open(bucketed)
    before = writer.coverage().chunks
    store.kill()
    for step in (lambda: embed_missing(bucketed), writer.publish, lambda: connect_vectors(bucketed).list_tables()):
        with pytest.raises(Exception) as told:
            step()
        away = named(told.value)
        assert isinstance(away, Unavailable)
        assert str(away).endswith(f"at {store.url} does not answer: start it, or mend AIECO_S3_ENDPOINT_URL.")
    store.start()
    embed_missing(bucketed)
    writer.publish()
    coverage = writer.coverage()
    assert (coverage.chunks, coverage.embedded, coverage.problem) == (before, before, "")


@pytest.mark.long
def test_a_model_service_that_is_killed_while_it_is_evaluated_leaves_no_half_evaluation(
    settings: Settings, tmp_path: Path
) -> None:
    documents, questions = tmp_path / "documents", tmp_path / "questions"
    documents.mkdir()
    questions.mkdir()
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text)
    publish(settings.model_copy(update={"documents": str(documents)}))
    (questions / "questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in QUESTIONS))
    asking = settings.model_copy(update={"documents": str(questions), "llm_retries": 0, "llm_cooldown_seconds": 0})
    with pytest.raises(ModelUnavailable) as told, serving(asking, tmp_path / "llm.log", "bento.llm:AiecoLlm") as first:
        evaluate_published(at(first, asking), progress=lambda done, of: kill(first) if done == 1 else None)
    assert first.url.removeprefix("http://") in str(told.value)
    assert str(told.value).endswith((".", "!"))
    assert "Traceback" not in str(told.value)
    assert is_passing(told.value)
    assert evaluations(settings) == 0
    with serving(asking, tmp_path / "again.log", "bento.llm:AiecoLlm") as second:
        found = evaluate_published(at(second, asking))
    assert (found.kind, found.summary["questions"], found.reused) == ("golden", 3, False)
    assert evaluations(settings) == 1


def at(running: Running, settings: Settings) -> Settings:
    return settings.model_copy(update={"llm": f"{running.url}/v1"})


def kill(running: Running) -> None:
    for process in running.family:
        process.kill()
    psutil.wait_procs(running.family, timeout=30)


def evaluations(settings: Settings) -> int:
    with connect(settings.warehouse) as connection:
        ((count,),) = connection.execute("select count(*) from evaluation.rag_runs").fetchall()
    return count
