"""The question in a message is found, whatever it is packed in."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.understanding.chat_task import chat_task
from aieco_assets.core.rag.understanding.message import MAX_QUESTION, question_in

FILLER = "The parcel came on a rainy day and the box was wet. " * 15
HISTORY = "<chat_history>\nUSER: Who runs it?\n</chat_history>"
CHAT = "Conversation:\nUser: Where is the depot?\nAI: In Hull.\nUser: Who runs it?\nAI: Ann Poe."


@pytest.mark.parametrize(
    ("mail", "asked"),
    [
        (f"Dear all,\n\n{FILLER}\nHow do I return a torn coat?\n\nBest,\nJo", "How do I return a torn coat?"),
        (f"Hi! How are you?\n{FILLER}Can you help me? Who repairs zips?", "Who repairs zips?"),
        (f"{FILLER}I would like to know who repairs zips. Bye", "I would like to know who repairs zips."),
        (f"{FILLER}\nwho repairs zips\n\nRegards", "who repairs zips"),
        (f"{FILLER}Who repairs zips? And what does a new zip cost?", "Who repairs zips? And what does a new zip cost?"),
        (f"Who repairs zips?\n\nOn Monday Jo wrote:\n> {FILLER}\n> Where is my parcel?", "Who repairs zips?"),
        (f"{FILLER}My zip is broken. Who repairs it?", "Who repairs My zip?"),
        (f"<context>A coat?\n{FILLER}</context>\n<user_query>Who repairs zips?</user_query>", "Who repairs zips?"),
        ("Who repairs zips? Answer in JSON.", "Who repairs zips?"),
        ("Who repairs zips? Answer in JSON with the key answer.", "Who repairs zips?"),
        ("Please reply in one short sentence. Who repairs zips?", "Who repairs zips?"),
        ("Hello, who repairs zips?", "who repairs zips?"),
    ],
)  # fmt: skip
def test_the_question_of_a_message_is_found(mail: str, asked: str) -> None:
    assert question_in(mail) == asked


@pytest.mark.parametrize("text", ["My coat is torn. Who repairs it?", "Answer in JSON.", "What is JSON?", "a\nb?"])
def test_a_short_message_is_asked_as_it_is(text: str) -> None:
    assert question_in(text) == text


def test_what_is_asked_is_never_longer_than_a_question() -> None:
    asked = question_in(" ".join(f"Who repairs the {'very ' * 40}old coat number {n}?" for n in range(9)))
    assert 0 < len(asked) <= MAX_QUESTION


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (FILLER, "no question in it"),
        ("x" * 20_001, "20001 characters: ask in at most 20000"),
        (f"Who repairs {'very ' * 200}old coats?", "ask in at most 500"),
    ],
)
def test_a_message_without_a_question_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(AiecoError, match=sentence):
        question_in(text)


@pytest.mark.parametrize(
    ("prompt", "content"),
    [
        (f"Write a title of five words for this conversation.\n\n{CHAT}", "Where is the depot"),
        (f"Based on the chat history, give this conversation a name.\n\n{CHAT}", "Where is the depot"),
        (f'Suggest follow-up questions for the chat. JSON: {{"follow_ups": ["a"]}}\n{HISTORY}', '{"follow_ups": []}'),
        (f'Generate search queries from the chat.\n{{"queries": ["a"]}}\n{HISTORY}', '{"queries": ["Who runs it?"]}'),
        (f'Generate tags of the chat: {{"tags": ["a"]}}\n{HISTORY}', '{"tags": ["Runs"]}'),
    ],
)  # fmt: skip
def test_what_a_client_asks_for_itself_is_made_of_the_user_s_words(prompt: str, content: str) -> None:
    assert chat_task(prompt) == content


def test_a_system_prompt_may_ask_for_the_title() -> None:
    prompt = "You will generate a short title based on the first message a user begins a conversation with."
    assert chat_task("Where is the depot?", prompt) == "Where is the depot"


@pytest.mark.parametrize(
    "text", ["How do I give a chat a title?", "Who names the conversation partner?", CHAT, "Tags?"]
)
def test_a_question_about_titles_and_chats_stays_a_question(text: str) -> None:
    assert chat_task(text, "You are a friendly assistant in a chat; name the documents that you use.") == ""


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 19_000 + "Where is the depot?",
        "Where is the depot? <query>x" + " " * 19_000,
        "<query>" * 2_000 + " Where is the depot?",
        "<question>\n" * 1_500 + "Where is the depot?",
        "Where is the depot? Answer in json with keys" + " " * 19_000 + "?",
    ],
)
def test_no_message_keeps_the_patterns_busy(text: str) -> None:
    began = time.perf_counter()
    with suppress(AiecoError):
        question_in(text)
    assert time.perf_counter() - began < 1


def test_an_empty_element_hides_no_question() -> None:
    assert question_in("<query> </query><question>Where is the depot?</question>") == "Where is the depot?"
