"""The public sets: which documents make a knowledge base, what is asked of it, and what is right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.questions import Question, read_questions

SAID, CITED, QUOTED = "said", "cited", "quoted"


@dataclass(frozen=True)
class Asked:
    """A question, and what is right. `reference`: an answer that a person or a capable model gave.

    `gold`: sentences of `passage` that answer it; a quote must share words of one of them.
    """

    question: Question
    reference: str = ""
    passage: str = ""
    gold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Base:
    """One knowledge base: documents by the name that they get, as files or as texts, and what is asked of it."""

    name: str
    files: tuple[Path, ...]
    texts: tuple[tuple[str, str], ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class PublicSet:
    """`right`: an answer says what it must, cites a gold page, or quotes a gold sentence."""

    name: str
    title: str
    right: str
    bases: tuple[Base, ...]

    @property
    def asked(self) -> list[Asked]:
        return [asked for base in self.bases for asked in base.asked]


def mmlongbench(data: Path) -> PublicSet:
    bases = [
        _folder(folder.name, folder / "documents", folder / "questions.jsonl")
        for folder in sorted((data / "qa" / "mmlongbench").iterdir())
        if (folder / "questions.jsonl").exists()
    ]
    return PublicSet("mmlongbench", "MMLongBench-Doc, a knowledge base per document", SAID, tuple(bases))


def shared(data: Path) -> PublicSet:
    folder = data / "documents"
    base = _folder("documents", folder, folder / "questions.jsonl")
    return PublicSet("documents", "Azure-Samples' documents, one knowledge base", SAID, (base,))


def clapnq(data: Path) -> PublicSet:
    rows = [row for kind in ("answerable", "unanswerable") for row in _rows(data / "qa" / f"clapnq_{kind}.jsonl")]
    texts: dict[str, str] = {}  # the text: its name; a few questions share a passage
    asked = []
    for row in rows:
        passage = row["passages"][0]
        text = f"{passage['title']}\n\n{passage['text'].strip()}\n"
        name = texts.setdefault(text, f"{_slug(passage['title'])}-{len(texts) + 1:03}.txt")
        outputs = [output for output in row["output"] if output["answer"].strip()]
        question = Question(
            row["input"], citations=((name, 0),) if outputs else (), any_citation=True, unanswerable=not outputs
        )
        gold = dict.fromkeys(sentence for output in outputs for sentence in output["selected_sentences"])
        asked.append(Asked(question, outputs[0]["answer"] if outputs else "", text, tuple(gold)))
    base = Base("passages", (), tuple((name, text) for text, name in texts.items()), tuple(asked))
    return PublicSet("clapnq", "CLAPnq, one knowledge base of all passages", QUOTED, (base,))


def dev(data: Path) -> PublicSet:
    asked, names = [], {}
    for row in _rows(data / "llm" / "dev.jsonl"):
        passages = row["passages"]
        names |= dict.fromkeys(passage["document"] for passage in passages)
        answerable = row["kind"] != "unanswerable"
        cited = [passages[place - 1] for said in row["answer"] for place in said["cites"]] if answerable else []
        pages = tuple(dict.fromkeys((passage["document"], int(passage["page"])) for passage in cited))
        reference = " ".join(said["text"].strip() for said in row["answer"]) if answerable else ""
        question = Question(row["question"], citations=pages, unanswerable=not answerable, kind=row["kind"])
        asked.append(Asked(question, reference))
    places = [data / "documents", *sorted((data / "qa" / "mmlongbench").glob("*/documents"))]
    files = tuple(_found(name, places) for name in sorted(names))
    title = "Questions on ten documents (llm/dev), one knowledge base"
    return PublicSet("dev", title, CITED, (Base("ten-documents", files, (), tuple(asked)),))


SETS: dict[str, Callable[[Path], PublicSet]] = {
    "mmlongbench": mmlongbench,
    "clapnq": clapnq,
    "dev": dev,
    "documents": shared,
}


def read_sets(data: Path, names: Sequence[str]) -> list[PublicSet]:
    """Raises AiecoError when the data is not there."""
    if not (data / "qa").is_dir():
        raise AiecoError(
            f"The public sets are not at {data}: set AIECO_TEST_DATA to the folder that holds qa/, llm/ and documents/."
        )
    try:
        return [SETS[name](data) for name in names]
    except OSError as error:
        raise AiecoError(f"{error.filename} can't be read ({error.strerror}): set AIECO_TEST_DATA anew.") from None


def _folder(name: str, documents: Path, questions: Path) -> Base:
    files = tuple(sorted(file for file in documents.iterdir() if file.suffix != ".jsonl"))
    return Base(name, files, (), tuple(Asked(question, question.truth) for question in read_questions(questions)))


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _found(name: str, places: Sequence[Path]) -> Path:
    for place in places:
        if (place / name).exists():
            return place / name
    raise AiecoError(f"{name} is asked about and lies in none of the documents' folders of AIECO_TEST_DATA.")


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "passage"
