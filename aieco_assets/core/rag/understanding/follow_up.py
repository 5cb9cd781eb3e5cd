"""Follow-up questions: `And for part-time staff?` becomes a question that can be searched for by itself. No model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aieco_assets.core.text.vocabulary import ASKING, STOP_WORDS
from aieco_assets.core.text.words import content, stem

TURNS = 6  # questions before this one that are looked at
_FRAGMENT = 8  # words; a longer one stands by itself
_PREPOSITIONS = r"for|in|at|on|to|from|by|with|without|during|after|before|under|over|of|about|between|outside|inside"
_OPENING = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|and|but|so|then|also|or|well|what about|how about|what if it(?:'s| is)"
    r"|(?:is|does|do|would) (?:that|this|it|the same)(?: also| the same)? (?:apply|hold|go|true|valid|count)"
    r"|(?:the )?same)\b[\s,]*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:[\s,]+(?:then|too|as well|also|instead|please|exactly))*[\s?.!]*$", re.IGNORECASE)
_LEADING = re.compile(rf"^({_PREPOSITIONS})\s+", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|can|could|do|does|did|is|are|was|were|may|must|will|would"
    r"|should|has|have|am)\b",
    re.IGNORECASE,
)
# What follows a preposition: a name, or everything up to the next preposition or clause.
_PHRASE = re.compile(
    rf"(?:(?:the|a|an|our|my|your)\s+)?(?:[A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*"
    rf"|(?:(?!(?i:{_PREPOSITIONS}|and|or|if|when|that|which)\b)[\w'’-]+\s*)+(?<!\s))"
)
_PRONOUN = re.compile(
    r"\b(?:it|they|them|its|their|he|she|him)\b"
    r"|\b(?:do|does|is|are|was|of|about|for|to|with|by|in|on|from|under|after|before) (?:this|that|these|those)\b"
    r"|\b(?:this|that|these|those)[\s?.!]*$",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(r"\b(?:is|was|will|does|can|it'?s) ?(?:it)?\b.*\b(?:to|that|if)\s+\w", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NEVER_A_TOPIC = frozenset(STOP_WORDS) | ASKING | {"many", "much", "long", "often", "soon", "far", "old", "big"}


@dataclass(frozen=True)
class Complete:
    """A question that stands by itself. `added`: stems that a fragment put into the question before it.

    Evidence must speak of at least half of `added`: what answered the old question does not answer the new one.
    """

    text: str
    added: frozenset[str] = frozenset()


def complete(question: str, history: Sequence[str]) -> Complete:
    """The question with what it leaves out taken from the questions before it, oldest first in `history`.

    A question that leaves nothing out is given back as it is, whatever was asked before. Answers are not looked at:
    what was once said is no evidence.
    """
    before = ""
    for asked in history[-TURNS:]:
        before = _completed(asked, before).text
    return _completed(question, before)


def _completed(question: str, before: str) -> Complete:
    before = _TAIL.sub("", before)
    if not before:
        return Complete(question)
    opened = bool(_OPENING.match(question))
    rest = _TAIL.sub("", _OPENING.sub("", question))
    rest = _LEADING.sub(lambda leading: leading[0].lower(), rest)
    if not rest:
        return Complete(question)
    if not _ASKS.search(rest) and len(rest.split()) <= _FRAGMENT and (opened or _LEADING.match(rest)):
        added = frozenset(content(rest)) - frozenset(content(before))
        return Complete(f"{_replaced(before, rest)}?", added)
    if len(named(rest)) <= opened or _points_back(rest):  # `Why?`, `And who approves?`
        return Complete(f"{rest}: {_topic(before)}?")
    return Complete(question)


_NOT_TOPICS = frozenset(map(stem, _NEVER_A_TOPIC))


def _points_back(question: str) -> bool:
    """Whether a pronoun stands for something that the question itself has not named."""
    found = _PRONOUN.search(question)
    if found is None or _EXPLETIVE.search(question):
        return False
    return len(named(question[: found.start()])) < 2


def named(text: str) -> list[str]:
    """Stems of the words that could say what a question is about."""
    return [word for word in content(text) if word not in _NOT_TOPICS]


def _replaced(before: str, fragment: str) -> str:
    """The question before with the fragment in the place of what it replaces, else at its end."""
    leading = _LEADING.match(fragment)
    bare = fragment[leading.end() :] if leading else fragment
    words, others = list(_WORD.finditer(before)), _WORD.findall(bare)
    head = stem(others[-1].casefold())
    for place in reversed(range(len(words))):
        if stem(words[place].group().casefold()) == head:
            first = place
            while (
                first and place - first < len(others) - 1 and words[first - 1].group().casefold() not in _NEVER_A_TOPIC
            ):
                first -= 1
            return before[: words[first].start()] + bare + before[words[place].end() :]
    if leading:
        same = list(re.finditer(rf"\b{leading[1]}\s+", before, re.IGNORECASE))
        if same:
            said = _PHRASE.match(before, same[-1].end())
            end = said.end() if said else len(before)
            return f"{before[: same[-1].start()]}{fragment}{before[end:]}"
        return f"{before} {fragment}"
    return f"{before}: {bare}"


def _topic(before: str) -> str:
    """What a question is about: the question from its first word that names something."""
    for word in _WORD.finditer(before):
        if word.group().casefold() not in _NEVER_A_TOPIC:
            return before[word.start() :]
    return before
