"""An answer in the model's own words: numbered passages go in, cited sentences come out, and only those that the
passages support are said."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Sequence

from aieco_assets.core.errors import ModelUnavailable, TextTooLong
from aieco_assets.core.llm.interface import Generation, Llm, Piece
from aieco_assets.core.llm.prompt import WRITING_PROMPT, Message
from aieco_assets.core.monitoring.tracing import note, stage
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.generation.checking import Checking, Told, whole
from aieco_assets.core.rag.generation.cited import MOST_CHARACTERS, cited_sentences
from aieco_assets.core.rag.generation.context_window import Source, fitting, halved, shown
from aieco_assets.core.rag.generation.draft import Drafted
from aieco_assets.core.rag.verification.support import Support

logger = logging.getLogger(__name__)

__all__ = ["Source", "Told", "written"]

_ENDED = re.compile(r"[.!?:\]】)\n][\"'”’*]*\s|[。！？؟।\n]")
_AGAIN = (
    "The passages do not say this: {wrong}\nAnswer the question again with what the passages say, each sentence with "
    "the number of its passage. If they do not say it, write only: The passages do not say.\nQuestion: {question}"
)


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

    `told` is given each sentence as soon as it is verified, never before. `or_quote`: a server that does not answer, or
    breaks off, is no error, and `failed` says so: what was verified stands; else ModelUnavailable is raised.
    """
    sources = fitting(sources, llm, max_tokens)
    while sources:
        checking = Checking(question, [one.passage for one in sources], reads, support, told)
        try:
            return _written(WRITING_PROMPT.filled(question, [shown(sources)]), llm, max_tokens, checking)
        except TextTooLong:  # its tokens are more than were guessed; nothing was written yet
            sources = halved(sources)
        except ModelUnavailable as reason:
            if not or_quote:
                raise
            draft = checking.draft()
            logger.warning("%s: %s", "what stands is said" if draft else "the quotes answer alone", reason)
            return Drafted(draft, failed=True)
    return Drafted(None)


def _written(messages: Sequence[Message], llm: Llm, max_tokens: int, checking: Checking) -> Drafted:
    """Where nothing stands that the model writes, it is asked once more: what stands was told already."""
    generated, best = _read(messages, llm, max_tokens, checking), checking
    if not checking.admitted and not checking.kept:
        best = Checking(checking.question, checking.passages, checking.reads, checking.support, checking.told)
        try:
            again = _read([*messages, *_again(generated.text, checking)], llm, max_tokens, best)
            generated = together(generated, again)
        except TextTooLong as reason:
            logger.info("the model is not asked again: %s", reason)
    kept = [one for one in best.kept if one.citations]
    note(sentences=len(best.said), kept=len(kept), mended=sum(one.mended for one in kept))
    return Drafted(best.draft(), generated, admitted=checking.admitted or best.admitted)


def _read(messages: Sequence[Message], llm: Llm, max_tokens: int, checking: Checking) -> Generation:
    """Judges each sentence when the next one has begun; stops a model that writes more than is read."""
    text, last, enough = "", Piece(""), threading.Event()
    with stage("generate"):
        for last in llm.stream(messages, max_tokens, cancelled=enough):
            text += last.text
            if len(text) > MOST_CHARACTERS:
                enough.set()
            if _ENDED.search(text[-len(last.text) - 3 :]):
                checking.take(cited_sentences(text)[:-1])
    with stage("verify"):
        finish = "length" if len(text) > MOST_CHARACTERS else last.finish
        checking.take(whole(cited_sentences(text), finish))
    return Generation(text.strip(), last.prompt_tokens, last.completion_tokens)


def _again(text: str, checked: Checking) -> list[Message]:
    wrong = " ".join(one.text for one in checked.verdicts if one.reason)[:1_000]
    asked = _AGAIN.format(wrong=wrong, question=checked.question)
    return [{"role": "assistant", "content": text[:MOST_CHARACTERS]}, {"role": "user", "content": asked}]


def together(first: Generation, second: Generation) -> Generation:
    """The second text with the tokens of both."""
    tokens = (first.prompt_tokens + second.prompt_tokens, first.completion_tokens + second.completion_tokens)
    return Generation(second.text, *tokens)
