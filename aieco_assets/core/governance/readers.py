"""What one reader sees of the knowledge base: the answerer over the documents that the rules in force admit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aieco_assets.core.contracts import Reader
from aieco_assets.core.evaluation.examples import SILENT
from aieco_assets.core.governance.access import Access, InForce
from aieco_assets.core.governance.rights import AccessRules, governing_tags
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex
    from aieco_assets.core.embeddings.reader_view import ReadableIndex
    from aieco_assets.core.rag.pipeline import Answerer


def answerer_for(answerer: Answerer, reader: Reader | None, access: Access) -> Answerer:
    """The same models and ways over what the reader may read; over everything for the operator (None), and where there
    are no rules. Raises Unavailable while nobody can tell which rules there are."""
    if reader is None:
        return answerer
    found = access.current()
    return answerer if found.rules is None else answerer_within(answerer, reader, found, found.rules)


def answerer_within(answerer: Answerer, reader: Reader, in_force: InForce, rules: AccessRules) -> Answerer:
    """The answerer over what these rules admit the reader to, even where that is everything: what a reader sees may
    not change in any way when a document comes that they may not read."""
    whole = cast("KnowledgeIndex", answerer.index)
    view = readable_by(whole, reader, in_force, rules)
    kept, embedder = whole.readable.kept, answerer.embedder.version
    descriptions = kept.setdefault(f"descriptions {embedder}", Descriptions(answerer.embedder, answerer.readings))
    over = view.kept.get(embedder)
    if over is None:
        # Without the language model: it must be free to go when another one answers.
        over = view.kept[embedder] = answerer.having(SILENT, answerer.policy, answerer.prompt).over(view, descriptions)
    return over.having(answerer.llm, answerer.policy, answerer.prompt)


def readable_by(whole: KnowledgeIndex, reader: Reader, in_force: InForce, rules: AccessRules) -> ReadableIndex:
    """The part of a version that the reader may read by these rules, which are known by their digest."""
    principals = reader.principals & rules.named  # nothing else of the reader matters
    views = whole.readable

    def admits(path: str, _: tuple[str, ...]) -> bool:
        return rules.admits(path, governing_tags(path, views.tagged), principals)

    return views.of((in_force.digest, principals), admits)
