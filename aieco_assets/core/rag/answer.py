"""Retrieve -> evidence -> generate -> verify -> answer. The service, the command line and the evaluation call this."""

from __future__ import annotations

import threading
import time
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aieco_assets.core.contracts import Answer, Citation, Hit, Usage
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.cues import cue_of
from aieco_assets.core.rag.evidence import Evidence, select
from aieco_assets.core.rag.llm import Generation, Llm, Piece, load_llm
from aieco_assets.core.rag.passages import Index, Passages, Remembered
from aieco_assets.core.rag.policy import Policy
from aieco_assets.core.rag.prompt import answer_messages
from aieco_assets.core.rag.text import content
from aieco_assets.core.rag.verify import may_be_supported, verify
from aieco_assets.core.settings import Settings

MAX_QUESTION = 500
ABSTAINED = "The knowledge base does not answer this."


class Embedder(Protocol):
    """What is asked of `core.embeddings.embedder.Embedder`."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def encode(self, texts: list[str], /) -> Any: ...


@dataclass(frozen=True)
class _Draft:
    """A text with the evidence that says it."""

    text: str
    evidence: tuple[Evidence, ...]


class Answerer:
    """Answers from one published knowledge base with one embedder and one LLM. Safe to share between threads."""

    def __init__(self, index: Index, embedder: Embedder, llm: Llm, policy: Policy | None = None) -> None:
        self.index, self.embedder, self.llm, self.policy = index, embedder, llm, policy or Policy()
        self._passages = Passages(index)
        self._encoder = Remembered(embedder.encode)

    @property
    def models(self) -> dict[str, str]:
        return {
            "llm": f"{self.llm.name}@{self.llm.version[:12]}",
            "embedder": f"{self.embedder.name}@{self.embedder.version[:12]}",
        }

    def search(self, question: str, k: int = 8) -> list[Hit]:
        """The k chunks nearest to the question, best first. Raises AiecoError for a question that can't be one."""
        asked = checked_question(question)
        return self.index.search(asked, self.embedder.encode([asked])[0], k)

    def answer(self, question: str, k: int = 8) -> Answer:
        """One verified answer, the best quotes, or silence. Raises AiecoError for a question that can't be one."""
        began = time.perf_counter()
        asked = checked_question(question)
        vector = self.embedder.encode([asked])[0]
        hits = self.index.search(asked, vector, k)
        units = self._passages.units(hits[: self.policy.chunks])
        chosen = choose(select(asked, vector, units, self._encoder, self.policy), self.policy)
        draft, cost = self._draft(asked, chosen) if chosen else (None, Generation("", 0, 0))
        return Answer(
            answer=draft.text if draft else ABSTAINED,
            abstained=draft is None,
            verified=draft is not None,
            citations=_citations(draft.evidence) if draft else (),
            knowledge_base=self.index.knowledge_version(),
            models=self.models,
            usage=Usage(cost.prompt_tokens, cost.completion_tokens, round((time.perf_counter() - began) * 1000, 1)),
            trace_id=uuid.uuid4().hex,
            retrieved=tuple((hit.chunk.document, hit.chunk.page) for hit in hits),
            scores=tuple((hit.chunk.chunk_id, hit.score) for hit in hits),
        )

    def _draft(self, question: str, chosen: Sequence[Evidence]) -> tuple[_Draft, Generation]:
        """The generated answer where every kept sentence is supported and it says enough; else the quotes."""
        generated = self._generate(question, chosen)
        kept = [v for v in verify(generated.text, chosen) if v.evidence is not None]
        text = " ".join(v.sentence for v in kept)
        used = tuple(e for e in chosen if any(v.evidence is e for v in kept))
        if kept and all(says_enough(question, text, e, self.policy) for e in chosen):
            return _Draft(text, used), generated
        return _Draft(" ".join(e.text for e in chosen), tuple(chosen)), generated

    def _generate(self, question: str, chosen: Sequence[Evidence]) -> Generation:
        """Generated text, stopped as soon as it leaves the quotes: what follows could not be kept anyway."""
        messages = answer_messages(question, [e.text for e in chosen])
        astray, text, last = threading.Event(), "", Piece("")
        for last in self.llm.stream(messages, self.policy.max_tokens, stop=["\n"], cancelled=astray):
            text += last.text
            if not may_be_supported(text, chosen):
                astray.set()
        return Generation(text.strip(), last.prompt_tokens, last.completion_tokens)


def open_answerer(settings: Settings) -> Answerer:
    """The answerer over the published knowledge base. Raises AiecoError when none was published yet."""
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.embeddings.store import VectorStore

    index = VectorStore.open(settings).live()
    if index is None:
        raise AiecoError("No knowledge base is published yet: run `aieco run`.")
    return Answerer(index, load_embedder(settings), load_llm(settings))


def checked_question(question: str) -> str:
    """The question, white space in order. Raises AiecoError when it is empty, too long or holds control characters."""
    asked = " ".join(unicodedata.normalize("NFC", question).split())
    if not any(character.isalnum() for character in asked):
        raise AiecoError("The question has no words: ask something.")
    if len(asked) > MAX_QUESTION:
        raise AiecoError(f"The question has {len(asked)} characters: ask in at most {MAX_QUESTION}.")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in asked):
        raise AiecoError("The question holds control characters: take them out.")
    return asked


def choose(evidence: Sequence[Evidence], policy: Policy) -> list[Evidence]:
    """The evidence worth quoting: the best one if it is good enough, and what is as good or adds what it lacks."""
    if not evidence or not good_enough(evidence[0], policy):
        return []
    chosen = [evidence[0]]
    for other in evidence[1:]:
        if len(chosen) == policy.max_quotes:
            break
        if not good_enough(other, policy) or any(_overlap(other, e) for e in chosen):
            continue
        known = frozenset().union(*(e.terms for e in chosen))
        needed = policy.addition if other.terms - known else policy.tie
        if other.score >= needed * evidence[0].score:
            chosen.append(other)
    return chosen


def good_enough(evidence: Evidence, policy: Policy) -> bool:
    if evidence.score < policy.min_score or evidence.similarity < policy.min_similarity:
        return False
    return evidence.coverage >= policy.min_coverage or evidence.similarity >= policy.sure_similarity


def says_enough(question: str, text: str, quoted: Evidence, policy: Policy) -> bool:
    """Whether a supported text keeps what a quote adds to the question: echoing the question is no answer."""
    asked = set(content(question))
    cue = cue_of(question)
    if cue.strict and cue.met(quoted.text) and not cue.met(text):
        return False
    novel = set(content(quoted.text)) - asked
    return not novel or len(novel & set(content(text))) >= policy.min_novel * len(novel)


def _overlap(left: Evidence, right: Evidence) -> bool:
    return any(
        a.page == b.page and start < stop and begin < end
        for a, start, end in left.spans
        for b, begin, stop in right.spans
    )


def _citations(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(citation for item in evidence for citation in item.citations))
