"""Answers in lineage: from a real knowledge base and the log's own way into Postgres, told as the log may tell them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aieco_assets.core.contracts import Answer, Citation, KnowledgeVersion, Usage
from aieco_assets.core.embeddings.embedder import Embedder
from aieco_assets.core.lineage.answers import answers_since
from aieco_assets.core.lineage.shipping import everything
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.monitoring.records import answer_record, prediction_record
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.governance.knowledge import publish
from tests.core.lineage.literal import LiteralHistory, rebuilt

LEAVE = "Every employee gets 30 days of leave. Ask Mrs. Ann Miller."
PAY = "The board pays itself 90 pounds."
ACCESS = "default: everyone\nfolders:\n  board: [board]\n"


@pytest.fixture
def home(settings: Settings, embedder: Embedder, tmp_path: Path) -> Settings:
    source = tmp_path / "source"
    (source / "board").mkdir(parents=True)
    (source / "leave.md").write_text(LEAVE)
    (source / "board" / "pay.md").write_text(PAY)
    here = settings.model_copy(update={"documents": str(source)})
    publish(here, embedder)
    return here


def citation(settings: Settings, document: str, quote: str) -> Citation:
    from aieco_assets.core.embeddings.index import open_live

    live = open_live(settings)
    assert live is not None
    (page,) = live.pages(document)
    start = page.text.index(quote)
    return Citation(document, page.page, quote, start, start + len(quote), page.sha256)


def log(
    settings: Settings, trace: str, *citations: Citation, question: str = "How many days?", arm: str = "champion"
) -> None:
    answer = Answer(
        "Thirty.", False, True, citations, KnowledgeVersion(3, None), {"llm": "smollm2"}, Usage(1, 2, 3.0), trace,
        arm=arm, versions={"llm": 1},
    )  # fmt: skip
    spool_of(settings).append([answer_record(answer, question, "verified", "ann", 0.5)])
    ship(settings)


def test_the_log_has_the_places_of_the_quotes_and_not_their_words(home: Settings) -> None:
    one = citation(home, "leave.md", "Every employee gets 30 days of leave.")
    log(home, "t-1", one)
    with connect(home.warehouse) as connection:
        ((row, cited),) = connection.execute("select row::text, cited from service.inference_log as row").fetchall()
    assert "30 days of leave" not in row
    assert cited == [{"document": "leave.md", "page": 1, "start": one.start, "end": one.end, "sha256": one.sha256}]


def test_an_answer_quotes_what_everyone_may_read_and_masks_it(home: Settings) -> None:
    (Path(home.documents) / "access.yaml").write_text(ACCESS)
    one, two = citation(home, "leave.md", LEAVE), citation(home, "board/pay.md", PAY)
    log(home, "t-1", one, two, question="Did Mr. Tom Reed write from tom@example.org?")
    (answer,) = answers_since(home, 0, 10)
    assert answer.question == "Did Mr. <PERSON> write from <EMAIL_ADDRESS>?"
    first, second = answer.cited
    assert (first.document, first.sha256, first.page) == ("leave.md", one.sha256, 1)
    assert first.quote == LEAVE.replace("Ann Miller", "<PERSON>")
    assert (second.document, second.sha256, second.quote, second.page) == ("", "", "", 1)
    assert (answer.seconds, answer.knowledge_version, answer.versions, answer.citations) == (0.5, 3, {"llm": 1}, 2)
    events = [*everything(home, LiteralHistory({}))]
    told = json.dumps(events)
    assert all(rebuilt(event) == event for event in json.loads(told))
    assert not any(word in told for word in ("Tom Reed", "Ann Miller", "90 pounds", "board/pay", "tom@example.org"))


def test_a_page_that_is_gone_is_quoted_no_more(home: Settings, embedder: Embedder) -> None:
    one = citation(home, "leave.md", LEAVE)
    log(home, "t-1", one)
    (Path(home.documents) / "leave.md").unlink()
    publish(home, embedder)
    ((found,),) = [answer.cited for answer in answers_since(home, 0, 10)]
    assert (found.document, found.page, found.quote) == ("leave.md", 1, "")


def test_answers_come_in_the_order_of_the_audit_log_each_once(settings: Settings) -> None:
    for trace in ("t-1", "t-2", "t-3"):
        log(settings, trace)
    log(settings, "t-4", arm="shadow")
    spool_of(settings).append([prediction_record("t-5", {}, known=1, unknown=0, key_id="ann", seconds=0.1)])
    ship(settings)
    first = answers_since(settings, 0, 2)
    assert [one.trace_id for one in first] == ["t-1", "t-2"]
    assert [one.trace_id for one in answers_since(settings, first[-1].sequence, 2)] == ["t-3"]


def test_an_answer_of_before_the_places_were_kept_is_told_without_them(settings: Settings) -> None:
    log(settings, "t-1")
    with connect(settings.warehouse) as connection:
        connection.execute("update service.inference_log set citations = 2")
    (answer,) = answers_since(settings, 0, 10)
    assert (answer.citations, answer.cited) == (2, ())
