"""An answer in the model's own words: numbered passages go in, cited sentences come out, and only those that the
passages support are said."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.gateway import Generation, Llm, Piece
from aieco_assets.core.llm.prompt import WRITING_PROMPT, Message
from aieco_assets.core.monitoring.tracing import note, stage
from aieco_assets.core.rag.evidence.quotes import begins_with_a_reference
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.generation.cited import MOST_CHARACTERS, Said, cited_sentences
from aieco_assets.core.rag.generation.draft import WRITE, Draft, Drafted
from aieco_assets.core.rag.verification.alignment import Passage, sentences_of
from aieco_assets.core.rag.verification.mending import Verdict, verdict
from aieco_assets.core.rag.verification.particulars import admits
from aieco_assets.core.rag.verification.support import Support

logger = logging.getLogger(__name__)

Told = Callable[[str], None]
_ENOUGH = 0.5  # share of the written sentences that must stand; else the model is asked once more
_CHARACTERS_PER_TOKEN = 3  # a cautious guess, for any language
_TOKENS = 8_192  # of a model that does not say how many it reads
_AGAIN = (
    "The passages do not say this: {wrong}\nAnswer the question again with what the passages say, each sentence with "
    "the number of its passage. If they do not say it, write only: The passages do not say.\nQuestion: {question}"
)


@dataclass(frozen=True)
class Source:
    """A passage as the model sees it: of which document and page."""

    title: str
    page: int
    passage: Passage


@dataclass
class _Checking:
    """The sentences of one answer, each judged once, as soon as it is whole."""

    question: str
    passages: Sequence[Passage]
    reads: Descriptions
    support: Support
    told: Told
    said: list[Said] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    admitted: bool = False

    def take(self, sentences: Sequence[Said]) -> None:
        """Judges what is new."""
        new = sentences[len(self.said) :]
        read = sentences_of([one.text for one in new], self.reads)
        for one, sentence in zip(new, read, strict=True):
            self.said.append(one)
            if admits(one.text):
                self.admitted = True
                self.verdicts.append(Verdict(one.text, (), "it says that the passages do not say it"))
                continue
            found = verdict(self.question, sentence, one.cites, self.passages, self.reads, self.support)
            if found.citations and begins_with_a_reference(one.text) and self.verdicts and self.verdicts[-1].reason:
                found = Verdict(one.text, (), "it refers to a sentence that is not shown")
            self.verdicts.append(found)
            if found.citations:
                self.told(one.text)

    @property
    def kept(self) -> list[Verdict]:
        return [one for one in self.verdicts if one.citations]

    @property
    def share(self) -> float:
        claims = [one for one in self.said if not admits(one.text)]
        return len(self.kept) / len(claims) if claims else 0.0

    def draft(self) -> Draft | None:
        if not self.kept:
            return None
        listed = [said.listed for said, one in zip(self.said, self.verdicts, strict=True) if one.citations]
        text = self.kept[0].text
        for one, item in zip(self.kept[1:], listed[1:], strict=True):
            text += f"\n- {one.text}" if item else f" {one.text}"
        text = f"- {text}" if listed[0] else text
        citations = tuple(dict.fromkeys(citation for one in self.kept for citation in one.citations))
        return Draft(text, citations, min(one.probability for one in self.kept), WRITE)


def written(
    question: str,
    sources: Sequence[Source],
    llm: Llm,
    reads: Descriptions,
    support: Support,
    max_tokens: int,
    or_quote: bool,
    told: Told = lambda _: None,
) -> Drafted:
    """The supported sentences of what the model writes; no draft where none stands, or the passages do not say it.

    `told` is given each sentence as soon as it is verified, never before. `or_quote`: a server that does not answer is
    no error, and `failed` says so; else ModelUnavailable is raised.
    """
    sources = _fitting(sources, llm, max_tokens)
    passages = [source.passage for source in sources]
    messages = WRITING_PROMPT.filled(question, ["\n\n".join(_shown(n, one) for n, one in enumerate(sources, start=1))])
    first = _Checking(question, passages, reads, support, told)
    try:
        generated = _read(messages, llm, max_tokens, first)
        best = first
        if not first.admitted and first.share < _ENOUGH:
            second = _Checking(question, passages, reads, support, told if not first.kept else lambda _: None)
            again = _read([*messages, *_again(question, generated.text, first)], llm, max_tokens, second)
            generated = _together(generated, again)
            best = second if not first.kept else first
    except ModelUnavailable as reason:
        if not or_quote:
            raise
        logger.warning("the quotes answer alone: %s", reason)
        return Drafted(None, failed=True)
    note(sentences=len(best.said), kept=len(best.kept), mended=sum(one.mended for one in best.kept))
    return Drafted(best.draft(), generated, admitted=first.admitted)


def _read(messages: Sequence[Message], llm: Llm, max_tokens: int, checking: _Checking) -> Generation:
    """Judges each sentence when the next one has begun; stops a model that writes more than is read."""
    text, last, enough = "", Piece(""), threading.Event()
    with stage("generate"):
        for last in llm.stream(messages, max_tokens, cancelled=enough):
            text += last.text
            if len(text) > MOST_CHARACTERS:
                enough.set()
            if re.search(r"[.!?\]\n]\s", text[-len(last.text) - 2 :]):
                checking.take(cited_sentences(text)[:-1])
    with stage("verify"):
        checking.take(_whole(cited_sentences(text), last.finish))
    return Generation(text.strip(), last.prompt_tokens, last.completion_tokens)


def _whole(sentences: list[Said], finish: str) -> list[Said]:
    """Without the last sentence of a text that was broken off."""
    broken = finish in ("length", "cancelled", "") and sentences and not re.search(r"[.!?:]$", sentences[-1].text)
    return sentences[:-1] if broken else sentences


def _fitting(sources: Sequence[Source], llm: Llm, max_tokens: int) -> list[Source]:
    """As many of them, best first, as the model's context takes; at least one."""
    room = ((llm.config.n_ctx or _TOKENS) - 2 * max_tokens - 400) * _CHARACTERS_PER_TOKEN
    kept: list[Source] = []
    for source in sources:
        room -= len(source.passage.text)
        if room < 0 and kept:
            break
        kept.append(source)
    return kept


def _shown(number: int, source: Source) -> str:
    return f"[{number}] {source.title}, page {source.page}\n{source.passage.text}"


def _again(question: str, text: str, checked: _Checking) -> list[Message]:
    wrong = " ".join(one.text for one in checked.verdicts if one.reason)[:1_000]
    asked = _AGAIN.format(wrong=wrong, question=question)
    return [{"role": "assistant", "content": text}, {"role": "user", "content": asked}]


def _together(first: Generation, second: Generation) -> Generation:
    tokens = (first.prompt_tokens + second.prompt_tokens, first.completion_tokens + second.completion_tokens)
    return Generation(second.text, *tokens)
