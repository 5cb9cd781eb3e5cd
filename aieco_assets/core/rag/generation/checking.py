"""The sentences of one written answer, each judged once, as soon as it is whole; and the text of those that stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aieco_assets.core.rag.evidence.quotes import begins_with_a_reference
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.generation.cited import Said
from aieco_assets.core.rag.generation.draft import WRITE, Draft
from aieco_assets.core.rag.verification.alignment import Passage, Sentence, sentences_of
from aieco_assets.core.rag.verification.sentence_verdict import Verdict, row_verdict, verdict
from aieco_assets.core.rag.verification.similarity import read_ahead
from aieco_assets.core.rag.verification.support import Support
from aieco_assets.core.rag.verification.unsupported_details import absolutes, admits, demands
from aieco_assets.core.text.vocabulary import INTRODUCING
from aieco_assets.core.text.words import content, negated, number_words, numbers, stem

Told = Callable[[str], object]
_NEUTRAL = frozenset(map(stem, INTRODUCING))


@dataclass
class Checking:
    """`told` is given each part of the text when it stands, with the white space before it: together they are the
    answer."""

    question: str
    passages: Sequence[Passage]
    reads: Descriptions
    support: Support
    told: Told
    said: list[Said] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    admitted: bool = False
    kept: list[Verdict] = field(default_factory=list)
    text: str = ""
    _forms: set[tuple[str, ...]] = field(default_factory=set)
    _held: Verdict | None = None  # a line that introduces a list: it is shown with the first item that stands
    _listing: bool = False  # the last line of the text is a list's or a table's
    _hidden: bool = False  # the last claim is not shown

    def take(self, sentences: Sequence[Said]) -> None:
        """Judges what is new."""
        new = sentences[len(self.said) :]
        asked = list(dict.fromkeys(one.text for one in new if not (one.row or admits(one.text) or self._was_said(one))))
        read = dict(zip(asked, sentences_of(asked, self.reads), strict=True))
        read_ahead(list(read.values()), self.passages, self.reads)
        for one in new:
            self.said.append(one)
            self.verdicts.append(self._judged(one, read.get(one.text)))

    def _was_said(self, one: Said) -> bool:
        return not one.introduces and tuple(content(one.text)) in self._forms

    def _judged(self, one: Said, sentence: Sentence | None) -> Verdict:
        if not (one.listed or one.row) or one.introduces:
            self._held = None
        if admits(one.text):
            self.admitted = True
            return Verdict(one.text, (), "it says that the passages do not say it")
        if self._was_said(one):
            return Verdict(one.text, (), "it was said")
        found = self._verdict(one, sentence)
        if one.introduces:
            self._held = found if found.citations or self._is_neutral(one.text) else None
            return found
        if found.citations and begins_with_a_reference(one.text) and self._hidden:
            found = Verdict(one.text, (), "it refers to a sentence that is not shown")
        self._hidden = not found.citations
        if found.citations:
            self._forms.add(tuple(content(one.text)))
            self._show(one, found)
        return found

    def _verdict(self, one: Said, sentence: Sentence | None) -> Verdict:
        if one.row or sentence is None:
            return row_verdict(one.text, self.passages)
        lead = one.lead if one.listed else None
        return verdict(self.question, sentence, one.cites, self.passages, self.reads, self.support, lead)

    def _is_neutral(self, lead: str) -> bool:
        """Whether a line that introduces a list says nothing that the question does not."""
        claims = numbers(lead) or number_words(lead) or negated(lead)
        further = absolutes(lead, "", self.question) or demands(lead, f"{self.question} need needs")
        return not claims and not further and set(content(lead)) <= _NEUTRAL | set(content(self.question))

    def _show(self, one: Said, found: Verdict) -> None:
        if self._held is not None:
            self._add(self._held, "\n" if self.text else "")
            self._held, self._listing = None, True
        before = "\n" if self._listing or one.listed or one.row else " "
        self._add(found, (before if self.text else "") + ("- " if one.listed else ""))
        self._listing = one.listed or one.row

    def _add(self, found: Verdict, before: str) -> None:
        self.kept.append(found)
        self.text += before + found.text
        self.told(before + found.text)

    def draft(self) -> Draft | None:
        standing = [one for one in self.kept if one.citations]
        if not standing:
            return None
        citations = tuple(dict.fromkeys(citation for one in standing for citation in one.citations))
        return Draft(self.text, citations, min(one.probability for one in standing), WRITE)


def whole(sentences: list[Said], finish: str) -> list[Said]:
    """Without the last sentence of a text that was broken off. What ends without a full stop or a mark was."""
    if not sentences:
        return sentences
    last = sentences[-1]
    ended = re.search(r"[.!?:。！？؟।][\"'”’)]*$", last.text) if finish in ("length", "cancelled", "") else last.closed
    broken = not ended and not (finish == "stop" and (last.listed or last.row))
    return sentences[:-1] if broken else sentences
