"""Holds answers against a public set: right, wrong or silent, pages found and cited, BLEU and ROUGE-L."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aieco_assets.core.contracts import Answer, KnowledgeVersion, Usage
from aieco_assets.core.text.words import words
from benchmarks.accuracy.question_runs import Reply, Told
from benchmarks.accuracy.sets import CITED, QUOTED, Asked, PublicSet

DEPTH = 5  # pages among which a gold page is found


@dataclass(frozen=True)
class Judged:
    """One question. `right`, `made_right`: what was said, and what would be said if silence were forbidden."""

    asked: Asked
    told: Told
    right: bool
    made_right: bool
    found_any: bool
    found_all: bool
    cited_any: bool
    cited_all: bool


def judge(public: PublicSet, told: Sequence[Told]) -> list[Judged]:
    return [_judged(public, asked, one) for asked, one in zip(public.asked, told, strict=False)]


def _judged(public: PublicSet, asked: Asked, told: Told) -> Judged:
    found = _any_and_all(asked, told.retrieved[:DEPTH])
    cited = _any_and_all(asked, [(document, page) for document, page, _ in told.said.quotes])
    right = is_right(public.right, asked, told.said), is_right(public.right, asked, told.made)
    return Judged(asked, told, *right, *found, *cited)


def is_right(way: str, asked: Asked, reply: Reply) -> bool:
    """Silence is right where there is no answer, and only there."""
    if asked.question.unanswerable or reply.silent:
        return asked.question.unanswerable and reply.silent
    pages = [(document, page) for document, page, _ in reply.quotes]
    if way == QUOTED:
        documents = {document for document, _ in asked.question.citations}
        quotes = [quote for document, _, quote in reply.quotes if document.rsplit("/", 1)[-1] in documents]
        return any(overlaps(asked.passage, quote, sentence) for quote in quotes for sentence in asked.gold)
    if way == CITED:
        return _any_and_all(asked, pages)[0]
    return asked.question.is_correct(_answer(reply))


def overlaps(passage: str, quote: str, sentence: str) -> bool:
    """Whether quote and sentence share a place in the passage; spaces, case and punctuation do not count."""
    whole, ours, theirs = (f" {' '.join(words(text))} " for text in (passage, quote, sentence))
    start, begin = whole.find(ours), whole.find(theirs)
    if start < 0 or begin < 0:
        return ours in theirs or theirs in ours
    return max(start, begin) < min(start + len(ours), begin + len(theirs)) - 1


def rouge_l(answer: str, reference: str) -> float:
    """F1 of the longest common subsequence of words (Lin 2004). Own: no library of the lock has it."""
    ours, theirs = words(answer), words(reference)
    row = [0] * (len(theirs) + 1)
    for word in ours:
        before = row
        row = [0]
        for place, other in enumerate(theirs):
            row.append(before[place] + 1 if word == other else max(before[place + 1], row[place]))
    return 2 * row[-1] / (len(ours) + len(theirs)) if row[-1] else 0.0


def bleu(pairs: Sequence[tuple[str, str]]) -> float:
    """Corpus BLEU-4 of (answer, reference), smoothed; 0 without any."""
    if not pairs:
        return 0.0
    from nltk.translate.bleu_score import SmoothingFunction, corpus_bleu

    told = [words(answer) for answer, _ in pairs]
    return float(corpus_bleu([[words(r)] for _, r in pairs], told, smoothing_function=SmoothingFunction().method1))  # type: ignore[arg-type]


def likeness(judged: Sequence[Judged]) -> tuple[float, float, int] | None:
    """BLEU, mean ROUGE-L and how many: of what was answered to questions with a reference answer."""
    pairs = [
        (one.told.said.answer, one.asked.reference)
        for one in judged
        if one.asked.reference and not one.told.said.silent
    ]
    if not pairs:
        return None
    return bleu(pairs), statistics.fmean(rouge_l(*pair) for pair in pairs), len(pairs)


def _any_and_all(asked: Asked, pages: Sequence[tuple[str, int]]) -> tuple[bool, bool]:
    """Whether any of the gold pages is among these, and whether all are."""
    if not asked.question.citations:
        return False, False
    question = replace(asked.question, any_citation=False)
    return replace(question, any_citation=True).is_found(list(pages)), question.is_found(list(pages))


def _answer(reply: Reply) -> Answer:
    nothing = KnowledgeVersion(0, None)
    return Answer(reply.answer, reply.silent, not reply.silent, (), nothing, {}, Usage(), "")
