"""Numbers of the warehouse over HTTP: the same answer object, with the metric beside it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from bento.app import create_app
from bento.backend import Backend
from tests.bento.conftest import client_of
from tests.bento.writing import Writing
from tests.core.rag.scripted import ScriptedLlm

SALES = "How many sales have we made in the past year in the UK?"
DOCUMENT = "How many days do I have to return an item?"


def test_a_number_comes_with_its_metric_filters_and_freshness(client: TestClient) -> None:
    posted = client.post("/answer", json={"question": SALES})
    got = client.get("/answer", params={"question": SALES}).json()

    body = posted.json()
    assert posted.status_code == 200
    assert body["answer"].endswith("was 2.")
    assert (body["verified"], body["abstained"], body["citations"]) == (True, False, [])
    assert body["knowledge_base"]["version"] >= 1 and body["trace_id"]
    metric = body["metric"]
    assert (metric["name"], metric["value"], metric["unit"], metric["rows"]) == ("orders", 2, "orders", [])
    assert metric["filters"] == {
        "countries": ["United Kingdom"],
        "items": [],
        "first_day": "2010-12-10",
        "last_day": "2011-12-09",
        "period": "the past year",
        "categories": [],
        "stores": [],
    }
    assert (metric["as_of"], metric["loaded_at"][:16]) == ("2011-12-09", "2011-12-10T06:30")
    assert got["metric"] == metric


def test_an_answer_of_the_documents_has_no_metric(client: TestClient) -> None:
    body = client.post("/answer", json={"question": DOCUMENT}).json()

    assert "45 days" in body["answer"]
    assert body["metric"] is None


def test_a_follow_up_question_is_completed_from_the_ones_before(client: TestClient) -> None:
    posted = client.post("/answer", json={"question": "and in Germany?", "history": [DOCUMENT, SALES]}).json()
    turns = [("user", SALES), ("assistant", "It was 2."), ("user", "and in Germany?")]
    messages = [{"role": role, "content": content} for role, content in turns]
    chatted = client.post("/v1/chat/completions", json={"messages": messages}).json()["aieco"]
    cost = {"question": "And how much does it cost?", "history": ["How long does standard delivery take?"]}

    assert posted["metric"]["filters"]["countries"] == ["Germany"]
    assert chatted["metric"] == posted["metric"]
    assert "4.95 pounds" in client.post("/answer", json=cost).json()["answer"]


def test_a_model_that_writes_reads_a_number_out_of_a_question_that_nothing_else_answers(writing: Writing) -> None:
    said = (
        '{"metric": {"value": "revenue", "said": "dosh came"}, "countries": [{"value": "Germany", "said": "Germany"}]}'
    )
    llm = writing.writes(ScriptedLlm(said))
    with client_of(create_app(writing)) as opened:
        body = opened.post("/answer", json={"question": "How much dosh came from Germany?"}).json()
        other = opened.post("/answer", json={"question": "How much dosh came from Narnia?"}).json()

    assert (body["abstained"], body["mode"], body["metric"]["name"]) == (False, "number", "revenue")
    assert body["metric"]["filters"]["countries"] == ["Germany"]
    assert body["models"]["llm"].startswith("scripted@") and body["usage"]["prompt_tokens"] > 10
    assert (other["abstained"], other["metric"]) == (True, None) and len(llm.asked) > 2


def test_groups_come_as_rows(client: TestClient) -> None:
    metric = client.post("/answer", json={"question": "What was our revenue by country?"}).json()["metric"]

    assert metric["rows"][1] == {"key": "Germany", "label": "Germany", "value": 30.0}
    assert (metric["group_by"], metric["groups"], metric["value"]) == ("country", 4, 93.01)


def test_what_neither_warehouse_nor_documents_know_is_said_by_the_warehouse(client: TestClient) -> None:
    body = client.post("/answer", json={"question": "How many bras reeding lamps did we sell?"}).json()

    assert body["abstained"] and not body["verified"]
    assert "BRASS READING LAMP (20201)" in body["answer"]


def test_a_chat_client_reads_rows_definition_and_freshness_as_text(client: TestClient) -> None:
    messages = [{"role": "user", "content": "What was our revenue by country?"}]
    said = client.post("/v1/chat/completions", json={"messages": messages}).json()["choices"][0]["message"]["content"]

    assert "Germany: £30.00" in said
    assert "Metric revenue: Quantity x unit price" in said
    assert "data up to 9 December 2011, loaded 2011-12-10 06:30 UTC" in said


def test_answers_of_the_warehouse_are_counted_apart(client: TestClient) -> None:
    client.post("/answer", json={"question": SALES})

    counted = [line for line in client.get("/metrics").text.splitlines() if 'outcome="number"' in line]
    assert float(counted[0].split()[-1]) >= 1


@pytest.fixture
def warehouse_away(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service as it is when its Postgres has gone: at the same address nobody listens."""
    assert backend._settings is not None
    away = backend._settings.model_copy(update={"postgres_url": SecretStr("postgresql://u:secret@127.0.0.1:1/none")})
    monkeypatch.setattr(backend, "_settings", away)
    monkeypatch.setattr(backend._current().index, "settings", away)


def test_without_its_warehouse_numbers_are_refused_and_documents_still_answer(
    client: TestClient, warehouse_away: None
) -> None:
    number = client.post("/answer", json={"question": SALES})
    document = client.post("/answer", json={"question": DOCUMENT}).json()

    assert number.status_code == 503 and number.headers["retry-after"]
    assert "does not answer" in number.json()["error"] and "secret" not in number.text
    assert "45 days" in document["answer"]
    assert document["knowledge_base"]["stale"] is True
