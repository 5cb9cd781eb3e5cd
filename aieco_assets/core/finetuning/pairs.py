"""What an embedder can learn from a company: pairs of what is asked and the passage that answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.evaluation.review import accepted_questions
from aieco_assets.core.settings import Settings
from aieco_assets.core.text.words import content

HELD_OUT = 5  # one in so many is kept back
FEWEST_LEARNED, FEWEST_HELD_OUT = 32, 8
_FEWEST_WORDS = 6  # of a passage and of a sentence that stands for a question
HEADING, SENTENCE, CASE = "headings", "sentences", "cases"


@dataclass(frozen=True)
class Pair:
    """`asked`: a heading, a sentence or a question; `passage`: what should be found by it. `pages` hold such passages.

    `kind`: headings (title and heading over the passage), sentences (one of the passage, over the rest of it), or cases
    (a question that a person accepted).
    """

    kind: str
    asked: str
    passage: str
    pages: tuple[tuple[str, int], ...]

    @property
    def question(self) -> Question:
        return Question(self.asked, citations=self.pages, any_citation=True)


@dataclass(frozen=True)
class Pairs:
    """`learned` are trained on; `held_out` are measured on, and the model never sees them."""

    learned: tuple[Pair, ...]
    held_out: tuple[Pair, ...]

    @property
    def digest(self) -> str:
        told = sha256()
        for pair in self.learned:
            told.update(f"{pair.kind}\0{pair.asked}\0{pair.passage}\0".encode())
        return told.hexdigest()

    def counts(self) -> dict[str, int]:
        kinds = {kind: sum(pair.kind == kind for pair in self.learned) for kind in (HEADING, SENTENCE, CASE)}
        return {**kinds, "held_out": len(self.held_out)}

    def taught(self) -> set[str]:
        """Questions that were learned from: to be measured by them proves nothing."""
        return {pair.asked for pair in self.learned if pair.kind == CASE}


def read_pairs(settings: Settings) -> Pairs:
    """Pairs of the documents that are there now and of the accepted cases, in an order that their texts alone decide.

    The questions of `questions.jsonl` are never among them: the gate asks those. What is asked alike is on one side.
    Raises NotTrainableError where there is too little.
    """
    database = connect_vectors(settings)
    rows = column(open_table(database, CHUNKS_TABLE), "document", "page", "heading", "text", "indexed_text").to_pylist()
    titles = {
        row["document"]: row["title"]
        for row in column(open_table(database, PAGES_TABLE), "document", "title").to_pylist()
    }
    found = [*_of_documents(rows, titles), *_of_cases(rows, accepted_questions(settings))]
    found = sorted({(one.asked, one.passage): one for one in found}.values(), key=lambda one: chance(one.passage))
    pairs = Pairs(
        tuple(one for one in found if not is_held_out(one.asked)),
        tuple({one.asked: one for one in found if is_held_out(one.asked)}.values()),
    )
    if len(pairs.learned) < FEWEST_LEARNED or len(pairs.held_out) < FEWEST_HELD_OUT:
        raise NotTrainableError(
            f"An embedder needs {FEWEST_LEARNED} pairs to learn from and {FEWEST_HELD_OUT} to be measured by, and the "
            f"knowledge base gives {len(pairs.learned)} and {len(pairs.held_out)}: add documents and run `aieco run`."
        )
    return pairs


def _of_documents(rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> Iterable[Pair]:
    from aieco_assets.core.text.sentences import split_page

    under: dict[str, dict[tuple[str, int], None]] = {}
    for row in rows:
        under.setdefault(_heading(row, titles), {})[row["document"], row["page"]] = None
    for row in rows:
        asked, below = _heading(row, titles), _below(row, titles)
        if asked and _says_enough(below):
            yield Pair(HEADING, asked, below, tuple(under[asked]))
        sentences = [unit.text for unit in split_page(_page(row)) if unit.kind == "sentence"]
        if len(sentences) > 1 and _says_enough(sentences[0]) and _says_enough(rest := " ".join(sentences[1:])):
            yield Pair(SENTENCE, sentences[0], rest, ((row["document"], row["page"]),))


def _of_cases(rows: Sequence[Mapping[str, Any]], questions: Sequence[Question]) -> Iterable[Pair]:
    """The passage of each page that a person named which says most of what the answer must say."""
    for question in questions:
        for page in question.citations:
            here = [row for row in rows if question.names(page, (row["document"], row["page"]))]
            if here:
                best = max(here, key=lambda row: _share(question, row["text"]))
                yield Pair(CASE, question.question, best["indexed_text"] or best["text"], question.citations)


def _share(question: Question, text: str) -> tuple[int, int]:
    wanted = sum(any(one.casefold() in text.casefold() for one in entries) for entries in question.must_contain)
    return wanted, len(set(content(f"{question.question} {question.truth}")) & set(content(text)))


def _heading(row: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    above = (titles.get(row["document"]) or "", row["heading"] or "")
    return ": ".join(dict.fromkeys(line.strip() for line in above if line.strip()))


def _below(row: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """The text without the headings that it begins with: they are what is asked."""
    text = row["text"].strip()
    for line in (titles.get(row["document"]), row["heading"]):
        if line and text.startswith(line.strip()):
            text = text[len(line.strip()) :].lstrip(" :\n")
    return text


def _page(row: Mapping[str, Any]) -> Any:
    from aieco_assets.core.contracts import Page

    return Page("", row["document"], row["page"], row["text"], "")


def _says_enough(text: str) -> bool:
    return len(content(text)) >= _FEWEST_WORDS


def is_held_out(asked: str) -> bool:
    """By the words of what is asked alone: a new document or case moves no old one."""
    return int(chance(" ".join(asked.casefold().split()))[:8], 16) % HELD_OUT == 0


def chance(text: str) -> str:
    """A place in an order that texts alone decide."""
    return sha256(text.encode()).hexdigest()
