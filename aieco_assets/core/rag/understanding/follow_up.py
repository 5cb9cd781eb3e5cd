"""Follow-up questions: `And for part-time staff?` becomes a question that can be searched for by itself. No model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aieco_assets.core.rag.understanding.ellipsis import (
    LEADING,
    named,
    points_back,
    topic,
    with_antecedent,
    with_fragment,
    with_head,
)
from aieco_assets.core.rag.understanding.small_talk import small_talk, without_small_talk
from aieco_assets.core.text.words import content

TURNS = 8  # questions before this one that are looked at
_FRAGMENT = 8  # words; a longer one stands by itself
_OPENING = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|and|but|so|then|also|or|well|now|what about|how about|what if it(?:'s| is)|no(?=,)"
    r"|(?:is|does|do|would) (?:that|this|it|the same)(?: also| the same)? (?:apply|hold|go|true|valid|count)(?: also)?"
    r"|(?:the )?same)\b[\s,]*)+",
    re.IGNORECASE,
)
_APPLIES_TO = re.compile(r"\b(?:apply|hold|go|true|valid|count)(?: also)?\b[\s,]*$", re.IGNORECASE)
# `No, I meant the other one`: what follows is what was meant.
_CORRECTION = re.compile(
    r"^\W*(?:(?:no|nope|sorry|oh|oops|wait|hmm*|actually|pardon|not quite|wrong|apologies)\b[\s,.;:!–-]*)*"
    r"(?:(?:what )?i (?:actually |really |just )?"
    r"(?:meant|mean|asked|wanted|was (?:asking|talking)|am (?:asking|talking))"
    r"|i'm (?:asking|talking)|make (?:that|it)|(?:i should have|should have) (?:said|written)"
    r"|(?:that's|this is|that is) not what i (?:asked|meant)[\s,.;:!–-]*(?:i (?:meant|mean))?)\b"
    r"(?: (?:about|for|of)(?= (?:the|a|an|our|my)\b)| about| to (?:ask|say|know|write)(?: about)?| was| is)*[\s,:–-]+",
    re.IGNORECASE,
)
_NOT_FIRST = re.compile(r"^not .+(?:,| but) ", re.IGNORECASE)
_TOOK_BACK = re.compile(r"^\W*(?:actually|sorry|no|oops|wait|rather)\s*[,.;:!–-]+\s*", re.IGNORECASE)
_MEANT_LAST = re.compile(r"[\s,]+(?:i (?:mean|meant)|(?:is|was) what i meant)[\s.!]*$", re.IGNORECASE)
_NOT_THIS = re.compile(
    r"^not (?P<old>.+?)(?:,| but)\s+(?:but )?(?P<new>.+)$"
    r"|^(?P<new2>.+?),? (?:and )?not (?:for |about |in )?(?P<old2>.+)$",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:[\s,]+(?:then|too|as well|also|instead|please|exactly|rather))*[\s?.!]*$", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|can|could|do|does|did|is|are|was|were|may|must|will|would"
    r"|should|has|have|am)\b",
    re.IGNORECASE,
)


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
    what was once said is no evidence. Thanks and greetings between the questions are passed over.
    """
    before = ""
    for asked in [one for one in history if one.strip() and not small_talk(one)][-TURNS:]:
        before = _completed(asked, before).text
    return _completed(question, before)


def corrected(question: str) -> tuple[str, bool]:
    """What is meant, without thanks in front and the words that take back what was asked; whether there were such."""
    question = without_small_talk(question)
    said = _CORRECTION.sub("", question, count=1)
    if _NOT_FIRST.match(said):
        return said, True
    taken = said if said != question else _TOOK_BACK.sub("", _MEANT_LAST.sub("", question), count=1)
    return (taken, True) if taken.strip(" ?.!") and taken != question else (question, False)


def _completed(question: str, before: str) -> Complete:
    before = _TAIL.sub("", before)
    if not before:
        return Complete(question)
    said, corrects = corrected(question)
    found = _followed(said, before, corrects)
    return found if corrects or found.text != said else Complete(question)


def _followed(question: str, before: str, corrects: bool) -> Complete:
    opening = _OPENING.match(question)
    opened = bool(opening) or corrects
    rest = _TAIL.sub("", _OPENING.sub("", question))
    rest = LEADING.sub(lambda leading: leading[0].lower(), rest)
    if not rest:
        return Complete(question)
    if opening and _APPLIES_TO.search(opening.group()):
        rest = re.sub(r"^(?:to|for|with) ", "", rest)
    if corrects and (swapped := _swapped(rest, before)):
        return swapped
    if not _ASKS.search(rest) and len(rest.split()) <= _FRAGMENT and (opened or LEADING.match(rest)):
        text = with_fragment(before, rest)
        return Complete(f"{text}?", frozenset(content(rest)) - frozenset(content(before)))
    if points_back(rest):
        return Complete(with_antecedent(rest, before))
    if len(named(rest)) <= opened:  # `Why?`, `And who approves?`
        return Complete(f"{rest}: {topic(before)}?")
    whole = with_head(rest, before)
    return Complete(f"{whole}?") if whole != rest else Complete(question)


def _swapped(rest: str, before: str) -> Complete | None:
    """`the City, not the Trail`: the one in the place of the other."""
    match = _NOT_THIS.match(rest)
    if not match or _ASKS.search(rest):
        return None
    new, old = (match["new"] or match["new2"]).strip(), (match["old"] or match["old2"]).strip()
    added = frozenset(content(new)) - frozenset(content(before))
    place = before.casefold().find(old.casefold())
    text = f"{before[:place]}{new}{before[place + len(old) :]}" if place >= 0 else with_fragment(before, new)
    return Complete(f"{text}?", added)
