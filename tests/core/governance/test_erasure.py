"""What is erased is in no byte of the home any more, does not come back, and is proved; each in a home of its own."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance import certificate as certificates
from aieco_assets.core.governance import erasure
from aieco_assets.core.governance.audit import verify
from aieco_assets.core.governance.erasure import erase_customer, erase_document
from aieco_assets.core.governance.erasure_files import redact_files
from aieco_assets.core.governance.erasure_limits import limits, trained_models
from aieco_assets.core.governance.erasure_lock import alone, at_work
from aieco_assets.core.governance.erasure_vectors import erase_from_vectors
from aieco_assets.core.governance.home_key import home_key
from aieco_assets.core.governance.redaction import Traces
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.rag.evidence.precompute import read_ahead
from aieco_assets.core.registry.versions import register_data_model
from aieco_assets.core.retail import land_days, load_days, pending_days
from aieco_assets.core.retail.checks import lost_rows, unloaded_rows
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import connect
from tests.core.governance.canary import places
from tests.core.knowledge.office import mail

CUSTOMER = "QZCANARY81"
WORD = "Zyxquontal"
SENTENCE = f"The {WORD} allowance of Mrs Example is 512 pounds a month."
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
LINES = f"""{HEADER}
1,A,CUP,2,2011-01-04 10:00:00,1.50,{CUSTOMER},France
1,B,MUG,1,2011-01-04 10:00:00,2.50,{CUSTOMER},France
2,A,CUP,3,2011-01-04 11:00:00,1.50,13000,France
3,A,CUP,x,2011-01-04 12:00:00,1.50,{CUSTOMER},France
4,A,CUP,y,2011-01-04 12:00:00,1.50,13000,France
"""
DAY = (date(2011, 1, 4), date(2011, 1, 5))


@dataclass
class Place:
    """A filled home, its sources beside it, and what holds the canaries."""

    settings: Settings
    documents: Path
    transactions: Path

    def run(self, embedder: Embedder) -> None:
        land_days(self.settings, *DAY)
        load_days(self.settings, *DAY)
        sync_documents(self.settings)
        refresh_chunks(self.settings)
        embed_missing(self.settings, embedder)
        VectorStore.open(self.settings).publish()
        read_ahead(self.settings, embedder)


@pytest.fixture
def place(embedder: Embedder) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="aieco-erasure-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)  # as root, Postgres runs as another user
        documents, transactions = folder / "documents", folder / "transactions"
        (documents / "staff").mkdir(parents=True)
        transactions.mkdir()
        (transactions / "1.csv").write_text(LINES)
        (documents / "staff" / "pay.md").write_text(f"# Pay\n\n{SENTENCE} It is paid on Fridays.\n")
        (documents / "copy.txt").write_text((documents / "staff" / "pay.md").read_text())
        (documents / "returns.md").write_text("# Returns\n\nItems can be returned within 30 days of the purchase.\n")
        given = Settings(home=folder / "home", documents=str(documents), transactions=str(transactions), _env_file=None)  # type: ignore[call-arg]
        with open_platform(given) as settings:
            found = Place(settings, documents, transactions)
            found.run(embedder)
            _plant(settings)
            yield found


def _plant(settings: Settings) -> None:
    """What other rooms would have written of both."""
    told = f"asked by {CUSTOMER}: {SENTENCE}"
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into predictions.churn values ('2011-01-31', %s, 0.5, 'a', 'b', 'c', 1, now())", (CUSTOMER,)
        )
        connection.execute(
            "insert into service.inference_log (trace_id, kind, asked_at, key_id, question, outcome, verified,"
            " abstained, models, retrieved, citations, customers, unknown_customers, prompt_tokens, completion_tokens,"
            " latency_ms)"
            " values ('t1', 'answer', now(), 'local', %s, 'quoted', true, false, '{}', %s, 1, 0, 0, 0, 0, 1)",
            (told, json.dumps([{"document": "staff/pay.md", "page": 1, "score": 16927}])),
        )
        connection.execute(
            "insert into evaluation.cases (question_key, question, reason, times, trace_id, asked_at, golden)"
            " values ('k', 'what is paid', 'sample', 1, 't1', now(), %s)",
            (json.dumps({"must_contain": [SENTENCE], "citations": [["staff/pay.md", 1]]}),),
        )
    with connect(settings.database("dagster")) as connection:
        connection.execute("create table event_logs (id int, event text)")
        event = {"error": f"key (customer)=({CUSTOMER})", "of": {"rows": 81, "why": json.dumps({"said": SENTENCE})}}
        connection.execute("insert into event_logs values (1, %s)", (json.dumps(event),))
    for name, text in {
        "logs/service.log": f"before\nfailed for {CUSTOMER}\nread staff/pay.md: {SENTENCE}\nafter\n",
        "dbt/target/run_results.json": json.dumps({"rows": 3, "message": told}),
        "reports/drift/2011-01-31.html": f"<html>{told}</html>",
        "cache/transactions/x/lines.arrow": CUSTOMER,
    }.items():
        (settings.home / name).parent.mkdir(parents=True, exist_ok=True)
        (settings.home / name).write_text(text)


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse) as connection:
        return connection.execute(query.encode()).fetchall()


def test_an_erased_customer_and_document_are_in_no_byte_and_do_not_come_back(place: Place, embedder: Embedder) -> None:
    settings = place.settings
    for word in (CUSTOMER, WORD):
        assert len(places(settings, word)) > 5

    customer = erase_customer(settings, CUSTOMER, "ann", f"asked by mail of {CUSTOMER}")
    assert places(settings, CUSTOMER) == {}
    document = erase_document(settings, "staff/pay.md", "ann")
    assert places(settings, WORD) == {}
    assert places(settings, "staff/pay.md") == {}

    (place.transactions / "2.csv").write_text(f"{HEADER}\n9,A,CUP,1,2011-01-05 09:00:00,1.50,{CUSTOMER},France\n")
    os.utime(place.transactions / "1.csv")
    assert pending_days(settings).days == DAY
    place.run(embedder)
    assert places(settings, CUSTOMER) == {} and places(settings, WORD) == {}
    assert rows(settings, "select read, loaded, rejected, erased from lake.transaction_days order by invoice_date") == [
        (5, 1, 1, 3),
        (1, 0, 0, 1),
    ]
    assert (lost_rows(settings), unloaded_rows(settings)) == ([], [])
    assert rows(settings, "select path from lake.documents") == [("returns.md",)]
    assert sync_documents(settings).erased == 2
    index = VectorStore.open(settings).live()
    assert index is not None and [page.document for page in index.pages("returns.md")] == ["returns.md"]
    assert verify(settings).problem == ""
    _certified(settings, customer.path, document.path)


def _certified(settings: Settings, *paths: Path) -> None:
    for path in paths:
        told = path.read_text()
        assert CUSTOMER not in told and WORD not in told and "staff/pay.md" not in told
        assert json.loads(told)["left"] == []
        assert sum(json.loads(told)["after"].values()) == 0
        os.chmod(path, 0o600)
        path.write_text(told.replace("ann", "bob"))
        assert str(path) in verify(settings).problem
        path.write_text(told)
        assert verify(settings).problem == ""
    kept = rows(settings, "select question, retrieved -> 0 ->> 'score' from service.inference_log")
    assert kept == [("asked by [erased]: [erased]", "16927")]
    log = (settings.home / "logs" / "service.log").read_text()
    assert log == "before\nfailed for [erased]\nread [erased]: [erased]\nafter\n"
    assert json.loads((settings.home / "dbt/target/run_results.json").read_text())["rows"] == 3
    assert [row[0] for row in rows(settings, "select subject from governance.audit where action = 'erased'")] == [
        json.loads(path.read_text())["subject"] for path in paths
    ]


CUSTOMERS = ("erase_from_lake", "erase_rows", "redact", "redact_files", "rewrite", "empty_log", "append")
DOCUMENTS = ("redact", "redact_files", "erase_from_vectors", "erase_from_manifest", "rewrite", "append")


def killed(*values: Any, **named: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.skipif(not os.environ.get("AIECO_GOVERN"), reason="a minute: make govern")
def test_an_erasure_that_was_killed_at_every_step_is_ended_by_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase_both = {
        CUSTOMERS: lambda: erase_customer(place.settings, CUSTOMER, "ann"),
        DOCUMENTS: lambda: erase_document(place.settings, "staff/pay.md", "ann"),
    }
    for steps, erase in erase_both.items():
        for step in steps:
            with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
                patched.setattr(erasure, step, killed)
                erase()
        done = erase()
        assert done.certificate.attempts == len(steps) + 1
        assert (
            done.certificate.removed.items() >= ({"lake": 3} if steps is CUSTOMERS else {"lake.documents": 2}).items()
        )

    assert places(place.settings, CUSTOMER) == {} and places(place.settings, WORD) == {}
    assert len(list(done.path.parent.iterdir())) == 2
    assert verify(place.settings).problem == ""


def test_a_certificate_of_a_document_speaks_of_no_customers(settings: Settings) -> None:
    told = {subject: limits(settings, Traces(()), subject) for subject in ("customer:0f", "path:0f")}

    assert [one for one in told["customer:0f"] if one not in told["path:0f"]] == [
        "Aggregates over many customers, which the next run makes anew; trained models, which `models` names."
    ]
    assert set(told["path:0f"]) < set(told["customer:0f"])


def test_every_model_that_learned_from_orders_is_named_also_a_declared_one(settings: Settings) -> None:
    for name, tags in (("clv", {"data_digest": "a"}), ("rag", {}), ("again", {"data_digest": "b"})):
        register_data_model(settings, name, {"model.json": name.encode()}, kind="data", tags=tags)
    assert [(one["model"], one["version"]) for one in trained_models(settings)] == [("again", 1), ("clv", 1)]


def test_nobody_unknown_is_erased_and_nobody_twice(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="No customer 4711 is known in this home: nothing was erased"):
        erase_customer(settings, "4711", "ann")
    with pytest.raises(AiecoError, match=r"No document a\.md is known"):
        erase_document(settings, "a.md", "ann")
    assert rows(settings, "select from governance.tombstones") == []


def test_while_a_step_works_an_erasure_is_refused_and_while_one_erases_a_step_waits(settings: Settings) -> None:
    with at_work(settings), pytest.raises(AiecoError, match="at work here: nothing was erased"), alone(settings, 0.3):
        pass
    began, worked = threading.Event(), threading.Event()

    def step() -> None:
        began.set()
        with at_work(settings):
            worked.set()

    with alone(settings):
        with pytest.raises(AiecoError, match="at work here"), alone(settings, 0.3):
            pass
        thread = threading.Thread(target=step)
        thread.start()
        began.wait(10)
        assert not worked.wait(0.3)
    assert worked.wait(10)
    thread.join()


def test_without_the_key_that_named_the_erased_nothing_is_read(place: Place) -> None:
    erase_customer(place.settings, CUSTOMER, "ann")
    (place.settings.home / "governance" / "key").unlink()
    with pytest.raises(AiecoError, match="another key than this home's"):
        land_days(place.settings, *DAY)
    with pytest.raises(AiecoError, match="another key than this home's"):
        sync_documents(place.settings)


def test_what_could_not_be_looked_through_is_named(settings: Settings, tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "disk"
    for folder in (home / "logs", elsewhere):
        folder.mkdir(parents=True)
    (elsewhere / "run.log").write_text(f"failed for {CUSTOMER}\n")
    (home / "artifacts").symlink_to(elsewhere)
    (home / "logs" / "linked.log").symlink_to(elsewhere / "run.log")
    with open(home / "logs" / "huge.log", "wb") as file:
        file.truncate((1 << 30) + 1)

    done = redact_files(settings.model_copy(update={"home": home}), Traces.of([CUSTOMER]))

    assert [one.partition(":")[0] for one in sorted(done.left)] == ["artifacts", "logs/huge.log", "logs/linked.log"]
    assert CUSTOMER in (elsewhere / "run.log").read_text()


def test_sentences_that_are_too_many_to_look_for_are_told(settings: Settings) -> None:
    traces = Traces.of(["long.md"], [f"Sentence {number} of a long document." for number in range(5_003)])
    assert any("last 3 sentences" in one for one in limits(settings, traces, "document:long.md"))


def test_an_erasure_that_was_killed_when_all_was_written_down_leaves_its_certificate_as_it_was(
    settings: Settings, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"home": tmp_path})
    subject = home_key(own).name("customer", CUSTOMER)
    first = erasure._issued(own, certificates.begin(own, subject, "ann", ""), "ann")
    certificates.keep(own, first.certificate)  # what a process leaves that is killed before it ends the erasure

    again = erasure._issued(own, certificates.begin(own, subject, "ann", ""), "ann")

    assert (verify(own).rows, verify(own).problem) == (2, "")
    assert again.path != first.path
    assert not certificates.is_open(own, subject)


def test_what_came_with_a_mail_is_erased_with_the_mail_alone_and_does_not_come_back(
    settings: Settings, tmp_path: Path
) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    inner = mail("See the well.", {"well.md": b"The well is closed.\n"})
    (documents / "post.eml").write_bytes(mail("Forwarded.", {"inner.eml": inner, "pay.md": SENTENCE.encode()}))
    (documents / "pay.md").write_text(SENTENCE)
    (documents / "other.md").write_text("Items can be returned within 30 days.")
    given = settings.model_copy(update={"documents": str(documents)})
    sync_documents(given)
    for path in ("post.eml!pay.md", "post.eml!inner.eml!well.md", "pay.md"):
        with pytest.raises(AiecoError, match=r"came with the mail post\.eml, whose own bytes hold it: erase the mail"):
            erase_document(given, path, "ann")
    erase_document(given, "post.eml", "ann")
    (documents / "inner.eml").write_bytes(inner)
    changed = mail("Sent once more.", {"inner.eml": inner, "pay.md": SENTENCE.encode(), "new.md": b"New.\n"})
    (documents / "again.eml").write_bytes(changed)
    sync_documents(given)
    with connect(given.warehouse) as connection:
        known = connection.execute("select path from lake.documents where removed_at is null order by path").fetchall()
    assert [path for (path,) in known] == ["again.eml", "again.eml!new.md", "other.md"]


def test_a_document_leaves_also_while_no_chunk_has_its_vector_yet(settings: Settings, tmp_path: Path) -> None:
    """As after a kill between the chunks and their embedding."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "pay.md").write_text(f"# Pay\n\n{SENTENCE}\n")
    (documents / "returns.md").write_text("# Returns\n\nItems can be returned within 30 days of the purchase.\n")
    given = settings.model_copy(update={"documents": str(documents)})
    sync_documents(given)
    refresh_chunks(given)
    content = hashlib.sha256((documents / "pay.md").read_bytes()).hexdigest()
    assert erase_from_vectors(given, {content})["chunks"] == 1
    left = connect_vectors(given).open_table("chunks").to_arrow()
    assert left["sha256"].to_pylist() == [hashlib.sha256((documents / "returns.md").read_bytes()).hexdigest()]
    assert left["vector"].to_pylist() == [None]
