"""What a free sentence may not change: numbers and their units, names, opposites, denials, how far a claim goes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from aieco_assets.core.text.vocabulary import (
    ABSOLUTES,
    CONDITIONS,
    DEMANDS,
    HEDGES,
    OPPOSITES,
    UNITS_OF_MEASURE,
)
from aieco_assets.core.text.words import clean, content, names, normal_number, number_words, numbers, stem, words

_NUMBER_OR_WORD = re.compile(r"\d+(?:[.,:/\u00a0-]\d+)*|[$€£¥₹%]|[^\W\d_]+(?:['’][^\W_]+)*")
_LIST_NUMBER = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•–])\s+")
_LIMITS = CONDITIONS | HEDGES
_SOURCES = (
    "documents?|passages?|texts?|context|sources?|brochure|handbook|report|manual|paper|knowledge base|information"
)
_NOT = r"(?:n['’]t| ?not)"
_ADMITS = re.compile(
    rf"\b(?:{_SOURCES})\b[^.,;]{{0,30}}\b(?:do|does|did){_NOT} (?:\w+ly )?(?:say|state|mention|give|cover|tell|explain"
    r"|describe|report|specify|answer|include|provide|contain|address|name|list|indicate|disclose)\b"
    rf"|\b(?:is|are|was|were|can|could){_NOT} (?:be )?(?:given|stated|covered|mentioned|found|specified|said|told"
    rf"|answered|explained|described|reported|included|provided|contained|disclosed)\b.{{0,40}}\b(?:in|by|from) (?:the"
    rf"|these|this|any)(?: \w+){{0,2}} (?:{_SOURCES})\b"
    r"|\b(?:no|not any) (?:information|mention|answer)\b",
    re.IGNORECASE | re.DOTALL,
)


def _units() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for measure, spelt in UNITS_OF_MEASURE.items():
        for word in spelt:
            found[word].add(measure)
    return {word: frozenset(measures) for word, measures in found.items()}


_UNITS = _units()


def bare(sentence: str) -> str:
    """A sentence on one line, without the bullet or number of its place in a list."""
    return clean(_LIST_NUMBER.sub("", sentence))


def admits(sentence: str) -> bool:
    """Whether a sentence says of the documents that they do not say it: that is silence, and no claim."""
    return bool(_ADMITS.search(sentence))


def unknown_numbers(sentence: str, passages: str) -> list[str]:
    """Numbers, in digits or spelt out, that no passage has."""
    have = {*numbers(passages), *number_words(passages)}
    return [one for one in [*numbers(sentence), *number_words(sentence)] if one not in have]


def unknown_units(sentence: str, passages: str, question: str) -> int:
    """How many units (days, percent, dollars …) the sentence names of what neither passages nor question measure."""
    known = _measures(_told(passages)) | _measures(_told(question))
    return sum(word in _UNITS and not _UNITS[word] & known for word in set(_told(sentence)))


def misused_units(sentence: str, passages: str) -> int:
    """How many numbers stand beside another unit than everywhere in the passages."""
    told = _told(passages)
    there: dict[str, list[frozenset[str]]] = defaultdict(list)
    for place, word in _digits(told):
        there[word].append(_measures(told[max(0, place - 2) : place + 4]))
    said, wrong = _told(sentence), 0
    for place, word in _digits(said):
        mine = _measures(said[max(0, place - 1) : place + 3])
        wrong += bool(mine and there[word] and not any(mine & theirs for theirs in there[word]))
    return wrong


def unknown_names(sentence: str, passages: str, question: str) -> int:
    """How many names the sentence has that neither passages nor question have."""
    have, stems = {*words(passages), *words(question)}, set(content(passages))
    return sum(name not in have and stem(name) not in stems for name in names(sentence))


def absolutes(sentence: str, passages: str, question: str) -> int:
    """How many words (all, never, largest …) go further than passages and question do."""
    have = {stem(word) for word in [*words(passages), *words(question)]}
    return len({stem(word) for word in words(sentence) if word in ABSOLUTES} - have)


def demands(sentence: str, passages: str) -> int:
    """How many words make a duty or a certainty of what the passages do not call so."""
    return len(DEMANDS & set(words(sentence)) - set(words(passages)))


def opposites(sentence: str, passages: str) -> int:
    """How often the sentence has one side of a pair (rise / fall, before / after …), the passages only the other."""
    said, told, found = set(words(sentence)), set(words(passages)), 0
    for one, other in OPPOSITES:
        found += bool(said & one and not said & other and told & other and not told & one)
        found += bool(said & other and not said & one and told & one and not told & other)
    return found


def dropped_limits(sentence: str, evidence: str) -> int:
    """How many words that limit the evidence (if, only, may, about …) the sentence leaves out."""
    return len(_LIMITS & set(words(evidence)) - set(words(sentence)))


def _told(text: str) -> list[str]:
    return [match.group().casefold() for match in _NUMBER_OR_WORD.finditer(clean(text))]


def _measures(told: list[str]) -> frozenset[str]:
    return frozenset().union(*(_UNITS.get(word, frozenset()) for word in told))


def _digits(told: list[str]) -> Iterator[tuple[int, str]]:
    return ((place, normal_number(word)) for place, word in enumerate(told) if word[0].isdigit())
