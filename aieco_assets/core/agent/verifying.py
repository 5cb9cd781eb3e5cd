"""The sentences of a worked-out answer that stand: on a quote of a page that a tool returned, or on a number's value.

Of pages the verification of written answers judges. A sentence that cites a number is said in the platform's own words:
a model's could be true of the figure and false of its country or its days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aieco_assets.core.agent.materials import Materials, Number
from aieco_assets.core.contracts import Citation
from aieco_assets.core.metrics.wording import number as shown_number
from aieco_assets.core.rag.generation.checking import Checking, whole
from aieco_assets.core.rag.generation.cited import Said, cited_sentences
from aieco_assets.core.rag.generation.draft import Draft
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.rag.verification.alignment import Sentence
from aieco_assets.core.rag.verification.sentence_verdict import Verdict
from aieco_assets.core.rag.verification.support import fitted_support
from aieco_assets.core.text.words import numbers

_RANKED = re.compile(r", (?:highest|lowest)(?: first)?$")  # true of the rows before
_OF_A_NUMBER = ""  # the document of its mark among the citations: none is called so


@dataclass
class Weighing(Checking):
    """`numbers`: by the number that the model cites; `places`: the passage by the number that the model cites."""

    numbers: Mapping[int, Number] = field(default_factory=dict)
    places: Mapping[int, int] = field(default_factory=dict)

    def _verdict(self, one: Said, sentence: Sentence | None) -> Verdict:
        for cited in one.cites:
            if cited in self.numbers and (told := statement(one.text, self.numbers[cited])):
                if any(told == kept.text for kept in self.kept):
                    return Verdict(told, (), "it was said")
                return Verdict(told, (Citation(_OF_A_NUMBER, cited, "", 0, 0, ""),), probability=1.0)
        cites = tuple(self.places[cited] for cited in one.cites if cited in self.places)
        return super()._verdict(replace(one, cites=cites), sentence)


def statement(sentence: str, number: Number) -> str:
    """How the platform says the figure that the sentence has; "" where the number has no such figure."""
    said, unit = set(numbers(sentence)), str(number.result.get("unit"))
    rows = [(str(row["label"]), row["value"]) for row in number.result.get("rows") or ()]
    whole = [("", number.result.get("value")), ("", number.result.get("whole"))]
    named = [row for row in rows if row[0].casefold() in sentence.casefold()]
    for label, value in [*whole, *named, *rows]:
        if value is None:
            continue
        figure = shown_number(value, unit)
        if not said & {*numbers(figure), *numbers(f"{value}")}:
            continue
        if not label or (label in number.sentence and figure in number.sentence):
            return number.sentence
        head, found, _ = number.sentence.partition(f": {rows[0][0]} {shown_number(rows[0][1], unit)}")
        return f"{_RANKED.sub('', head)}: {label} {figure}." if found else ""
    return ""


@dataclass(frozen=True)
class Stands:
    """`draft`: with the quotes alone; `numbers`: those that it says."""

    draft: Draft | None
    numbers: tuple[Number, ...] = ()


def standing(question: str, text: str, finish: str, materials: Materials, answerer: Answerer) -> Stands:
    """What may be said of the text. Pages that the answerer does not have (any more) say nothing."""
    found = answerer.index.some_pages(list(materials.pages)) if materials.pages else []
    there = {(page.sha256, page.page) for page in found}
    hits = [hit for hit in materials.hits if (hit.chunk.sha256, hit.chunk.page) in there]
    sources, reads = answerer.read(hits)
    passages = [source.passage for source in sources]
    places = {}
    for place, passage in enumerate(passages, start=1):
        page = passage.units[0].plain.unit.page
        places[materials.pages[page.sha256, page.page]] = place
    checking = Weighing(
        question, passages, reads, fitted_support(), lambda _: None, numbers=materials.numbers, places=places
    )
    checking.take(whole(cited_sentences(text), finish))
    draft = checking.draft()
    if draft is None:
        return Stands(None)
    marks = [one.page for one in draft.citations if one.document == _OF_A_NUMBER]
    quotes = tuple(one for one in draft.citations if one.document != _OF_A_NUMBER)
    return Stands(replace(draft, citations=quotes), tuple(materials.numbers[one] for one in marks))
