"""The endpoints over the real core: what goes in, what comes out, and that it can be checked."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.testclient import TestClient

from aieco_assets.core.settings import Settings
from tests.bento.conftest import publish, stored

QUESTION = "How many days do I have to return an item?"


def ask(client: TestClient, question: str) -> dict:
    response = client.post("/answer", json={"question": question})
    assert response.status_code == 200, response.text
    return response.json()


def test_an_answer_cites_a_quote_that_is_in_the_cited_page(client: TestClient) -> None:
    answer = ask(client, QUESTION)

    assert "45 days" in answer["answer"]
    assert answer["verified"] and not answer["abstained"]
    (citation, *_) = answer["citations"]
    assert citation["document"] == "returns.md"
    page = client.get(f"/documents/{citation['sha256']}/pages/{citation['page']}").json()
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_in_the_address_gives_the_same_answer(client: TestClient) -> None:
    posted, got = ask(client, QUESTION), client.get("/answer", params={"question": QUESTION}).json()

    assert (got["answer"], got["citations"]) == (posted["answer"], posted["citations"])


def test_a_question_without_an_answer_is_abstained_from(client: TestClient) -> None:
    answer = ask(client, "Who painted the ceiling of the Sistine Chapel?")

    assert answer["abstained"] and answer["citations"] == []


def test_what_is_not_answered_names_the_pages_that_speak_of_it(client: TestClient) -> None:
    question = "What is the phone number for a refund?"
    answer = ask(client, question)
    messages = [{"role": "user", "content": question}]
    chat = client.post("/v1/chat/completions", json={"model": "aieco", "messages": messages}).json()

    assert answer["abstained"] and answer["citations"] == [] and answer["mode"] == "quote"
    assert answer["suggestions"][0]["quote"] == "A refund reaches your card within 5 days."
    for one in answer["suggestions"]:
        page = client.get(f"/documents/{one['sha256']}/pages/{one['page']}").json()
        assert page["text"][one["start"] : one["end"]] == one["quote"]
    assert "These pages speak of it: returns.md, page 1" in chat["choices"][0]["message"]["content"]


def test_search_returns_the_nearest_passages_first(client: TestClient) -> None:
    hits = client.post("/search", json={"question": "paid annual leave", "k": 2}).json()["hits"]

    assert hits[0]["document"] == "leave.md" and len(hits) == 2


def test_a_filter_says_which_documents_are_looked_in(client: TestClient) -> None:
    found = client.post("/search", json={"question": "paid annual leave", "documents": ["travel.pdf", "ret*"]}).json()
    elsewhere = client.post("/answer", json={"question": QUESTION, "documents": ["leave.md"]}).json()
    dated = client.get(
        "/answer", params={"question": "How many days of paid annual leave?", "dated_until": "2011-12-31"}
    )
    later = client.post("/search", json={"question": "paid annual leave", "dated_from": "2012-01-01"})
    unknown = client.post("/answer", json={"question": QUESTION, "documents": ["nothing.md"]})

    assert {hit["document"] for hit in found["hits"]} == {"travel.pdf", "returns.md"}
    assert elsewhere["abstained"] and "28 days" in dated.json()["answer"]
    assert (later.status_code, unknown.status_code) == (200, 400)
    assert "leave.md" not in {hit["document"] for hit in later.json()["hits"]}
    assert unknown.json()["error"].startswith("No document is at nothing.md")


def test_a_page_that_is_not_in_the_knowledge_base_is_not_found(client: TestClient) -> None:
    response = client.get(f"/documents/{'0' * 64}/pages/1")

    assert response.status_code == 404
    assert "no such page" in response.json()["error"]


def test_the_examples_of_the_page_have_answers_here(client: TestClient) -> None:
    questions = client.get("/examples").json()["questions"]

    assert 2 <= len(questions) <= 5
    assert any("documents say about" in question for question in questions)
    assert not [question for question in (questions[0], questions[-1]) if ask(client, question)["abstained"]]


def test_a_page_of_a_pdf_is_drawn_and_one_of_another_kind_is_not(client: TestClient) -> None:
    cited = ask(client, "How much is the meal allowance per day?")["citations"][0]
    place = {"start": cited["start"], "end": cited["end"]}

    drawn = client.get(f"/documents/{cited['sha256']}/pages/{cited['page']}/image", params=place)
    other = ask(client, QUESTION)["citations"][0]
    refused = client.get(f"/documents/{other['sha256']}/pages/1/image", params=place)

    assert (cited["document"], cited["page"]) == ("travel.pdf", 2)
    assert drawn.headers["content-type"] == "image/png" and drawn.content.startswith(b"\x89PNG")
    assert (refused.status_code, refused.json()["error"].endswith("read its text.")) == (404, True)


def test_chat_completion_has_the_shape_of_openai_and_the_sources(client: TestClient) -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
    body = client.post("/v1/chat/completions", json={"model": "any", "messages": messages, "temperature": 0}).json()

    assert body["object"] == "chat.completion" and body["model"] == "any"
    assert "45 days" in body["choices"][0]["message"]["content"]
    assert "returns.md, page 1" in body["choices"][0]["message"]["content"]
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]


def test_a_streamed_chat_says_what_the_plain_one_says(client: TestClient) -> None:
    asked = {"messages": [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]}
    plain = client.post("/v1/chat/completions", json=asked).json()
    streamed = client.post("/v1/chat/completions", json=asked | {"stream": True})

    assert streamed.headers["content-type"].startswith("text/event-stream")
    *events, done = [line.removeprefix("data: ") for line in streamed.text.split("\n\n") if line]
    assert done == "[DONE]"
    chunks = [json.loads(event) for event in events]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert said == plain["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_chat_without_a_user_message_is_refused(client: TestClient) -> None:
    response = client.post("/v1/chat/completions", json={"messages": [{"role": "system", "content": "Hello"}]})

    assert response.status_code == 400
    assert response.json()["error"]["message"] == "messages: needs a message with the role user."


def test_predictions_come_in_the_order_asked_and_unknown_customers_are_named(client: TestClient) -> None:
    asked = ["12347", "99999", "ann@example.com", "web_shop-Ö/7", "12346"]
    body = client.post("/predict", json={"customer_ids": asked}).json()

    assert [row["customer_id"] for row in body["predictions"]] == ["12347", "12346"]
    assert body["unknown"] == ["99999", "ann@example.com", "web_shop-Ö/7"]
    assert all(0 <= row["p_alive"] <= 1 for row in body["predictions"])


def test_only_unknown_customers_are_not_found(client: TestClient) -> None:
    response = client.post("/predict", json={"customer_ids": ["99999"]})

    assert (response.status_code, response.json()) == (404, {"error": "None of these customers has a prediction."})


def test_what_a_customer_bought_is_counted_by_month_up_to_the_day_of_the_features(client: TestClient) -> None:
    body = client.post("/customers/history", json={"customer_id": "12346"}).json()

    assert body["as_of"] == "2011-11-30"
    assert [one["month"] for one in body["months"]] == [f"2011-{month:02}-01" for month in range(1, 12)]
    assert [one["purchases"] for one in body["months"]] == [1, 1, 0, 2, 0, 1, 0, 0, 0, 0, 0]
    assert [one["revenue"] for one in body["months"]][:4] == [30.0, 35.5, 0.0, 20.0]


def test_a_customer_without_purchases_has_no_history(client: TestClient) -> None:
    response = client.post("/customers/history", json={"customer_id": "99999"})

    assert (response.status_code, response.json()) == (404, {"error": "This customer has bought nothing yet."})


def test_feedback_is_stored_with_the_trace_of_its_answer(client: TestClient, served: Settings) -> None:
    trace = ask(client, QUESTION)["trace_id"]

    response = client.post("/feedback", json={"trace_id": trace, "rating": "down", "reason": "<b>'too'</b> long; --"})

    assert response.status_code == 201
    rows = stored(
        served,
        "select rating, reason, question from service.feedback join service.inference_log using (trace_id)"
        " where trace_id = %s",
        trace,
    )
    assert rows == [("down", "<b>'too'</b> long; --", QUESTION)]


def test_version_shows_that_what_is_served_is_the_champion(client: TestClient) -> None:
    ask(client, QUESTION)

    version = client.get("/version").json()

    assert set(version["champion"]) >= {"llm", "embedder", "clv"}
    assert {name: one["version"] for name, one in version["served"].items()} == {
        name: one["version"] for name, one in version["champion"].items()
    }
    assert version["knowledge_base"]["version"] >= 1


def test_the_next_answer_follows_the_published_documents_without_a_restart(
    client: TestClient, served: Settings
) -> None:
    question = "How much is the parking permit per month?"
    assert ask(client, question)["abstained"]
    added = Path(served.documents) / "parking.md"
    added.write_text("# Parking\n\nThe parking permit costs 61 pounds per month.\n")
    version = publish(served)

    answer = ask(client, question)

    assert "61" in answer["answer"] and answer["citations"][0]["document"] == "parking.md"
    assert answer["knowledge_base"]["version"] == version
    added.unlink()
    publish(served)
    assert ask(client, question)["abstained"]


def test_metrics_count_answers_by_outcome_and_requests_by_route(client: TestClient) -> None:
    ask(client, QUESTION)

    text = client.get("/metrics").text

    for name in (
        'aieco_answers_total{outcome="verified"}',
        'aieco_http_requests_total{method="POST",route="/answer",status="200"}',
        'aieco_queue_in_flight{queue="answers"} 0.0',
        "aieco_ready 1.0",
        'aieco_llm_tokens_total{key="local",kind="prompt"}',
        "process_resident_memory_bytes",
    ):
        assert name in text
