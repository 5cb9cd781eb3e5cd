"""What chat clients ask of a model for themselves: a title, tags, next questions, words to search for.

Such a prompt holds the whole conversation. Searched for as if it were a question, it would be answered with a citation
of whatever the conversation was about.
"""

from __future__ import annotations

import json
import re

from aieco_assets.core.rag.understanding.ellipsis import NEVER_A_TOPIC
from aieco_assets.core.rag.understanding.small_talk import small_talk
from aieco_assets.core.text.words import words

_TITLE_WORDS, _TAGS = 6, 3
_HEAD = 1_500  # characters of instructions before or after the conversation that are looked at
# The conversation as clients put it in: between tags, below a heading, or as lines that begin with who speaks.
_TRANSCRIPT = re.compile(
    r"<(?P<tag>chat_history|conversation|chat|messages|history|transcript)>(?P<inside>.*?)</(?P=tag)>"
    r"|(?:^|\n)\W*(?:chat history|conversation|transcript|messages|dialogue)(?: so far)?\W*:?\s*\n+(?P<below>.*)",
    re.IGNORECASE | re.DOTALL,
)
_USER = r"(?:^|\n)[\W_]*(?:user|human|me|you|customer)[\W_]*:\s*(?P<said>[^\n]+)"
_SPEAKER = re.compile(_USER, re.IGNORECASE)
_ANSWERED = re.compile(r"(?:^|\n)[\W_]*(?:assistant|ai|bot|model|system)[\W_]*:\s*\S", re.IGNORECASE)
_ASKS_FOR = (
    r"\b(?:write|generate|create|give|suggest|provide|make|come up with|name|propose|summari[sz]e|analy[sz]e|predict"
)
_WANTED = (
    ("follow_ups", r"follow[- _]?ups?(?: questions?)?|next questions?|suggested (?:questions|replies)"),
    ("queries", r"search quer(?:y|ies)|quer(?:y|ies)"),
    ("tags", r"tags?|categor(?:y|ies)|labels?"),
    ("text", r"auto ?complet\w+|continuation"),
    ("emoji", r"emojis?"),
    ("title", r"titles?|names?|headlines?|subject lines?"),
    ("summary", r"summar(?:y|ies)|summari[sz]e|sums? up"),
)
_ASKED = re.compile(
    rf"{_ASKS_FOR}|determine|complete|sum up)\b"
    rf"(?:(?!\n\s*\n).){{0,140}}?\b(?P<what>{'|'.join(p for _, p in _WANTED)})\b",
    re.IGNORECASE | re.DOTALL,
)
_OF_A_CHAT = re.compile(r"\b(?:chat|conversation|dialogue?|messages?|thread|history)\b", re.IGNORECASE)
# A system prompt may speak of titles and of chats for other reasons: this one asks for the title of a chat.
_TITLING = re.compile(
    r"\b(?:generate|write|create|come up with|give|provide|summari[sz]e)\b.{0,60}?\b(?:title|name)s?\b.{0,40}?"
    r"\b(?:chat|conversation|first message|user's message|dialogue)\b"
    r"|\bsummari[sz]e\b.{0,60}\b(?:chat|conversation|dialogue)\b.{0,60}\btitle\b",
    re.IGNORECASE | re.DOTALL,
)
_KEY = re.compile(r"\{\s*\"(?P<key>\w{2,20})\"\s*:\s*(?P<many>\[)?")


def chat_task(message: str, instructions: str = "") -> str:
    """What a client gets that asks for a title, tags or the like of a conversation; "" for any other message.

    `instructions`: the system prompt; one that asks for a title makes the message what the title is of.
    """
    spoken = _TRANSCRIPT.search(message)
    inside = (spoken["inside"] or spoken["below"] or "") if spoken else ""
    if spoken and inside:
        around = f"{message[: spoken.start()][-_HEAD:]}\n{message[spoken.start() : spoken.start() + 40]}"
        after = message[spoken.end() :][:_HEAD] if spoken["tag"] else ""
        said = _SPEAKER.search(inside)
        return _done(f"{around}\n{after}", _first_said(said["said"] if said else inside))
    said = _SPEAKER.search(message)
    if said and _ANSWERED.search(message):
        return _done(f"{message[: said.start()]}\n{_after_last_turn(message)}", _first_said(said["said"]))
    if _TITLING.search(instructions[:_HEAD]):
        return _title(_first_said(said["said"] if said else message))
    return ""


def _first_said(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _after_last_turn(message: str) -> str:
    """A paragraph after the conversation that gives the task, as some clients have it."""
    return message[-_HEAD:].rpartition("\n\n")[2]


def _asks(around: str) -> re.Match[str] | None:
    found = _ASKED.search(around)
    return found if found and _OF_A_CHAT.search(around) else None


def _done(around: str, first: str) -> str:
    found = _asks(around)
    if not found:
        return ""
    wanted = next(name for name, pattern in _WANTED if re.fullmatch(pattern, found["what"], re.IGNORECASE))
    value = _value(wanted, first)
    keyed = _KEY.search(around)
    if keyed:
        many = keyed["many"] or wanted in ("tags", "queries", "follow_ups")
        listed = value if isinstance(value, list) else [value]
        return json.dumps({keyed["key"]: listed if many else " ".join(listed)}, ensure_ascii=False)
    return "\n".join(value) if isinstance(value, list) else value


def _value(wanted: str, first: str) -> str | list[str]:
    """Made of the user's own first words: no document is looked at, and nothing is claimed."""
    if wanted == "tags":
        topics = [word for word in words(first) if word not in NEVER_A_TOPIC and len(word) > 3]
        return [word.capitalize() for word in dict.fromkeys(topics)][:_TAGS] or ["General"]
    if wanted == "queries":
        return [first[:200]] if first and not small_talk(first) else []
    if wanted in ("follow_ups", "text"):
        return [] if wanted == "follow_ups" else ""
    if wanted == "emoji":
        return "💬"
    return _title(first)


def _title(first: str) -> str:
    said = first.split()
    return " ".join(said[:_TITLE_WORDS]).rstrip("?!.,;: ") + ("…" if len(said) > _TITLE_WORDS else "") or "New chat"
