"""The passages that a model is given to write from: of each page that was found, what its chunks say."""

from __future__ import annotations

from collections.abc import Sequence

from aieco_assets.core.contracts import Hit
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions, document_name
from aieco_assets.core.rag.generation.writing import Source
from aieco_assets.core.rag.retrieval import Passages
from aieco_assets.core.rag.verification.alignment import passage_of
from aieco_assets.core.rag.verification.prompt_injection import addresses_the_model
from aieco_assets.core.text.sentences import Unit


def sources_of(hits: Sequence[Hit], passages: Passages, descriptions: Descriptions) -> list[Source]:
    """One for each page, best page first, its units in reading order. What speaks to a model and
    not to a reader is neither shown to one nor evidence."""
    pages: dict[tuple[str, int], list[Unit]] = {}
    for placed in passages.units(hits):
        if addresses_the_model(placed.unit.text):
            continue
        pages.setdefault((placed.unit.page.sha256, placed.unit.page.page), []).append(placed.unit)
    found = []
    for units in pages.values():
        units.sort(key=lambda unit: unit.start)
        page = units[0].page
        described = descriptions.of([descriptions.plain(unit) for unit in units])
        found.append(Source(page.title or document_name(page), page.page, passage_of(described)))
    return found
