"""Holds an answer against the quotes it rests on. A sentence that a quote does not say is not said.

Deterministic on purpose: every rule can be shown to a person, and a refused sentence costs nothing but style, because
the quote itself is the fallback (DESIGN section 6, rule 4). The rule is strict: what is kept must be one unbroken run
of the quote's own words, cut at clause borders, so that a number can't move to another clause and a condition can't
be lost. Only words without a claim (articles, auxiliaries, pronouns) and inflections may differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from aieco_assets.core.rag.evidence.ranking import Evidence
from aieco_assets.core.rag.understanding.answer_type import PHONE
from aieco_assets.core.text.sentences import split_sentences
from aieco_assets.core.text.vocabulary import CONDITIONS, LIMITS
from aieco_assets.core.text.words import (
    claim,
    clean,
    content,
    emails,
    names,
    negated,
    number_words,
    numbers,
    stem,
    urls,
    words,
)

_CLAUSE = re.compile(r"[,;:()–—]\s+|\s[–—-]\s|[.!?]\s+|\s(?=(?:and|but|because|so|which|while)\s)", re.IGNORECASE)
_PHONE_NAMES, _EMAIL_NAMES = " phone telephone number", " e mail email address"
_KIND_NAMES = _PHONE_NAMES + _EMAIL_NAMES
_FULL_STOP = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Verdict:
    """One sentence of an answer: the evidence that says it, or why none does."""

    sentence: str
    evidence: Evidence | None
    reason: str = ""


def verify(answer: str, evidence: Sequence[Evidence]) -> list[Verdict]:
    """A verdict for each sentence of the answer, in order."""
    verdicts = []
    for sentence in (clean(part) for part in split_sentences(answer)):
        reasons = []
        for item in evidence:
            reason = contradiction(sentence, item.text)
            if not reason:
                verdicts.append(Verdict(sentence, item))
                break
            reasons.append(reason)
        else:
            verdicts.append(Verdict(sentence, None, reasons[0] if reasons else "there is no evidence"))
    return verdicts


def contradiction(sentence: str, quote: str) -> str:
    """Why the quote does not support the sentence; empty when it does."""
    if not content(sentence) or sentence.rstrip().endswith(("?", "？", "؟")):
        return "it states nothing"
    quoted_numbers = {*numbers(quote), *number_words(quote)}
    for number in [*numbers(sentence), *number_words(sentence)]:
        if number not in quoted_numbers:
            return f"the number {number} is not in the quote"
    for kind, of in (("address", emails), ("link", urls)):
        for found in of(sentence):
            if found not in of(quote):
                return f"the {kind} {found} is not in the quote"
    quote_words, have = set(words(quote)), set(content(quote))
    for name in names(sentence):
        if name not in quote_words and stem(name) not in have:
            return f"the name {name} is not in the quote"
    reasons = [_not_said(sentence, part) for part in _FULL_STOP.split(clean(quote))]
    return min(reasons, key=len) if reasons else "there is no quote"


def may_be_supported(text: str, evidence: Sequence[Evidence]) -> bool:
    """Whether the last, maybe unfinished, sentence of a text can still become one that a quote says."""
    started = _FULL_STOP.split(text.strip())[-1]
    said = claim(started)
    if not started[-1:].isspace() and said:
        said = said[:-1]  # its last word may still grow
    if not said:
        return True
    kinds = {stem(word) for word in _KIND_NAMES.split()}
    rest = [word for word in said if word not in kinds]
    quoted = [have for item in evidence for have in _claims(item.text)]
    return any(_run(said, have) is not None or _run(rest, have) is not None for have in quoted)


@lru_cache(maxsize=256)
def _claims(quote: str) -> tuple[list[str], ...]:
    """Of each sentence of a quote; asked for with every word that the model writes."""
    return tuple(claim(part) for part in _FULL_STOP.split(quote))


def unsupported_numbers(answer: str, quotes: Sequence[str]) -> list[str]:
    """Numbers of an answer that occur in none of its quotes: must be empty for every answer that is given."""
    have: set[str] = set()
    for quote in [*quotes, " ".join(quotes)]:
        have |= {*numbers(quote), *number_words(quote)}
    return [n for n in [*numbers(answer), *number_words(answer)] if n not in have]


def _not_said(sentence: str, quoted: str) -> str:
    """Why one sentence of a quote does not say the sentence."""
    if negated(sentence) != negated(quoted):
        return "one of the two denies what the other says"
    said, have = claim(sentence), claim(quoted)
    start = _run(said, have)
    if start is None:
        unnamed = _without_kind_names(sentence, said)
        if unnamed is None or (start := _run(unnamed, have)) is None:
            return "the quote has other words, or has them elsewhere"
        said = unnamed
    stop = start + len(said)
    place, dropped = 0, []
    for clause in filter(None, (part.strip() for part in _CLAUSE.split(quoted))):
        begin, place = place, place + len(claim(clause))
        joined = begin + 1 if words(clause)[:1] in (["and"], ["but"]) else begin
        if joined < start < place or begin < stop < place:
            return "it breaks off a clause of the quote"
        if place <= start or begin >= stop:
            dropped.append(clause)
    for clause in dropped:
        told = words(clause)
        first = told[1:2] if told[:1] == ["and"] else told[:1]
        if CONDITIONS & set(told) or LIMITS & set(first):
            return f"it leaves out: {clause}"
    return ""


def _run(said: list[str], have: list[str]) -> int | None:
    """Where `said` lies in `have` as one unbroken run."""
    for start in range(len(have) - len(said) + 1):
        if have[start : start + len(said)] == said:
            return start
    return None


def _without_kind_names(sentence: str, said: list[str]) -> list[str] | None:
    """Without the words that only name what stands there: `the phone number of the hotline is 1-800-555-1212`."""
    named = (_PHONE_NAMES if PHONE.search(sentence) else "") + (_EMAIL_NAMES if emails(sentence) else "")
    kinds = {stem(word) for word in named.split()}
    rest = [word for word in said if word not in kinds]
    return rest if kinds and rest != said else None
