"""Retrieve -> evidence -> generate -> verify -> answer. The service, the command line and the evaluation call this."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import ALL_DOCUMENTS, Answer, Citation, DocumentFilter, Hit, Usage, Within
from aieco_assets.core.embeddings.sentence_vectors import Readings
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.personal_data_answers import Screen, nothing_refused, screen_of, withheld
from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.llm.interface import Generation, Llm
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT, Prompt
from aieco_assets.core.monitoring.tracing import note, stage, trace_id, traced
from aieco_assets.core.rag.drafting import Drafting
from aieco_assets.core.rag.evidence.comparing import Worth, worth_quoting
from aieco_assets.core.rag.evidence.ranking import Evidence, select
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.evidence.suggestions import suggestions
from aieco_assets.core.rag.evidence.thresholds import Policy, calibrated_policy
from aieco_assets.core.rag.generation.draft import QUOTE, Draft
from aieco_assets.core.rag.generation.writing import Source, Told
from aieco_assets.core.rag.interfaces import Embedder, Index
from aieco_assets.core.rag.no_answer import silence
from aieco_assets.core.rag.retrieval import CANDIDATES, Passages, best_of_pages, preferred
from aieco_assets.core.rag.sources import sources_of
from aieco_assets.core.rag.understanding.understood import Understanding, Understood
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex

# Questions that come together take turns, and reach the model one after the other: side by side they would all reach it
# late, be answered together, and come together again.
SEARCHED_AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
_searching = threading.Semaphore(SEARCHED_AT_ONCE)


class Answerer:
    """Answers from one published knowledge base with one embedder and one LLM. Safe to share between threads."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        llm: Llm,
        policy: Policy | None = None,
        readings: Readings | None = None,
        prompt: Prompt = PACKAGED_PROMPT,
        screen: Screen = nothing_refused,
    ) -> None:
        self.index, self.embedder, self.llm, self.policy = index, embedder, llm, policy or calibrated_policy()
        self.readings, self.prompt, self.screen = readings, prompt, screen
        self._passages, self._understanding = Passages(index), Understanding(index, embedder)
        self._descriptions = Descriptions(embedder, readings)

    def having(self, llm: Llm, policy: Policy, prompt: Prompt) -> Answerer:
        """Another way to answer from the same knowledge: what was read and embedded of it is shared, not kept twice."""
        other = Answerer(self.index, self.embedder, llm, policy, self.readings, prompt, self.screen)
        other._passages, other._descriptions = self._passages, self._descriptions
        other._understanding = self._understanding
        return other

    @property
    def models(self) -> dict[str, str]:
        return {
            "llm": f"{self.llm.name}@{self.llm.version[:12]}",
            "embedder": f"{self.embedder.name}@{self.embedder.version[:12]}",
            "prompt": self.prompt.label,
        }

    def over(self, index: Index, descriptions: Descriptions | None = None) -> Answerer:
        """The same models and ways over another version of the knowledge base, or a part of it, with what is known of
        its sentences."""
        other = Answerer(index, self.embedder, self.llm, self.policy, self.readings, self.prompt, self.screen)
        other._descriptions = descriptions or other._descriptions
        return other

    def read(self, hits: Sequence[Hit]) -> tuple[list[Source], Descriptions]:
        """What the hits say, page by page, as written sentences are held against it, and by what it was read."""
        return sources_of(hits, self._passages, self._descriptions), self._descriptions

    def search(self, question: str, k: int = 8, wanted: DocumentFilter = ALL_DOCUMENTS) -> list[Hit]:
        """The k pages that speak of the question, best first, each by its best chunk. Raises AiecoError for a question
        that can't be one, and for a filter that admits no document."""
        asked = self._understanding.of(question, (), wanted)
        return best_of_pages(self._found(asked, k, asked.scope.wider))[:k]

    def _found(self, asked: Understood, k: int, within: Within | None) -> list[Hit]:
        hits = self.index.search(asked.text, asked.questions[0].tokens.whole, max(k, CANDIDATES), within)
        return preferred(hits, asked.scope.named)

    @traced("answer")
    def answer(
        self,
        question: str,
        k: int = 8,
        history: Sequence[str] = (),
        wanted: DocumentFilter = ALL_DOCUMENTS,
        or_quote: bool = False,
        told: Told = lambda _: None,
    ) -> Answer:
        """One verified answer, the best quotes, or silence. Raises AiecoError for a question that can't be one, and
        NoSuchDocument for a filter that admits no document.

        `history`: the questions before this one, oldest first; what this one leaves out is taken from them.
        `or_quote`: the quotes answer where the model's server does not, and `model_failed` says so; else
        ModelUnavailable is raised, for whoever judges the model. `told`: is given each sentence that a model writes, as
        soon as it is verified.
        """
        began = time.perf_counter()
        with _searching:
            asked = self._understanding.of(question, history, wanted)
            scope = asked.scope
            hits, found, worth = self._evidence(asked, k, scope.within)
            if not worth.quoted and scope.wider != scope.within:
                hits, found, worth = self._evidence(asked, k, scope.wider)
        pages = best_of_pages(hits)[:k]
        drafting = Drafting(self.llm, self.prompt, self.policy, self._passages, self._descriptions)
        search = partial(self.search, k=self.policy.chunks, wanted=wanted)
        drafted = drafting.draft(asked.text, hits, worth, search, or_quote, self._screened(told))
        draft = drafted.draft
        refused = self.screen([draft.text, *(one.quote for one in draft.citations)]) if draft else ()
        if refused:
            draft = None
        note(abstained=draft is None, llm=self.models["llm"], embedder=self.models["embedder"])
        return Answer(
            answer=draft.text if draft else self._silence(asked.text, scope.wider, refused),
            abstained=draft is None,
            verified=draft is not None,
            citations=draft.citations if draft else (),
            knowledge_base=self.index.knowledge_version(),
            models=self.models,
            usage=self._usage(drafted.generated, began),
            trace_id=trace_id(),
            retrieved=tuple((hit.chunk.document, hit.chunk.page) for hit in pages),
            scores=tuple((hit.chunk.chunk_id, hit.score) for hit in pages),
            model_failed=drafted.failed,
            mode=draft.mode if draft else self.policy.mode,
            confidence=round(
                draft.confidence if draft else max((e.sure for one in found for e in one[:1]), default=0.0), 4
            ),
            suggestions=tuple(one for one in _suggested(asked, found, draft, worth) if not self.screen([one.quote])),
        )

    def _screened(self, told: Told) -> Told:
        """Tells no part that the whole may not say."""
        return lambda part: None if self.screen([part]) else told(part)

    def _silence(self, question: str, within: Within | None, refused: Sequence[str]) -> str:
        return withheld(refused) if refused else silence(question, self.index.documents, within)

    def _evidence(
        self, asked: Understood, k: int, within: Within | None
    ) -> tuple[list[Hit], list[list[Evidence]], Worth]:
        """The chunks, the evidence in them for each thing that is asked, and what of it is worth quoting."""
        with stage("retrieve"):
            hits = self._found(asked, k, within)
            note(chunks=len(hits), parts=len(asked.questions))
        with stage("evidence"):
            placed = self._passages.units(hits[: self.policy.chunks])
            found = select(asked.questions, placed, self._descriptions, self.policy)
            worth = worth_quoting(asked, found, placed, self._descriptions, self.policy)
            chosen = [one for one in worth.quoted if self._speaks_of(asked.added, one)]
            note(sentences=len(placed), chosen=len(chosen))
        return hits, found, Worth(chosen, worth.choices if chosen else ())

    def _usage(self, generated: Generation, began: float) -> Usage:
        tokens, price = (generated.prompt_tokens, generated.completion_tokens), self.llm.price
        return Usage(*tokens, round((time.perf_counter() - began) * 1000, 1), price.of(*tokens) if price else None)

    def _speaks_of(self, added: frozenset[str], evidence: Evidence) -> bool:
        return 2 * len(added & self._descriptions.plain(evidence.unit).near) >= len(added)


def _suggested(
    asked: Understood, found: Sequence[Sequence[Evidence]], draft: Draft | None, worth: Worth
) -> tuple[Citation, ...]:
    """What to look at instead of an answer; beside quotes that say different things the places to choose from."""
    if draft is None:
        return suggestions(asked.questions[0], found[0]) if found else ()
    return worth.choices if draft.mode == QUOTE else ()


def open_answerer(settings: Settings, policy: Policy | None = None, prompt: Prompt = PACKAGED_PROMPT) -> Answerer:
    """The answerer over the published knowledge base, with the packaged policy when none is given.

    Raises AiecoError when nothing was published yet.
    """
    from aieco_assets.core.embeddings.store import VectorStore

    index = VectorStore.open(settings).live()
    if index is None:
        raise AiecoError("No knowledge base is published yet: run `aieco run`.")
    return answerer_of(settings, index, policy, prompt)


def answerer_of(
    settings: Settings, index: KnowledgeIndex, policy: Policy | None = None, prompt: Prompt = PACKAGED_PROMPT
) -> Answerer:
    """The answerer over one version of the knowledge base, with the embedder that made it."""
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.embeddings.production import for_index

    embedder = load_embedder(for_index(settings, index.embedder_version))
    readings = Readings(settings, embedder.version)
    return Answerer(index, embedder, load_llm(settings), policy, readings, prompt, screen_of(settings))
