"""Retrieve -> evidence -> generate -> verify -> answer. The service, the command line and the evaluation call this."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import ALL_DOCUMENTS, Answer, Citation, DocumentFilter, Hit, Usage, Within
from aieco_assets.core.embeddings.sentence_vectors import Readings
from aieco_assets.core.errors import AiecoError, ModelUnavailable
from aieco_assets.core.llm.gateway import Generation, Llm, Piece, load_llm
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT, Prompt
from aieco_assets.core.monitoring.tracing import note, stage, trace_id, traced
from aieco_assets.core.rag.evidence.ranking import Evidence, select
from aieco_assets.core.rag.evidence.selection import choose, says_enough
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.evidence.suggestions import suggestions
from aieco_assets.core.rag.evidence.thresholds import Policy, calibrated_policy
from aieco_assets.core.rag.interfaces import Embedder, Index
from aieco_assets.core.rag.retrieval import CANDIDATES, Passages, best_of_pages, preferred
from aieco_assets.core.rag.understanding.understood import Understanding, Understood
from aieco_assets.core.rag.verification import may_be_supported, verify
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex

logger = logging.getLogger(__name__)
_NOTHING = Generation("", 0, 0)
ABSTAINED = "The knowledge base does not answer this."


@dataclass(frozen=True)
class _Draft:
    """A text with the evidence that says it."""

    text: str
    evidence: tuple[Evidence, ...]


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
    ) -> None:
        self.index, self.embedder, self.llm, self.policy = index, embedder, llm, policy or calibrated_policy()
        self.readings, self.prompt = readings, prompt
        self._passages, self._understanding = Passages(index), Understanding(index, embedder)
        self._descriptions = Descriptions(embedder, readings)

    def having(self, llm: Llm, policy: Policy, prompt: Prompt) -> Answerer:
        """Another way to answer from the same knowledge: what was read and embedded of it is shared, not kept twice."""
        other = Answerer(self.index, self.embedder, llm, policy, self.readings, prompt)
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

    def over(self, index: Index) -> Answerer:
        """The same models and ways over another version of the knowledge base."""
        return Answerer(index, self.embedder, self.llm, self.policy, self.readings, self.prompt)

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
    ) -> Answer:
        """One verified answer, the best quotes, or silence. Raises AiecoError for a question that can't be one, and
        NoSuchDocument for a filter that admits no document.

        `history`: the questions before this one, oldest first; what this one leaves out is taken from them.
        `or_quote`: the quotes answer where the model's server does not, and `model_failed` says so; else
        ModelUnavailable is raised, for whoever judges the model.
        """
        began = time.perf_counter()
        asked = self._understanding.of(question, history, wanted)
        scope = asked.scope
        hits, found, chosen = self._evidence(asked, k, scope.within)
        if not chosen and scope.wider != scope.within:
            hits, found, chosen = self._evidence(asked, k, scope.wider)
        pages = best_of_pages(hits)[:k]
        draft, generated, failed = self._draft(asked.text, chosen, or_quote) if chosen else (None, _NOTHING, False)
        note(abstained=draft is None, llm=self.models["llm"], embedder=self.models["embedder"])
        return Answer(
            answer=draft.text if draft else ABSTAINED,
            abstained=draft is None,
            verified=draft is not None,
            citations=_citations(draft.evidence) if draft else (),
            knowledge_base=self.index.knowledge_version(),
            models=self.models,
            usage=self._usage(generated, began),
            trace_id=trace_id(),
            retrieved=tuple((hit.chunk.document, hit.chunk.page) for hit in pages),
            scores=tuple((hit.chunk.chunk_id, hit.score) for hit in pages),
            model_failed=failed,
            suggestions=() if draft or not found else suggestions(asked.questions[0], found[0]),
        )

    def _evidence(
        self, asked: Understood, k: int, within: Within | None
    ) -> tuple[list[Hit], list[list[Evidence]], list[Evidence]]:
        """The chunks, the evidence in them for each thing that is asked, and what of it is worth quoting."""
        with stage("retrieve"):
            hits = self._found(asked, k, within)
            note(chunks=len(hits), parts=len(asked.questions))
        with stage("evidence"):
            placed = self._passages.units(hits[: self.policy.chunks])
            found = select(asked.questions, placed, self._descriptions, self.policy)
            chosen = [one for one in choose(found, self.policy) if self._speaks_of(asked.added, one)]
            note(sentences=len(placed), chosen=len(chosen))
        return hits, found, chosen

    def _usage(self, generated: Generation, began: float) -> Usage:
        tokens, price = (generated.prompt_tokens, generated.completion_tokens), self.llm.price
        return Usage(*tokens, round((time.perf_counter() - began) * 1000, 1), price.of(*tokens) if price else None)

    def _speaks_of(self, added: frozenset[str], evidence: Evidence) -> bool:
        return 2 * len(added & self._descriptions.plain(evidence.unit).near) >= len(added)

    def _draft(self, question: str, chosen: Sequence[Evidence], or_quote: bool) -> tuple[_Draft, Generation, bool]:
        """The generated answer where every kept sentence is supported and it says enough; else the quotes. And whether
        the model failed."""
        generated, failed = _NOTHING, False
        with stage("generate"):
            try:
                generated = self._generate(question, chosen)
            except ModelUnavailable as reason:
                if not or_quote:
                    raise
                logger.warning("the quotes answer alone: %s", reason)
                failed = True
            note(prompt_tokens=generated.prompt_tokens, completion_tokens=generated.completion_tokens, failed=failed)
        with stage("verify"):
            return self._verified(question, chosen, generated), generated, failed

    def _verified(self, question: str, chosen: Sequence[Evidence], generated: Generation) -> _Draft:
        kept = [v for v in verify(generated.text, chosen) if v.evidence is not None]
        note(sentences=len(kept))
        text = " ".join(v.sentence for v in kept)
        used = tuple(e for e in chosen if any(v.evidence is e for v in kept))
        if kept and all(says_enough(question, text, e, self.policy) for e in chosen):
            return _Draft(text, used)
        return _Draft(" ".join(e.text for e in chosen), tuple(chosen))

    def _generate(self, question: str, chosen: Sequence[Evidence]) -> Generation:
        """Generated text, stopped as soon as it leaves the quotes: what follows could not be kept anyway."""
        messages = self.prompt.filled(question, [e.text for e in chosen])
        astray, text, last = threading.Event(), "", Piece("")
        for last in self.llm.stream(messages, self.policy.max_tokens, stop=["\n"], cancelled=astray):
            text += last.text
            if not may_be_supported(text, chosen):
                astray.set()
        return Generation(text.strip(), last.prompt_tokens, last.completion_tokens)


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
    return Answerer(index, embedder, load_llm(settings), policy, Readings(settings, embedder.version), prompt)


def _citations(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(citation for item in evidence for citation in item.citations))
