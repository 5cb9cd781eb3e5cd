"""What a language model can learn from a company: questions that people accepted, the passages, the cited answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Any

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE, Page
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.evaluation.golden import source_questions
from aieco_assets.core.evaluation.questions import Question, says
from aieco_assets.core.evaluation.review import accepted_questions
from aieco_assets.core.finetuning.pairs import FEWEST_HELD_OUT, FEWEST_LEARNED, chance, is_held_out
from aieco_assets.core.llm.prompt import SILENCE, WRITING_PROMPT, Message
from aieco_assets.core.rag.evidence.sentence_cache import document_name
from aieco_assets.core.rag.generation.context_window import numbered
from aieco_assets.core.rag.verification.prompt_injection import addresses_the_model
from aieco_assets.core.settings import Settings
from aieco_assets.core.text.sentences import split_page
from aieco_assets.core.text.words import content

SHOWN = 4  # passages: those of the answer, and the nearest by words from other pages


@dataclass(frozen=True)
class Shown:
    """A passage as the prompt shows it."""

    title: str
    page: int
    text: str


@dataclass(frozen=True)
class Example:
    """`said`: each sentence of the answer, which stands in a passage as it is, with that passage's place from 0; none
    where the passages do not say."""

    question: str
    passages: tuple[Shown, ...]
    said: tuple[tuple[str, int], ...]

    @property
    def asked(self) -> list[Message]:
        """The conversation as a model that writes is asked (`rag.generation.writing`)."""
        return WRITING_PROMPT.filled(
            self.question, [numbered((one.title, one.page, one.text) for one in self.passages)]
        )

    @property
    def answer(self) -> str:
        return " ".join(f"{sentence} [{place + 1}]" for sentence, place in self.said) or SILENCE

    def shorter(self) -> Example | None:
        """Without the last passage that the answer does not cite; None where all are cited."""
        cited = {place for _, place in self.said}
        spare = [place for place in range(len(self.passages)) if place not in cited]
        if not spare or len(self.passages) == 1:
            return None
        passages = tuple(one for place, one in enumerate(self.passages) if place != spare[-1])
        said = tuple((sentence, place - (place > spare[-1])) for sentence, place in self.said)
        return replace(self, passages=passages, said=said)


@dataclass(frozen=True)
class Examples:
    """`learned` are trained on; `held_out` are measured on. `left_out`: accepted, with no sentence of a document now
    that says what the answer must say."""

    learned: tuple[Example, ...]
    held_out: tuple[Example, ...]
    left_out: int

    @property
    def digest(self) -> str:
        told = sha256()
        for one in self.learned:
            for turn in one.asked:
                told.update(f"{turn['role']}\0{turn['content']}\0".encode())
            told.update(f"{one.answer}\0".encode())
        return told.hexdigest()

    def counts(self) -> dict[str, int]:
        silent = sum(not one.said for one in self.learned)
        found = {"learned": len(self.learned), "silent": silent, "held_out": len(self.held_out)}
        return {**found, "left_out": self.left_out}


@dataclass(frozen=True)
class _Chunk:
    at: tuple[str, int]  # document and page
    shown: Shown
    sentences: tuple[str, ...]
    words: frozenset[str]


def read_examples(settings: Settings) -> Examples:
    """Examples of the accepted cases and the documents that are there now, in an order that their texts alone decide.

    The questions of `questions.jsonl` are never among them. What is asked alike is on one side. Raises
    NotTrainableError where there is too little.
    """
    asked_by_gate = {_alike(one.question) for one in source_questions(settings)}
    accepted = {_alike(one.question): one for one in accepted_questions(settings)}
    questions = [one for key, one in accepted.items() if key not in asked_by_gate]
    chunks = _chunks(settings) if questions else []
    found = [one for question in questions if (one := _example(question, chunks))]
    found.sort(key=lambda one: chance(one.question))
    examples = Examples(
        tuple(one for one in found if not is_held_out(one.question)),
        tuple(one for one in found if is_held_out(one.question)),
        len(questions) - len(found),
    )
    if len(examples.learned) < FEWEST_LEARNED or len(examples.held_out) < FEWEST_HELD_OUT:
        raise NotTrainableError(
            f"A language model needs {FEWEST_LEARNED} answers to learn from and {FEWEST_HELD_OUT} to be measured by, "
            f"and the accepted cases give {len(examples.learned)} and {len(examples.held_out)}: accept more with "
            "`aieco review`."
        )
    return examples


def _chunks(settings: Settings) -> list[_Chunk]:
    """Without those that speak to a model: it would learn to obey them."""
    database = connect_vectors(settings)
    pages = column(open_table(database, PAGES_TABLE), "document", "title").to_pylist()
    titles = {row["document"]: row["title"] for row in pages}
    rows = column(open_table(database, CHUNKS_TABLE), "document", "page", "text").to_pylist()
    return [_chunk(row, titles) for row in rows if not addresses_the_model(row["text"])]


def _chunk(row: Mapping[str, Any], titles: Mapping[str, str]) -> _Chunk:
    page = Page("", row["document"], row["page"], row["text"], "")
    shown = Shown(titles.get(row["document"]) or document_name(page), row["page"], row["text"].strip())
    sentences = tuple(unit.text for unit in split_page(page) if unit.kind == "sentence")
    return _Chunk((row["document"], row["page"]), shown, sentences, frozenset(content(row["text"])))


def _example(question: Question, chunks: Sequence[_Chunk]) -> Example | None:
    """None where no sentence of the pages that a person named says what the answer must say."""
    asked = set(content(question.question))
    here = [one for one in chunks if any(question.names(page, one.at) for page in question.citations)]
    said = {} if question.unanswerable else _said(question, asked, here)
    if said is None:
        return None
    cited = list(dict.fromkeys(said.values()))
    seen = {one.at for one in here}
    others = sorted(
        (one for one in chunks if one.at not in seen),
        key=lambda one: (-len(asked & one.words), chance(question.question + one.shown.text)),
    )
    near = {one.at: one for one in reversed(list(islice(others, 4 * SHOWN)))}  # of each page the nearest
    spare = sorted(near.values(), key=others.index)[: max(0, SHOWN - len(cited))]
    passages = sorted([*cited, *spare], key=lambda one: chance(question.question + one.shown.text))
    if not passages:
        return None
    placed = tuple((sentence, passages.index(one)) for sentence, one in said.items())
    return Example(question.question, tuple(one.shown for one in passages), placed)


def _said(question: Question, asked: set[str], here: Sequence[_Chunk]) -> dict[str, _Chunk] | None:
    """The sentences that say it, each with its chunk: for each entry of `must_contain`, or for the free text."""
    wanted = asked | set(content(question.truth))
    found: dict[str, _Chunk] = {}
    for entries in question.must_contain or [()]:
        saying = [
            (sentence, one)
            for one, sentence in _sentences(here)
            if not entries or any(says(sentence, e) for e in entries)
        ]
        if not saying:
            return None
        sentence, one = max(saying, key=lambda pair: len(wanted & set(content(pair[0]))))
        found.setdefault(sentence, one)
    return found if _holds_numbers(question, found) else None


def _holds_numbers(question: Question, found: Iterable[str]) -> bool:
    """A free text is answered by sentences that have its numbers and half of its words, as an answer is judged."""
    if question.must_contain:
        return True
    from aieco_assets.core.text.words import numbers

    text = " ".join(found)
    wanted = set(content(question.truth))
    return set(numbers(question.truth)) <= set(numbers(text)) and 2 * len(wanted & set(content(text))) >= len(wanted)


def _sentences(chunks: Sequence[_Chunk]) -> Iterable[tuple[_Chunk, str]]:
    return ((one, sentence) for one in chunks for sentence in one.sentences)


def _alike(question: str) -> str:
    return " ".join(question.casefold().split())
