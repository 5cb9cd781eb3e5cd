"""From what was found to a draft: the model writes, or the quotes speak; where the model says that the pages do not say
it, it searches once more in its own words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aieco_assets.core.contracts import Hit
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.interface import Llm
from aieco_assets.core.llm.prompt import Prompt
from aieco_assets.core.monitoring.tracing import note, stage
from aieco_assets.core.rag.evidence.comparing import Worth
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.generation.draft import QUOTE, WRITE, Drafted, quotes
from aieco_assets.core.rag.generation.quoting import quoted
from aieco_assets.core.rag.generation.writing import Told, together, written
from aieco_assets.core.rag.retrieval import Passages, best_of_pages
from aieco_assets.core.rag.sources import sources_of
from aieco_assets.core.rag.understanding.rewriting import search_queries
from aieco_assets.core.rag.verification.support import fitted_support

logger = logging.getLogger(__name__)
Search = Callable[[str], Sequence[Hit]]


@dataclass(frozen=True)
class Drafting:
    """How drafts are made of the pages of one knowledge base: by which model, prompt and policy."""

    llm: Llm
    prompt: Prompt
    policy: Policy
    passages: Passages
    descriptions: Descriptions

    def draft(
        self, question: str, hits: Sequence[Hit], worth: Worth, search: Search, or_quote: bool, told: Told
    ) -> Drafted:
        """What the model writes of the hits; the quotes where it does not write, or nothing of that can be said.

        `search`: finds the hits of another query. `or_quote`, `told`: as `Answerer.answer` has them.
        """
        wrote = Drafted(None)
        if self.policy.mode == WRITE and hits:
            wrote = self._written(question, hits, or_quote, told)
            if wrote.admitted and not wrote.draft:  # not where it wrote what no page says: other pages won't mend that
                wrote = self._written_again(question, hits, wrote, search, or_quote, told)
            if wrote.draft or wrote.admitted:
                return wrote
        if not worth.quoted:
            return wrote
        if self.policy.mode == QUOTE and not worth.choices:
            return quoted(question, worth.quoted, self.llm, self.prompt, self.policy, or_quote)
        return Drafted(quotes(worth.quoted), wrote.generated, wrote.failed)

    def _written(self, question: str, hits: Sequence[Hit], or_quote: bool, told: Told) -> Drafted:
        sources = sources_of(hits[: self.policy.chunks], self.passages, self.descriptions)
        most = self.policy.write_tokens
        return written(question, sources, self.llm, self.descriptions, fitted_support(), most, or_quote, told)

    def _written_again(
        self, question: str, hits: Sequence[Hit], first: Drafted, search: Search, or_quote: bool, told: Told
    ) -> Drafted:
        """From the pages that the model's own queries find and the question's did not; `first` where there are none."""
        try:
            with stage("rewrite"):
                queries, said = search_queries(self.llm, question)
                new = self._unseen(hits, queries, search)
                note(queries=len(queries), pages=len(new))
        except AiecoError as reason:
            logger.warning("the question is not asked in other words: %s", reason)
            return first
        spent = together(first.generated, said)
        if not new:
            return Drafted(None, spent, admitted=first.admitted)
        again = self._written(question, [*new, *hits], or_quote, told)
        return Drafted(again.draft, together(spent, again.generated), again.failed, again.admitted)

    def _unseen(self, hits: Sequence[Hit], queries: Sequence[str], search: Search) -> list[Hit]:
        """The best hits of the queries, in turns, on pages that the model was not shown."""
        seen = {(hit.chunk.sha256, hit.chunk.page) for hit in hits[: self.policy.chunks]}
        ranked = [best_of_pages(search(query))[: self.policy.chunks] for query in queries]
        turns = [one[place] for place in range(self.policy.chunks) for one in ranked if place < len(one)]
        return [hit for hit in best_of_pages(turns) if (hit.chunk.sha256, hit.chunk.page) not in seen]
