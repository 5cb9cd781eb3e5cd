"""Cases over HTTP and on the review page in a real browser: what is decided there is what `aieco review` decides."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api
from starlette.testclient import TestClient

from aieco_assets.core.evaluation.review import accepted_questions, cases
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.monitoring.records import feedback_record, prediction_record
from aieco_assets.core.serving.keys import read_keys
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.conftest import client_of
from tests.bento.writing import listening
from tests.browser import Watched, chromium

HOSTILE = '<img src=x onerror="document.title=1"> How many days do I have to return an item?'
ASKED = {
    "r0000001": ("How many days do I have to return an item?", "quoted"),
    "r0000002": ("Who is the king of France?", "abstained"),
    "r0000003": (HOSTILE, "abstained"),
}


def log_cases(settings: Settings) -> None:
    """Answers as the service writes them down: one disliked, two that were silence."""
    records = []
    for trace, (question, outcome) in ASKED.items():
        call = prediction_record(trace, {"llm": "a@1"}, 0, 0, "ann", 0.1)
        hits = {"retrieved": [{"chunk_id": "c", "document": "returns.md", "page": 1, "score": 0.8}]}
        said = {"kind": "answer", "question": question, "outcome": outcome, "abstained": outcome == "abstained"}
        records.append({**call, **hits, **said, "asked_at": datetime.now(timezone.utc).isoformat()})
    spool = spool_of(settings)
    spool.append([*records, feedback_record("r0000001", "down", "It is <b>45</b> days.")])
    ship(settings, spool)


@pytest.fixture
def logged(served: Settings) -> Iterator[Settings]:
    """Nothing was asked but this: other tests of the same service have asked, too."""
    ship(served, spool_of(served))
    with connect(served.warehouse) as connection:
        connection.execute("truncate evaluation.cases, service.inference_log, service.feedback")
    log_cases(served)
    yield served
    with connect(served.warehouse) as connection:
        connection.execute("truncate evaluation.cases")
        connection.execute("delete from service.inference_log where trace_id = any(%s)", ([*ASKED],))
        connection.execute("delete from service.feedback where trace_id = any(%s)", ([*ASKED],))


def found(client: TestClient, question: str) -> dict:
    return next(one for one in client.get("/review/cases").json()["cases"] if one["question"] == question)


def test_a_case_comes_with_the_answer_of_now_and_how_it_was_answered(client: TestClient, logged: Settings) -> None:
    case = found(client, ASKED["r0000001"][0])
    assert (case["reason"], case["note"], case["times"]) == ("thumbs_down", "It is <b>45</b> days.", 1)

    told = client.get(f"/review/cases/{case['case_id']}").json()

    assert "45 days" in told["answer"]["answer"]
    assert told["answer"]["citations"][0]["document"] == "returns.md"
    assert told["answered"] == {
        "outcome": "quoted",
        "knowledge_version": None,
        "versions": {},
        "pages": [["returns.md", 1]],
    }
    with connect(logged.warehouse) as connection:  # looking is not asking
        ((asked,),) = connection.execute(
            "select count(*) from service.inference_log where question = %s", (case["question"],)
        ).fetchall()
    assert asked == 1


def test_an_accepted_case_is_a_golden_question_of_whoever_holds_the_key(logged: Settings, backend: Backend) -> None:
    client = client_of(Guard(create_app(backend), read_keys("plain")))
    client.headers["authorization"] = "Bearer plain"
    case = found(client, ASKED["r0000001"][0])
    given = {"decision": "accept", "must_contain": ["45 days"], "pages": [{"document": "returns.md", "page": 1}]}
    answer = client.post(f"/review/cases/{case['case_id']}", json=given)
    assert answer.status_code == 200
    assert answer.json()["gate_version"] == ""
    (question,) = accepted_questions(logged)
    assert (question.question, question.must_contain) == (case["question"], (("45 days",),))
    with connect(logged.warehouse) as connection:
        ((by,),) = connection.execute("select decided_by from evaluation.cases where status = 'accepted'").fetchall()
    assert by.startswith("key-")


def test_what_can_t_be_judged_is_refused_in_a_sentence_and_the_case_stays_open(
    client: TestClient, logged: Settings
) -> None:
    case = found(client, ASKED["r0000001"][0])
    address = f"/review/cases/{case['case_id']}"
    page = {"document": "nowhere.md", "page": 1}
    for given, sentence in (
        ({"decision": "accept"}, "say what the answer must contain"),
        ({"decision": "accept", "must_contain": ["45 days"]}, "needs the page that answers it"),
        ({"decision": "accept", "must_contain": ["45"], "pages": [page]}, "No document here is called nowhere.md"),
    ):
        refused = client.post(address, json=given)
        assert refused.status_code == 400
        assert sentence in refused.json()["error"]
    assert client.post("/review/cases/999999", json={"decision": "reject"}).status_code == 400
    assert client.post(address, json={"decision": "perhaps"}).status_code == 422
    assert len(cases(logged)) == 3


def test_another_site_can_decide_nothing_in_a_visitor_s_browser(client: TestClient, logged: Settings) -> None:
    """A browser sends a form or plain text at once; of JSON it asks us first, and we don't allow it."""
    address = f"/review/cases/{found(client, ASKED['r0000002'][0])['case_id']}"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = client.post(address, content=b'{"decision": "reject"}', headers={"content-type": kind})
        assert sent.status_code == 422
    assert client.post(address).status_code == 422
    asked = client.options(address, headers={"origin": "https://evil.example", "access-control-request-method": "POST"})
    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
    assert len(cases(logged)) == 3


@pytest.mark.parametrize(("scopes", "status"), [("ask+predict", 403), ("review", 200), ("admin", 200)])
def test_cases_are_for_keys_with_the_scope_review(backend: Backend, served: Settings, scopes: str, status: int) -> None:
    from aieco_assets.core.serving.keys import make_key

    key, entry = make_key("reviewer", scopes.split("+"))
    client = client_of(Guard(create_app(backend), read_keys(entry)))
    assert client.get("/review").status_code == 200  # the page holds no data
    assert client.get("/review/cases").status_code == 401
    answer = client.get("/review/cases", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == status


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(backend: Backend) -> Iterator[str]:
    """The application on a port, over the backend of all tests, which it must not close."""
    app = Guard(create_app(backend))

    async def lasting(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http", "no lifespan here"
        await app(scope, receive, send)

    with listening(lasting) as opened:
        yield opened


@pytest.mark.parametrize(("width", "scheme"), [(1100, "light"), (390, "dark")])
def test_a_person_accepts_one_case_and_rejects_the_others(
    browser: sync_api.Browser, address: str, logged: Settings, tmp_path: Path, width: int, scheme: str
) -> None:
    shots = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    watched = Watched(page, address)
    page.goto(f"{address}/review")
    page.locator(".case").nth(2).wait_for()
    page.screenshot(path=shots / f"review-list-{width}.png", full_page=True)
    assert page.locator(".case .question").first.inner_text() == ASKED["r0000001"][0]  # disliked comes first

    disliked = page.locator(".case").first
    disliked.locator(".open").click()
    form = disliked.locator("form")
    form.wait_for(timeout=60_000)
    assert "45 days" in disliked.locator(".now .text").inner_text()
    assert form.get_by_label("returns.md, page 1").is_checked()
    page.screenshot(path=shots / f"review-case-{width}.png", full_page=True)
    disliked.locator(".citations button").first.click()
    page.wait_for_selector("mark")
    page.screenshot(path=shots / f"review-page-{width}.png")
    page.keyboard.press("Escape")

    form.get_by_label("returns.md, page 1").uncheck()
    form.get_by_role("button", name="Accept").click()
    form.locator(".problem").wait_for()
    assert "needs the page that answers it" in form.locator(".problem").inner_text()
    form.get_by_label("Another page").fill("returns.md#1")
    form.get_by_label("The answer must say").fill("45 days|forty-five days")
    form.get_by_role("button", name="Accept").click()
    page.locator("#said", has_text="is a golden question").wait_for()
    page.screenshot(path=shots / f"review-accepted-{width}.png", full_page=True)

    silent = page.locator(".case", has_text="king of France")
    silent.locator(".open").click()
    silent.locator("form").wait_for(timeout=60_000)
    silent.get_by_label("Nothing: silence is right").check()
    assert silent.get_by_label("The answer must say").is_hidden()
    silent.get_by_role("button", name="Accept").click()
    silent.wait_for(state="detached")
    hostile = page.locator(".case")
    hostile.locator(".open").click()
    hostile.get_by_role("button", name="Reject").click(timeout=60_000)
    page.get_by_text("There is no open case left").wait_for()

    assert page.title() == "aieco · review answers"  # what was asked is text, and no markup
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Accepted").click()
    page.locator(".case").nth(1).wait_for()
    # The refusal above is an answer of 400, which the browser's console tells.
    assert (watched.foreign, [one for one in watched.problems if "400" not in one]) == ([], [])
    context.close()

    first, second = accepted_questions(logged)
    assert {first.must_contain, second.must_contain} == {(("45 days", "forty-five days"),), ()}
    assert [one.question for one in cases(logged, "rejected")] == [HOSTILE]
