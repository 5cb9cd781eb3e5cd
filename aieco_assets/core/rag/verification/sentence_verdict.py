"""One written sentence against numbered passages: kept with the quotes that say it, moved to the passage that supports
it where it cites another, or not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aieco_assets.core.contracts import Citation
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.verification.alignment import Passage, Place, Sentence, best_place
from aieco_assets.core.rag.verification.polarity import only_headings, under_another_lead
from aieco_assets.core.rag.verification.support import Support, check
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.words import clean, content, number_words, numbers

_TRIED = 3  # passages that are tried where the cited ones do not support a sentence

_LEAD = 300  # characters of a line over a list that are quoted with its items
_FRAGMENT = 2  # words that carry meaning: so few state nothing without the question


@dataclass(frozen=True)
class Verdict:
    """`citations`: what says the sentence, none where it is not supported, and `reason` says why. `mended`: they are
    of another passage than the model cited. `probability`: that they support it."""

    text: str
    citations: tuple[Citation, ...]
    reason: str = ""
    mended: bool = False
    probability: float = 0.0


def verdict(
    question: str,
    sentence: Sentence,
    cites: Sequence[int],
    passages: Sequence[Passage],
    reads: Descriptions,
    support: Support,
    lead: str | None = None,
) -> Verdict:
    """`cites`: numbers of passages, from 1; those that there are not count for nothing. `lead`: the line over the list
    that the sentence is an item of, "" for a list without one; None for what stands alone."""
    cited = [place - 1 for place in cites if 0 < place <= len(passages)]
    reason = ""
    for places in _tried(question, sentence, cited, passages):
        here = [passages[place] for place in places]
        others = [passage for place, passage in enumerate(passages) if place not in places]
        # What rests on several passages may have mixed them up: that does not change where one of them is tried alone.
        found = check(question, sentence, here, others, reads, support, several=len(cites) > 1)
        wrong = found.reason or _not_alone(question, sentence.text, lead, found.places)
        reason = reason or wrong
        if not wrong and (quoted := _quoted(sentence.text, found.places, here)):
            return Verdict(sentence.text, quoted, "", places != cited, found.probability)
    return Verdict(sentence.text, (), reason or "there is no passage")


def row_verdict(row: str, passages: Sequence[Passage]) -> Verdict:
    """A row of a table is said as it stands in the documents, cell by cell, or not at all: no cell may move."""
    cells = _cells(row)
    for passage in passages:
        for described in passage.units:
            if _cells(described.plain.unit.text) == cells:
                return Verdict(row, (_citation(described.plain.unit),), probability=1.0)
    return Verdict(row, (), "no table has this row")


def _cells(text: str) -> list[str]:
    return [clean(cell).casefold() for cell in re.split(r"\||\t", text.strip("| \t\n")) if cell.strip()]


def _not_alone(question: str, sentence: str, lead: str | None, places: Sequence[Place]) -> str:
    """Why what says nothing alone is not said; "" for what may be."""
    units = [described.plain.unit for place in places for described in place.units]
    if only_headings(sentence, units):
        return "a heading states nothing"
    if lead is None and len(content(sentence)) > _FRAGMENT:
        return ""
    if under_another_lead(question, sentence, lead or "", units):
        return "the passages say it under a line that says the opposite"
    return ""


def _tried(question: str, sentence: Sentence, cited: list[int], passages: Sequence[Passage]) -> Iterator[list[int]]:
    """What the model cites, then the passages that are most like the sentence, one by one."""
    if cited:
        yield cited
    asked = frozenset(content(question))
    matches = [(place.match, n) for n, one in enumerate(passages) if (place := best_place(sentence, one, asked))]
    for _, number in sorted(matches, key=lambda match: -match[0])[:_TRIED]:
        if [number] != cited:
            yield [number]


def _quoted(sentence: str, places: Sequence[Place], passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """Quotes of the best places, and of whatever else has a number of the sentence; none where a number is in no
    quote."""
    units = [described.plain.unit for place in _telling(sentence, places) for described in place.units]
    for number in [*numbers(sentence), *number_words(sentence)]:
        if not any(_has(unit.text, number) for unit in units):
            known = (described.plain.unit for passage in passages for described in passage.units)
            found = next((one for unit in known for one in (unit, unit.lead) if one and _has(one.text, number)), None)
            if found is None:
                return ()
            units.append(found)
    return tuple(dict.fromkeys(_citation(one) for unit in units for one in (*_over(unit), unit)))


def _over(unit: Unit) -> list[Unit]:
    """The line that an item of a list or a row of a table stands under: without it, the quote says little."""
    lead = unit.lead if unit.kind in ("item", "row") else None
    return [lead] if lead is not None and len(lead.text) <= _LEAD else []


def _telling(sentence: str, places: Sequence[Place]) -> list[Place]:
    """The best place, and what else has words of the sentence that those before do not have."""
    said, kept = set(content(sentence)), list[Place]()
    for place in sorted(places, key=lambda place: -place.match):
        has = said & set(content(place.text))
        if not kept or has:
            kept.append(place)
        said -= has
    return [place for place in places if place in kept]


def _has(text: str, number: str) -> bool:
    return number in numbers(text) or number in number_words(text)


def _citation(unit: Unit) -> Citation:
    return Citation(unit.page.document, unit.page.page, unit.text, unit.start, unit.end, unit.page.sha256)
