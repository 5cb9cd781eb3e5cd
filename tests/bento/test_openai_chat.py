"""What chat clients send beside the question is honoured, or refused in one sentence."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient

QUESTION = "How many days do I have to return an item?"
ASKED = {"role": "user", "content": QUESTION}


@pytest.fixture(scope="module")
def ai(client: TestClient) -> openai.OpenAI:
    return openai.OpenAI(base_url="http://127.0.0.1:3001/v1", api_key="none", http_client=client, max_retries=0)


def chat(client: TestClient, *messages: dict[str, Any], **options: Any) -> Any:
    return client.post("/v1/chat/completions", json={"model": "aieco", "messages": messages or [ASKED], **options})


def said(client: TestClient, *messages: dict[str, Any], **options: Any) -> str:
    response = chat(client, *messages, **options)
    assert response.status_code == 200, response.text
    return response.json()["choices"][0]["message"]["content"]


def events(response: Any) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_n_choices_are_n_times_the_answer_plain_and_streamed(client: TestClient) -> None:
    plain = chat(client, n=3).json()["choices"]
    streamed = events(chat(client, n=2, stream=True))

    assert [choice["index"] for choice in plain] == [0, 1, 2]
    assert all("45 days" in choice["message"]["content"] for choice in plain)
    ends = [event["choices"][0]["index"] for event in streamed if event["choices"][0]["finish_reason"]]
    assert ends == [0, 1]


def test_the_text_ends_before_a_stop_sequence(client: TestClient) -> None:
    assert said(client, stop=["days"]) == "You have 45 "
    assert said(client, stop="\n\nSources").endswith(".")


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_limit_of_tokens_cuts_between_words_and_says_so(client: TestClient, limit: str) -> None:
    body = chat(client, **{limit: 3}).json()

    choice = body["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("You have 45", "length")
    assert body["aieco"]["answer"].startswith("You have 45 days to return")
    assert chat(client, **{limit: 500}).json()["choices"][0]["finish_reason"] == "stop"


def test_usage_is_streamed_only_where_it_is_asked_for_and_then_last(client: TestClient) -> None:
    without = events(chat(client, stream=True))
    wanted = events(chat(client, stream=True, stream_options={"include_usage": True}))

    assert not any("usage" in event for event in without) and all(event["choices"] for event in without)
    assert wanted[-1]["choices"] == [] and wanted[-1]["usage"]["total_tokens"] >= 0
    assert all(event["usage"] is None for event in wanted[:-1])


def test_json_mode_gives_an_object_of_answer_and_sources(client: TestClient) -> None:
    form = {"type": "json_object"}
    asked = {"role": "user", "content": f"{QUESTION} Answer in JSON."}
    found = json.loads(said(client, asked, response_format=form))
    streamed = events(chat(client, asked, response_format=form, stream=True))

    assert found["answer"].startswith("You have 45 days") and found["abstained"] is False
    assert found["sources"] == [{"document": "returns.md", "page": 1}]
    joined = "".join(event["choices"][0]["delta"].get("content", "") for event in streamed)
    assert json.loads(joined) == found


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}}, "response_format: "),
        ({"response_format": {"type": "xml"}}, "response_format: its type is text or json_object"),
        ({"tools": [{}], "tool_choice": "required"}, "tool_choice: no tools are called here"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice: no tools are called here"),
        ({"functions": [{}], "function_call": {"name": "f"}}, "function_call: no tools are called here"),
        ({"modalities": ["text", "audio"]}, "modalities: answers are text only"),
        ({"n": 99}, "n: "),
        ({"n": 0}, "n: "),
        ({"max_tokens": 0}, "max_tokens: "),
        ({"messages": []}, "messages: "),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "messages: needs a message with the role user"),
        ({"messages": [{"role": "nobody", "content": "a"}]}, "messages.0.role: "),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages: pictures, sounds and files"),
        ({"messages": [{"role": "user", "content": "x" * 20_001}]}, "messages: the last user message may have 20000"),
    ],
)
def test_what_can_not_be_honoured_is_refused_with_400_and_names_the_field(
    client: TestClient, options: dict, sentence: str
) -> None:
    response = client.post("/v1/chat/completions", json={"messages": [ASKED], **options})

    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (400, "invalid_request_error")
    assert error["message"].startswith(sentence) and error["param"] == sentence.split(":")[0]


def test_sampling_tools_that_may_be_called_and_unknown_fields_change_nothing(client: TestClient) -> None:
    options = {"temperature": 0, "seed": 1, "logprobs": True, "top_logprobs": 2, "user": "u", "metadata": {"a": "b"}}
    tools = {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto", "store": False}

    assert said(client, model="openai/aieco", **options, **tools) == said(client)


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "Answer in German."}, ASKED],
        [{"role": "developer", "content": "Be brief."}, ASKED],
        [ASKED, {"role": "tool", "tool_call_id": "c1", "content": "no hits"}],
        [ASKED, {"role": "function", "name": "f", "content": "no hits"}],
        [{"role": "user", "content": [{"type": "text", "text": QUESTION}, {"type": "image_url", "image_url": {}}]}],
        [ASKED, {"role": "assistant", "content": "45 days."}] * 150 + [ASKED],
    ],
)
def test_the_last_user_message_is_answered_whatever_stands_around_it(client: TestClient, messages: list) -> None:
    assert "45 days" in said(client, *messages)


def test_a_pasted_mail_is_answered_by_the_question_in_it(client: TestClient) -> None:
    mail = (
        "Dear all,\n\nin May I bought a clock. How are you? "
        + "It hangs in the kitchen and was a present. " * 90
        + f"\n\nIt runs too fast. {QUESTION}\n\nKind regards\nA. Customer\n\n> What did you order?\n> A clock."
    )

    assert "45 days" in said(client, {"role": "user", "content": mail})
    assert "45 days" in client.post("/answer", json={"question": mail}).json()["answer"]


def test_documents_that_a_client_puts_before_the_question_are_not_asked(client: TestClient) -> None:
    prompt = "### Task:\nRespond to the user query using the context.\n<context>\nIs this a question?\n</context>\n\n"

    assert "45 days" in said(client, {"role": "user", "content": f"{prompt}<user_query>{QUESTION}</user_query>"})
    assert "45 days" in said(client, {"role": "user", "content": f"{prompt}{QUESTION}"})


TITLE = (
    "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat history.\n### Output:\n"
    'JSON format: { "title": "your concise title here" }\n### Chat History:\n<chat_history>\nUSER: '
    f"{QUESTION}\nASSISTANT: You have 45 days.\n</chat_history>"
)


@pytest.mark.parametrize(
    ("prompt", "content"),
    [
        (TITLE, '{"title": "How many days do I have…"}'),
        (
            TITLE.replace("3-5 word title", "list of tags").replace('"title"', '"tags"'),
            '{"tags": ["Days", "Return", "Item"]}',
        ),
        ("Provide a 5-word title for the conversation.\n\nConversation:\nUser: When?\nAI: At nine.", "When"),
    ],
)
def test_titles_and_tags_are_made_of_the_user_s_words_and_cite_nothing(
    client: TestClient, prompt: str, content: str
) -> None:
    body = chat(client, {"role": "user", "content": prompt}).json()

    assert body["choices"][0]["message"]["content"] == content
    assert body["aieco"]["abstained"] and not body["aieco"]["citations"] and not body["aieco"]["verified"]


@pytest.mark.parametrize("text", ["Thanks!", "yes please", "Good morning", "👍", "ok, that helps, thank you"])
def test_thanks_and_greetings_get_a_sentence_and_no_search(client: TestClient, text: str) -> None:
    body = client.post("/answer", json={"question": text, "history": [QUESTION]}).json()

    assert (body["abstained"], body["citations"], body["suggestions"]) == (True, [], [])
    assert not any(letter.isdigit() for letter in body["answer"])


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/chat/completions", "set the base url of your client to end with /v1"),
        ("/embeddings", "set the base url of your client to end with /v1"),
        ("/v1/v1/chat/completions", "ends with /v1 once, not twice"),
        ("/v1/completions", "ask /v1/chat/completions"),
    ],
)
def test_a_base_url_that_is_set_wrong_is_told_how_it_is_right(client: TestClient, path: str, sentence: str) -> None:
    response = client.post(path, json={"messages": [ASKED]})

    assert response.status_code == 404
    assert sentence in response.json()["error"]["message"]


def test_a_response_is_given_plain_and_streamed(ai: openai.OpenAI) -> None:
    plain = ai.responses.create(model="aieco", input=QUESTION, instructions="Be brief.", store=False)
    with ai.responses.stream(model="aieco", input=[{"role": "user", "content": QUESTION}]) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()

    assert plain.status == "completed" and "45 days" in plain.output_text
    assert final.output_text == plain.output_text and final.usage is not None
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed"


def test_a_response_s_input_may_be_a_conversation_in_parts(ai: openai.OpenAI) -> None:
    given = [
        {"role": "user", "content": [{"type": "input_text", "text": "How long does standard delivery take?"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "3 working days."}]},
        {"type": "reasoning", "summary": []},
        {"role": "user", "content": [{"type": "input_text", "text": "And how much does it cost?"}]},
    ]

    assert "4.95 pounds" in ai.responses.create(model="aieco", input=given).output_text  # type: ignore[arg-type]


def test_a_response_that_is_cut_is_incomplete(ai: openai.OpenAI) -> None:
    cut = ai.responses.create(model="aieco", input=QUESTION, max_output_tokens=3)

    assert (cut.output_text, cut.status) == ("You have 45", "incomplete")
    assert cut.incomplete_details is not None and cut.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id: nothing is stored here"),
        ({"conversation": "conv_1"}, "conversation: nothing is stored here"),
        ({"background": True}, "background: answers are given at once"),
        ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "text.format: "),
        ({"tool_choice": "required"}, "tool_choice: no tools are called here"),
        ({"input": [{"type": "message", "role": "user", "content": 7}]}, "input: the content of a message"),
        ({"input": []}, "input"),
    ],
)
def test_a_response_that_can_not_be_given_is_refused_in_a_sentence(
    client: TestClient, options: dict, sentence: str
) -> None:
    response = client.post("/v1/responses", json={"input": QUESTION, **options})

    assert response.status_code == 400 and response.json()["error"]["message"].startswith(sentence)
