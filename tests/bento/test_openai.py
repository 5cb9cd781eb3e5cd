"""OpenAI's own client works unchanged against the service."""

from __future__ import annotations

import openai
import pytest
from starlette.testclient import TestClient

TOKEN_NUMBERS = "input: takes texts, not token numbers"
QUESTION = "How many days do I have to return an item?"


@pytest.fixture(scope="module")
def ai(client: TestClient) -> openai.OpenAI:
    """The client as its documentation shows it; only the wire is the application's own."""
    return openai.OpenAI(base_url="http://127.0.0.1:3001/v1", api_key="none", http_client=client, max_retries=0)


def test_the_models_are_listed(ai: openai.OpenAI) -> None:
    listed = [model.id for model in ai.models.list()]

    assert listed[0] == "aieco" and len(listed) == 2
    assert ai.models.retrieve(listed[1]).id == listed[1]
    with pytest.raises(openai.NotFoundError, match="There is no such model"):
        ai.models.retrieve("gpt-4")


def test_a_chat_is_answered_plain_and_streamed_with_its_usage(ai: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    plain = ai.chat.completions.create(model="aieco", messages=messages, temperature=0.2, max_tokens=50)  # type: ignore[arg-type]
    stream = ai.chat.completions.create(
        model="aieco",
        messages=messages,  # type: ignore[arg-type]
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)

    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "45 days" in said and said == plain.choices[0].message.content
    assert plain.choices[0].finish_reason == "stop" and chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage is not None and plain.usage is not None
    assert chunks[-1].usage.prompt_tokens == plain.usage.prompt_tokens


def test_embeddings_come_as_numbers_and_near_texts_are_near(ai: openai.OpenAI) -> None:
    texts = ["paid annual leave", "vacation days of employees", "a refund to the card"]
    found = ai.embeddings.create(model="any", input=texts)
    plain = ai.embeddings.create(model="any", input=texts[0], encoding_format="float")

    leave, vacation, refund = (one.embedding for one in found.data)
    assert [one.index for one in found.data] == [0, 1, 2] and len(leave) == 384
    assert sum(value * value for value in leave) == pytest.approx(1, abs=1e-4)
    assert plain.data[0].embedding == pytest.approx(leave, abs=1e-5)

    def near(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert near(leave, vacation) > near(leave, refund) + 0.2
    assert found.usage.total_tokens == 12


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"input": []}, "input: takes 1 to 1000 texts at a time, not 0"),
        ({"input": ["a"] * 1_001}, "input: takes 1 to 1000 texts at a time, not 1001"),
        ({"input": ""}, "input: the text is empty"),
        ({"input": ["a", " "]}, "input: text 2 is empty"),
        ({"input": ["a", None]}, "input: text 2 is no text"),
        ({"input": "a\0b"}, "input: the text holds the character U+0000"),
        ({"input": ["a", "b\x0bc"]}, "input: text 2 holds the character U+000B"),
        ({"input": "a" * 8_001}, "input: the text has 8001 characters: split it, 8000"),
        ({"input": [[1, 2, 3]]}, TOKEN_NUMBERS),
        ({"input": [1, 2, 3]}, TOKEN_NUMBERS),
        ({"input": ["a", [1, 2]]}, TOKEN_NUMBERS),
        ({"input": "a", "dimensions": 12}, "dimensions: this embedder's vectors have 384"),
    ],
)
def test_what_can_not_be_embedded_is_refused_in_a_sentence(client: TestClient, given: dict, said: str) -> None:
    response = client.post("/v1/embeddings", json={"model": "any", **given})

    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (400, "invalid_request_error")
    assert error["message"].startswith(said) and error["param"] == said.split(":")[0]


def test_a_batch_larger_than_one_turn_comes_in_the_order_of_its_texts(ai: openai.OpenAI) -> None:
    texts = [f"shelf {number}" for number in range(130)]
    found = ai.embeddings.create(model="any", input=texts, dimensions=384)
    alone = ai.embeddings.create(model="any", input=texts[100]).data[0].embedding

    assert [one.index for one in found.data] == list(range(130))
    assert found.data[100].embedding == pytest.approx(alone, abs=1e-4)
