"""Golden questions: reading a JSON-lines file, and holding an answer against one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import Answer
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.text.words import clean, content, numbers

_MARK = re.compile(r"\[([^\[\]]+?)(?:#page=(\d+))?\]")
_TRUTH_SHARE = 0.5  # of the words of a free-text truth that an answer must contain


@dataclass(frozen=True)
class Question:
    """One golden question. `must_contain`: each entry is a tuple of alternatives, one of which must be in the answer.

    `citations`: (document, page), all needed, or any of them with `any_citation`; page 0 means any page.
    `truth`: free text, used when there is no `must_contain`. `documents`: the only ones that may answer (paths,
    folders, paths with `*`); empty: all. `kind`: what sort of question it is, by whoever wrote it.
    """

    question: str
    must_contain: tuple[tuple[str, ...], ...] = ()
    citations: tuple[tuple[str, int], ...] = ()
    any_citation: bool = False
    unanswerable: bool = False
    truth: str = ""
    documents: tuple[str, ...] = ()
    kind: str = ""

    def is_correct(self, answer: Answer) -> bool:
        """Whether the answer says what is asked for; abstaining is correct for an unanswerable question only."""
        if self.unanswerable or answer.abstained:
            return self.unanswerable and answer.abstained
        said = _plain(answer.answer)
        if self.must_contain:
            return all(any(_holds(said, entry) for entry in entries) for entries in self.must_contain)
        wanted, have = set(content(self.truth)), set(content(answer.answer))
        return set(numbers(self.truth)) <= set(numbers(answer.answer)) and len(wanted & have) >= _TRUTH_SHARE * len(
            wanted
        )

    def is_cited(self, answer: Answer) -> bool:
        """Whether the citations name the pages that hold the answer."""
        return bool(self.citations) and self.is_found([(c.document, c.page) for c in answer.citations])

    def is_found(self, pages: list[tuple[str, int]]) -> bool:
        wanted = [any(_same_page(page, wish) for page in pages) for wish in self.citations]
        return any(wanted) if self.any_citation else all(wanted)

    @staticmethod
    def names(wish: tuple[str, int], page: tuple[str, int]) -> bool:
        """Whether a citation's (document, page) means this page: by path or file name alone; page 0 means any."""
        return _same_page(page, wish)


def read_questions(path: Path) -> list[Question]:
    """Questions of a JSON-lines file. Raises AiecoError naming the line that can't be used."""
    try:
        return parse_questions(path.read_bytes(), str(path))
    except OSError as error:
        raise AiecoError(f"{path} can't be read ({error.strerror}): name a JSON-lines file of questions.") from None


def parse_questions(data: bytes, origin: str) -> list[Question]:
    """Questions of JSON lines; `origin` names them in errors. Raises AiecoError naming the line that can't be used."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise AiecoError(f"{origin} is no UTF-8 text: name a JSON-lines file of questions.") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(parse_question(json.loads(line)))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise AiecoError(f"{origin} line {number} is no question ({error}): mend that line.") from None
    if not found:
        raise AiecoError(f"{origin} holds no questions: add at least one line.")
    return found


def parse_question(entry: dict[str, Any]) -> Question:
    """One question from its JSON object. Raises ValueError, TypeError or KeyError when it can't be judged."""
    truth = str(entry.get("truth", ""))
    marks = [(m[1], int(m[2] or 0)) for m in _MARK.finditer(truth)]
    citations = tuple((str(document), int(page)) for document, page in entry.get("citations", [])) or tuple(marks)
    wishes = entry.get("must_contain", [])
    # Nothing is in every answer: `30 days|` would hold whatever is said.
    must = tuple(tuple(one for one in str(wish).split("|") if _plain(one)) for wish in wishes)
    text = str(entry["question"])
    unanswerable = bool(entry.get("unanswerable", False))
    if not text.strip():
        raise ValueError("the question is empty")
    if not (unanswerable or must or truth):
        raise ValueError("it has no must_contain, truth or unanswerable")
    if isinstance(wishes, str) or not all(must):
        raise ValueError("must_contain is no list of texts, or has one that says nothing")
    any_citation = bool(entry.get("any_citation", False))
    documents = entry.get("documents", [])
    limited = (documents,) if isinstance(documents, str) else tuple(map(str, documents))
    about = (limited, str(entry.get("kind", "")))
    return Question(text, must, citations, any_citation, unanswerable, _MARK.sub("", truth).strip(), *about)


def says(text: str, entry: str) -> bool:
    """Whether a text holds an entry of `must_contain`, as an answer's text is judged."""
    return _holds(_plain(text), entry)


def _holds(said: str, entry: str) -> bool:
    """A number is held as a whole, £24 not by £243 nor 5 by 2.5."""
    wanted = _plain(entry)
    before = r"(?<!\d)(?<!\d[.,])" if wanted[:1].isdigit() else ""
    behind = r"(?!\d)(?!,\d)(?!\.\d*[1-9])" if wanted[-1:].isdigit() else ""
    return re.search(f"{before}{re.escape(wanted)}{behind}", said) is not None


def _plain(text: str) -> str:
    return clean(text).casefold().replace("’", "'")


def _same_page(page: tuple[str, int], wish: tuple[str, int]) -> bool:
    name, number = page
    same = name == wish[0] or name.rsplit("/", 1)[-1] == wish[0].rsplit("/", 1)[-1]
    return same and wish[1] in (0, number)
