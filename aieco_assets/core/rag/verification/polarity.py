"""Denials, limits and the lines over a list: whether a sentence turns what the passages say into its opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

from aieco_assets.core.rag.evidence.sentence_cache import Plain
from aieco_assets.core.rag.verification.unsupported_details import opposites
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.vocabulary import CONDITIONS, NEGATIONS, REVERSALS
from aieco_assets.core.text.words import clean, content, negated, numbers, words

_SAME = 0.8  # share of a sentence's words that makes a unit, or a clause of it, what the sentence repeats
_CLAUSES = re.compile(r"[,;:()]\s+|\s[–—-]\s|\s(?=(?:and|but|because|so|which|while|unless|except)\s)", re.IGNORECASE)
# What a sentence answers, or on what condition, is no denial of its own.
_ANSWERED = re.compile(r"^\W*(?:(?:yes|no)\b[,.:]?\s*|if\b[^,]*,\s*)", re.IGNORECASE)
_DENIED = "\0"
_DENIALS = NEGATIONS | (REVERSALS - CONDITIONS - {"exclude", "excludes", "excluded", "excluding"})
_LIMITING = frozenset({"unless", "except", "excluding"})
_LIMITED = _LIMITING | CONDITIONS | {"exception", "exceptions", "excluded", "excludes"}  # what may stand for them
_FEW = 4  # words


def saying(sentence: str, plain: Sequence[Plain]) -> list[Unit]:
    """The units that have most words of the sentence, in whatever order."""
    said = content(_ANSWERED.sub("", sentence))
    return [one.unit for one in plain if sum(form in one.own for form in said) >= _SAME * len(said)]


def denies(sentence: str, units: Sequence[Unit]) -> bool:
    """Whether all that says the sentence's words, in their order, says them the other way round."""
    sentence = _ANSWERED.sub("", sentence)
    said, denied, found = content(sentence), _DENIED in _with_denials(sentence), False
    if len(said) < 2:
        return False
    for part in _parts(units):
        told = _with_denials(part)
        matched = _matched(said, told)
        if sum(block.size for block in matched) >= _SAME * len(said):
            between = told[max(0, matched[0].b - 1) : matched[-1].b + matched[-1].size + 1]
            if (_DENIED in between) == denied or (denied and negated(part)):
                return False
            found = True
    return found


def without_its_limit(sentence: str, units: Sequence[Unit]) -> str:
    """The word of a limit (unless, except …) that all goes on with that says the sentence; "" for none."""
    said, told, limit = content(sentence), set(words(sentence)), ""
    if len(said) < 2:
        return ""
    for unit in units:
        text = clean(unit.text)
        if _in_order(said, content(text)) >= _SAME * len(said):
            missing = sorted(_LIMITING & set(words(text)) - told)
            if not missing or _LIMITED & told or _DENIED in _with_denials(sentence):
                return ""
            limit = missing[0]
    return limit


def under_another_lead(question: str, item: str, lead: str, units: Sequence[Unit]) -> bool:
    """Whether an item, or a fragment that states nothing alone, stands under a line that says the opposite of what the
    evidence says of it. `lead`: that line, "" where there is none and the question stands for it."""
    mine = negated(lead) or negated(item)
    for unit in units:
        over = unit.lead.text if unit.kind == "item" and unit.lead else ""
        if lead and over and opposites(lead, over):
            continue
        theirs = negated(over) or _says_denied(item, unit)
        if theirs == mine or (theirs and not lead and negated(question)):
            return False
    return bool(units)


def _says_denied(item: str, unit: Unit) -> bool:
    """Whether the part of the unit that says the item is a denial."""
    said, parts = content(item), list(_parts([unit]))
    fits = [part for part in parts if _in_order(said, content(part)) >= _SAME * len(said)]
    return negated(min(fits or parts[:1], key=len))


def only_headings(sentence: str, units: Sequence[Unit]) -> bool:
    """Whether all that says a few words are headings: they name what follows, and state nothing."""
    short = len(words(sentence)) <= _FEW and not numbers(sentence)
    return short and all(unit.kind == "heading" for unit in units)


def _with_denials(text: str) -> list[str]:
    """The stems that carry meaning, and a mark where one denies."""
    found: list[str] = []
    for word in words(text):
        found += [_DENIED] if word in _DENIALS or word.endswith("n't") else content(word)
    return found


def _matched(said: Sequence[str], told: Sequence[str]) -> list[Match]:
    """What stands in both in the same order."""
    return [one for one in SequenceMatcher(None, said, told, autojunk=False).get_matching_blocks() if one.size]


def _in_order(said: Sequence[str], told: Sequence[str]) -> int:
    return sum(one.size for one in _matched(said, told))


def _parts(units: Sequence[Unit]) -> Iterator[str]:
    for unit in units:
        text = clean(unit.text)
        yield text
        clauses = [clause for clause in _CLAUSES.split(text) if clause.strip()]
        if len(clauses) > 1:
            yield from clauses
