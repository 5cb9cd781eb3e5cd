"""Whatever is sent, the service answers 4xx with one sentence: never 5xx, never a traceback."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

JSON = {"content-type": "application/json"}
QUESTION_ROUTES = ("/answer", "/search")
NOT_TEXT = {
    "empty": "",
    "only space": " \n\t ",
    "too long": "why " * 6_000,
    "NUL": "how\x00long?",
    "escape": "how \x1b[31mlong?",
    "no words": "?!…",
    "broken encoding": "how \ufffd long?",
}


def refused(response) -> str:
    """The sentence of a refusal, after a look at its shape."""
    assert 400 <= response.status_code < 500, f"{response.status_code}: {response.text[:300]}"
    body = response.json()
    assert set(body) == {"error"}, body
    # Below /v1/ an error is the object that OpenAI's clients can read.
    sentence = body["error"]["message"] if response.request.url.path.startswith("/v1/") else body["error"]
    assert sentence.endswith((".", "?", "!")), body
    assert "Traceback" not in sentence and len(sentence) < 300
    return sentence


@pytest.mark.parametrize("route", QUESTION_ROUTES)
@pytest.mark.parametrize("question", NOT_TEXT.values(), ids=NOT_TEXT)
def test_a_question_that_is_not_one_is_refused(client: TestClient, route: str, question: str) -> None:
    refused(client.post(route, json={"question": question}))


@pytest.mark.parametrize("question", NOT_TEXT.values(), ids=NOT_TEXT)
def test_the_same_goes_for_the_address_and_for_chat(client: TestClient, question: str) -> None:
    refused(client.get("/answer", params={"question": question}))
    refused(client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": question}]}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"question"',
        b'{"question": "caf\xe9?"}',
        b'{"question": "\\ud800?"}',
        b'{"question": 7}',
        b'{"question": null}',
        b'{"question": ["a"]}',
        b'{"question": "how long?", "k": 0}',
        b'{"question": "how long?", "k": 1e99}',
        b'{"question": "how long?", "k": "8"}',
        b'{"question": "how long?", "colour": "red"}',
        b'{"question": "how long?", "k": NaN}',
        b'{"question": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_a_body_of_the_wrong_form_is_refused(client: TestClient, body: bytes) -> None:
    for route in (*QUESTION_ROUTES, "/predict", "/feedback", "/v1/chat/completions"):
        refused(client.post(route, content=body, headers=JSON))


def test_the_sentence_names_the_field_and_repeats_nothing_that_was_sent(client: TestClient) -> None:
    sentence = refused(client.post("/answer", json={"question": "how long?", "<script>alert(1)</script>": 1}))
    assert sentence == "<script>alert(1)</script>: Extra inputs are not permitted."

    assert refused(client.post("/answer", json={"question": ""})) == "question: must not be empty."


def test_a_body_of_one_megabyte_is_too_large(client: TestClient) -> None:
    response = client.post("/answer", json={"question": "x" * 1_000_000})

    assert response.status_code == 413
    assert refused(response) == "The body may hold 64 KiB at most."


def test_a_body_for_openai_s_endpoints_may_be_larger(client: TestClient) -> None:
    response = client.post("/v1/embeddings", json={"input": ["x" * 3_000_000]})

    assert response.status_code == 413
    assert refused(response) == "The body may hold 2048 KiB at most."


def test_a_long_text_that_asks_nothing_is_refused_in_a_sentence(client: TestClient) -> None:
    response = client.post("/answer", json={"question": "The lamp stands in the hall. " * 30})

    assert refused(response).endswith("no question in it: ask in a sentence of its own.")


def test_a_large_body_sent_in_pieces_is_too_large(client: TestClient) -> None:
    response = client.post("/answer", content=(b"x" * 1_000 for _ in range(100)), headers=JSON)

    assert response.status_code == 413


@pytest.mark.parametrize(
    "ids",
    [
        [],
        [""],
        [" "],
        [12346],
        [None],
        ["x" * 33],
        ["12346'; drop table features.customer_rfm; --"],
        ["<b>"],
        ["1\x00"],
        "12346",
        {"12346": 1},
        [str(number) for number in range(101)],
        [str(number) for number in range(10_000)],
    ],
    ids=lambda ids: str(ids)[:20],
)
def test_customer_ids_that_are_not_ids_or_too_many_are_refused(client: TestClient, ids: object) -> None:
    refused(client.post("/predict", json={"customer_ids": ids}))


@pytest.mark.parametrize(
    "feedback",
    [
        {"trace_id": "../../etc/passwd", "rating": "up"},
        {"trace_id": "0" * 32, "rating": "maybe"},
        {"trace_id": "0" * 32},
        {"trace_id": "0" * 32, "rating": "up", "reason": "x\x00"},
        {"trace_id": "0" * 32, "rating": "up", "reason": "x" * 2_000},
    ],
)
def test_feedback_that_makes_no_sense_is_refused(client: TestClient, feedback: dict) -> None:
    refused(client.post("/feedback", json=feedback))


@pytest.mark.parametrize(
    "path",
    [
        "/documents/xyz/pages/1",
        f"/documents/{'0' * 64}/pages/0",
        f"/documents/{'0' * 64}/pages/one",
        "/documents/'/pages/1",
    ],
)
def test_a_page_address_that_is_none_is_refused(client: TestClient, path: str) -> None:
    refused(client.get(path))


@pytest.mark.parametrize("path", ["/nothing", "/ui/../backend.py", "/ui/%2e%2e%2fbackend.py", "/docs", "/ui/app.py"])
def test_a_path_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    refused(client.get(path))


def test_a_method_that_is_not_there_names_those_that_are(client: TestClient) -> None:
    response = client.delete("/search")

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    refused(response)


def test_quotes_html_and_sql_in_a_question_are_only_text(client: TestClient) -> None:
    question = (
        "How many days to return an item'; drop table chunks; -- <script>alert(1)</script> \" AND (* OR title:x^2"
    )

    response = client.post("/search", json={"question": question})

    assert response.status_code == 200
    assert response.json()["hits"][0]["document"] == "returns.md"
