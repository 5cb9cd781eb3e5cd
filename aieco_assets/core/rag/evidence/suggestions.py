"""What speaks of a question that nothing answers: the pages to look at, each with its best line."""

from __future__ import annotations

from collections.abc import Sequence

from aieco_assets.core.contracts import Citation
from aieco_assets.core.rag.evidence.late_interaction import Asked
from aieco_assets.core.rag.evidence.ranking import Evidence
from aieco_assets.core.text.words import content

_MOST = 3


def suggestions(question: Asked, found: Sequence[Evidence]) -> tuple[Citation, ...]:
    """At most three pages in the order of the evidence (best first), none that shares no word with the question."""
    by_page: dict[tuple[str, int], Citation] = {}
    for evidence in found:
        unit = evidence.unit
        near = f"{unit.heading.text if unit.heading else ''} {unit.text}"
        if set(question.terms) & set(content(near)):
            by_page.setdefault((unit.page.document, unit.page.page), evidence.citations[0])
    return tuple(by_page.values())[:_MOST]
