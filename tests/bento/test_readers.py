"""Readers over HTTP: every route shows what the groups of a key may read and nothing of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from aieco_assets.core.serving.follower import Refusal
from aieco_assets.core.serving.keys import make_key, read_keys
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.conftest import client_of, stored
from tests.waiting import until

LEAVE = "How many days of paid annual leave does an employee get?"
RETURN = "How many days do I have to return an item?"
RULES = """
default: everyone
documents:
  leave.md: [hr]
  travel.pdf: [hr]
"""
OPEN = RULES.replace("[hr]", "everyone")


@pytest.fixture
def rules(served: Settings) -> Iterator[Callable[[str], None]]:
    path = Path(served.documents) / "access.yaml"
    path.write_text(RULES)
    yield lambda text: (path.write_text(text), None)[1]
    path.unlink()


@pytest.fixture
def asking(backend: Backend, rules: Callable[[str], None]) -> Callable[[str], TestClient]:
    """A client for each of anna (hr), ben (no group), rob (a reviewer of no group) and ada (an operator)."""
    who = {"anna": ("ask+review", ["hr"]), "ben": ("ask", []), "rob": ("ask+review", []), "ada": ("admin", [])}
    made = {name: make_key(name, scopes.split("+"), groups) for name, (scopes, groups) in who.items()}
    keys = read_keys(",".join(entry for _, entry in made.values()))
    client = client_of(Guard(create_app(backend), keys))

    def by(name: str) -> TestClient:
        client.headers["authorization"] = f"Bearer {made[name][0]}"
        return client

    seen = by("ben")
    until(lambda: "leave.md" not in cites(seen, LEAVE), 10, "the rule")
    return by


def cites(client: TestClient, question: str) -> list[str]:
    said = client.post("/answer", json={"question": question}).json()
    return [
        one["document"] for one in [*said["citations"], *said["suggestions"], *said["documents"]] if one.get("document")
    ]


def page_of(client: TestClient, document: str) -> str:
    hits = client.post("/search", json={"question": document, "k": 20}).json()["hits"]
    (sha256, *_) = [hit["sha256"] for hit in hits if hit["document"] == document]
    return f"/documents/{sha256}/pages/1"


def test_answers_searches_and_chats_hold_only_what_the_groups_may_read(asking: Callable[[str], TestClient]) -> None:
    assert "leave.md" in cites(asking("anna"), LEAVE)
    assert "leave.md" in cites(asking("ada"), LEAVE)

    client = asking("ben")
    assert "28 days" not in client.post("/answer", json={"question": LEAVE}).text
    assert "leave" not in client.get("/answer", params={"question": LEAVE}).json()["answer"]
    found = client.post("/search", json={"question": LEAVE, "k": 20}).json()["hits"]
    assert {hit["document"] for hit in found} == {"returns.md", "delivery.md", "boats.md"}
    turns = [{"role": "user", "content": LEAVE}]
    assert "28 days" not in client.post("/v1/chat/completions", json={"model": "aieco", "messages": turns}).text
    assert "28 days" not in client.post("/v1/responses", json={"model": "aieco", "input": LEAVE, "stream": True}).text
    follow = {"question": "And how many does an employee get?", "history": ["How long is the annual leave?"]}
    assert "28 days" not in client.post("/answer", json=follow).text
    assert "returns.md" in cites(client, RETURN)


def test_a_document_that_may_not_be_read_is_missing_like_one_that_is_not_there(
    asking: Callable[[str], TestClient],
) -> None:
    client = asking("ada")
    leave, travel = page_of(client, "leave.md"), page_of(client, "travel.pdf")
    nowhere = f"/documents/{'0' * 64}/pages/1"
    picture = "/image?start=0&end=6"
    assert client.get(leave).status_code == 200
    assert client.get(travel + picture).status_code == 200

    client = asking("ben")
    for hidden, missing in ((leave, nowhere), (travel + picture, nowhere + picture)):
        told, expected = client.get(hidden), client.get(missing)
        assert (told.status_code, told.json()) == (expected.status_code, expected.json()) == (404, told.json())
    asked = [client.post("/answer", json={"question": LEAVE, "documents": [one]}) for one in ("leave.md", "nosuch.md")]
    assert [one.status_code for one in asked] == [asked[1].status_code] * 2
    assert asked[0].text.replace("leave.md", "nosuch.md") == asked[1].text

    client = asking("anna")
    assert client.get(travel + picture).headers["cache-control"] == "no-store"


def test_examples_versions_and_metrics_tell_nothing_of_other_documents(asking: Callable[[str], TestClient]) -> None:
    client = asking("ben")
    examples = client.get("/examples").json()["questions"]
    assert examples and not [one for one in examples if "leave" in one or "meal" in one]
    ben, answered = client.get("/version").json()["knowledge_base"], client.post("/answer", json={"question": RETURN})
    assert answered.json()["knowledge_base"] == ben
    assert client.get("/metrics").status_code == 403
    ada = asking("ada").get("/version").json()["knowledge_base"]
    assert ben["version"] != ada["version"]
    assert asking("ada").get("/metrics").status_code == 200
    assert asking("anna").get("/version").json()["knowledge_base"]["version"] not in (ben["version"], ada["version"])


def test_why_a_version_is_refused_is_told_to_the_operator_alone(
    asking: Callable[[str], TestClient], backend: Backend
) -> None:
    said = "it does not answer the golden question 'What does the board earn?'"
    assert backend.following is not None
    backend.following.refused["llm"] = Refusal("llm", 99, said, datetime.now(timezone.utc))
    try:
        assert said in asking("ada").get("/version").json()["refused"][0]["reason"]
        told = asking("ben").get("/version")
    finally:
        del backend.following.refused["llm"]

    assert told.status_code == 200 and "golden question" not in told.text
    assert (told.json()["refused"], told.json()["candidate"], told.json()["stopped"]) == ([], None, None)
    assert told.json()["served"]["embedder"]


def test_the_log_keeps_the_published_version(asking: Callable[[str], TestClient], served: Settings) -> None:
    trace = asking("ben").post("/answer", json={"question": RETURN}).json()["trace_id"]

    version = asking("ada").get("/version").json()["knowledge_base"]["version"]
    query = "select knowledge_version, key_id from service.inference_log where trace_id = %s"
    assert stored(served, query, trace) == [(version, "ben")]


def test_a_right_is_given_and_taken_away_without_a_publication(
    asking: Callable[[str], TestClient], rules: Callable[[str], None]
) -> None:
    client = asking("ben")
    rules(OPEN)
    until(lambda: "leave.md" in cites(client, LEAVE), 10, "reading")
    leave = page_of(client, "leave.md")
    assert client.get(leave).status_code == 200

    rules(RULES)

    until(lambda: client.get(leave).status_code == 404, 10, "losing the right")
    assert "leave.md" not in cites(client, LEAVE)


def test_a_file_that_can_not_be_read_closes_everything_but_to_the_operator(
    asking: Callable[[str], TestClient], rules: Callable[[str], None]
) -> None:
    rules("folder: typo")
    client = asking("anna")

    until(lambda: not cites(client, RETURN), 10, "closing")

    assert client.post("/search", json={"question": RETURN}).json() == {"hits": []}
    assert client.get("/examples").status_code == 200
    assert "returns.md" in cites(asking("ada"), RETURN)


def test_a_reviewer_sees_the_cases_of_documents_that_they_may_read(
    asking: Callable[[str], TestClient], served: Settings
) -> None:
    with connect(served.warehouse) as connection:
        connection.execute("truncate evaluation.cases, service.inference_log, service.feedback")
    for name, question in (("anna", LEAVE), ("rob", RETURN)):
        trace = asking(name).post("/answer", json={"question": question}).json()["trace_id"]
        asking(name).post("/feedback", json={"trace_id": trace, "rating": "down"})
        stored(served, "select 1 from service.inference_log where trace_id = %s", trace)
        stored(served, "select 1 from service.feedback where trace_id = %s", trace)

    anna = asking("anna").get("/review/cases").json()["cases"]
    rob = asking("rob").get("/review/cases").json()

    assert {one["question"] for one in anna} == {LEAVE, RETURN}
    assert [one["question"] for one in rob["cases"]] == [RETURN]
    shown = asking("rob").get(f"/review/cases/{rob['cases'][0]['case_id']}").json()
    assert (shown["answered"]["knowledge_version"], shown["answered"]["pages"][0][0]) == (None, "returns.md")
    (hidden,) = [one["case_id"] for one in anna if one["question"] == LEAVE]
    assert _refused(asking("rob").get(f"/review/cases/{hidden}"), hidden)
    assert _refused(asking("rob").post(f"/review/cases/{hidden}", json={"decision": "reject"}), hidden)
    wrong = {"decision": "accept", "must_contain": ["28"], "pages": [{"document": "leave.md", "page": 1}]}
    told = asking("rob").post(f"/review/cases/{rob['cases'][0]['case_id']}", json=wrong).json()["error"]
    assert told.startswith("No document here is called leave.md")
    with connect(served.warehouse) as connection:
        connection.execute("truncate evaluation.cases, service.inference_log, service.feedback")


def _refused(response: Any, case_id: int) -> bool:
    return response.status_code >= 400 and response.json()["error"].startswith(f"There is no case {case_id}:")
