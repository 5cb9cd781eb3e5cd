"""The prompt and the chat template that we ship: never the template inside a model file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Message(TypedDict):
    """One turn of a conversation; `role` is system, user or assistant."""

    role: str
    content: str


SYSTEM = (
    "You answer from the given text only. Copy the words of the text that answer the question into one short, "
    "complete sentence. Add nothing."
)
EXAMPLE: tuple[Message, Message] = (
    {
        "role": "user",
        "content": "Text: The library opens at 9:00 on weekdays. Members may borrow up to six books.\n"
        "Question: How many books can a member borrow?",
    },
    {"role": "assistant", "content": "Members may borrow up to six books."},
)
PROMPT_VERSION = "1"


def answer_messages(question: str, evidence: Sequence[str]) -> list[Message]:
    """The conversation for one question. What never changes comes first, so that its prefix stays in the cache."""
    return [
        {"role": "system", "content": SYSTEM},
        *EXAMPLE,
        {"role": "user", "content": f"Text: {' '.join(evidence)}\nQuestion: {question}"},
    ]


def chatml(messages: Sequence[Message]) -> str:
    """ChatML. Control marks inside a message are taken apart, so a document can't open a turn of its own."""
    turns = (f"<|im_start|>{m['role']}\n{_inert(m['content'])}<|im_end|>\n" for m in messages)
    return "".join(turns) + "<|im_start|>assistant\n"


def _inert(text: str) -> str:
    return text.replace("<|", "< |").replace("|>", "| >")
