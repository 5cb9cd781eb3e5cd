"""Evidence that answers a question otherwise: the same statement with other values in another section or document.

Either the question leaves open what it means (`How much is a service?`, of three bikes), or documents contradict each
other. Both are shown, never one of them picked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aieco_assets.core.contracts import Citation
from aieco_assets.core.rag.evidence.late_interaction import Asked
from aieco_assets.core.rag.evidence.ranking import Evidence
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions, Plain

_MOST = 4  # shown, the best included
_ALIKE = 0.6  # of the stems of two statements, numbers left out, that both have
_LONGEST_HEADING = 200  # characters: a longer one is no choice that somebody reads
_NEAR = 3.0  # score of an alternative below the best


def alternatives(question: Asked, evidence: Sequence[Evidence], descriptions: Descriptions) -> list[Evidence]:
    """The best evidence and what says otherwise, each with the heading that tells it apart; empty where there is
    nothing of the kind. `evidence`: of the whole question, best first."""
    if not evidence:
        return []
    best, terms = evidence[0], frozenset(question.terms)
    mine = descriptions.plain(best.unit)
    others = [
        other
        for other in evidence[1:]
        if other.score >= best.score - _NEAR
        and _says_otherwise(mine, descriptions.plain(other.unit))
        and _asked_alike(terms, mine, descriptions.plain(other.unit))
    ]
    found = [best, *others][:_MOST]
    return [_headed(one, found) for one in found] if others else []


def choices(found: Sequence[Evidence]) -> tuple[Citation, ...]:
    """What to choose from: each alternative's heading, or its own words where documents differ and headings do not."""
    return tuple(one.citations[0] for one in found)


def _says_otherwise(best: Plain, other: Plain) -> bool:
    """Whether two statements differ in their numbers, hardly in their words, and not in their place in the text."""
    (one, mine), (two, theirs) = _words_and_numbers(best), _words_and_numbers(other)
    apart = best.unit.page.document != other.unit.page.document or _heading(best) != _heading(other)
    return apart and bool(mine and theirs) and mine != theirs and len(one & two) >= _ALIKE * len(one | two)


def _words_and_numbers(one: Plain) -> tuple[frozenset[str], frozenset[str]]:
    numbers = frozenset(word for word in one.own if any(map(str.isdigit, word)))
    return one.own - numbers, numbers


def _asked_alike(terms: frozenset[str], best: Plain, other: Plain) -> bool:
    """Whether the question has no word that tells one place from the other."""
    return terms & best.near == terms & other.near


def _heading(one: Plain) -> str:
    heading = one.unit.heading
    return heading.text if heading else ""


def _headed(one: Evidence, among: Sequence[Evidence]) -> Evidence:
    heading = one.unit.heading
    same = heading is None or all(
        other.unit.heading is not None and other.unit.heading.text == heading.text for other in among
    )
    too_long = heading is not None and heading.end - heading.start > _LONGEST_HEADING
    if heading is None or same or too_long or heading.page != one.unit.page:
        return one
    return replace(one, spans=((heading, heading.start, heading.end), *one.spans))
