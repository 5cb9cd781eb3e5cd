"""One written sentence against numbered passages: kept with the quotes that say it, moved to the passage that supports
it where it cites another, or not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aieco_assets.core.contracts import Citation
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.verification.alignment import Passage, Place, Sentence, best_place
from aieco_assets.core.rag.verification.support import Support, check
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.words import content, number_words, numbers

_TRIED = 3  # passages that are tried where the cited ones do not support a sentence


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
) -> Verdict:
    """`cites`: numbers of passages, from 1; those that there are not count for nothing."""
    cited = [place - 1 for place in cites if 0 < place <= len(passages)]
    reason = ""
    for places in _tried(question, sentence, cited, passages):
        here = [passages[place] for place in places]
        others = [passage for place, passage in enumerate(passages) if place not in places]
        # What rests on several passages may have mixed them up: that does not change where one of them is tried alone.
        found = check(question, sentence, here, others, reads, support, several=len(cites) > 1)
        reason = reason or found.reason
        if not found.reason and (quoted := _quoted(sentence.text, found.places, here)):
            return Verdict(sentence.text, quoted, "", places != cited, found.probability)
    return Verdict(sentence.text, (), reason or "there is no passage")


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
    units = [described.plain.unit for place in places for described in place.units]
    for number in [*numbers(sentence), *number_words(sentence)]:
        if not any(_has(unit.text, number) for unit in units):
            known = (described.plain.unit for passage in passages for described in passage.units)
            found = next((one for unit in known for one in (unit, unit.lead) if one and _has(one.text, number)), None)
            if found is None:
                return ()
            units.append(found)
    return tuple(dict.fromkeys(map(_citation, units)))


def _has(text: str, number: str) -> bool:
    return number in numbers(text) or number in number_words(text)


def _citation(unit: Unit) -> Citation:
    return Citation(unit.page.document, unit.page.page, unit.text, unit.start, unit.end, unit.page.sha256)
