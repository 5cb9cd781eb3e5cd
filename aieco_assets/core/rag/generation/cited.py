"""Reads what a model wrote as sentences, each with the numbers of the passages that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.rag.verification.particulars import bare
from aieco_assets.core.text.sentences import split_sentences

MOST_CHARACTERS = 8_000  # of an answer; what a model writes beyond is not read
_MARKS = re.compile(r"(?:\s*[\[【](?:passages?\s*)?\d{1,3}(?:\s*(?:[,;–-]|and)\s*\d{1,3})*[\]】])+", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,3})(?:\s*[–-]\s*(\d{1,3}))?")
_MARKUP = re.compile(r"<[^<>]{1,200}>|[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")


@dataclass(frozen=True)
class Said:
    """One written sentence without its marks. `cites`: numbers of passages, from 1, as the model wrote them.

    `listed`: it stands in a line of its own that begins as an item of a list does.
    """

    text: str
    cites: tuple[int, ...]
    listed: bool = False


def cited_sentences(text: str) -> list[Said]:
    """The sentences in order. A mark belongs to the sentence before it, whichever side of the full stop it is on."""
    found = []
    for line in text[:MOST_CHARACTERS].splitlines():
        listed = bool(re.match(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+\S", line))
        found += [Said(said, cites, listed) for said, cites in _of_line(line)]
    return found


def _of_line(line: str) -> list[tuple[str, tuple[int, ...]]]:
    plain, marks, place = "", [], 0
    for match in _MARKS.finditer(line):
        plain += line[place : match.start()]
        marks.append((len(plain), match.group()))
        place = match.end()
    plain += line[place:]
    begins, stop = [], 0
    sentences = split_sentences(plain)
    for sentence in sentences:
        begins.append(plain.index(sentence, stop))
        stop = begins[-1] + len(sentence)
    cites: list[tuple[int, ...]] = [()] * len(sentences)
    for offset, mark in marks:
        before = [number for number, begin in enumerate(begins) if begin < offset]
        if before:
            cites[before[-1]] += _numbers(mark)
    read = [bare(_MARKUP.sub("", sentence)) for sentence in sentences]
    return [(one, tuple(dict.fromkeys(found))) for one, found in zip(read, cites, strict=True) if re.search(r"\w", one)]


def _numbers(marks: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _RANGE.finditer(marks):
        first, last = int(match[1]), int(match[2] or match[1])
        found += range(first, min(last, first + 9) + 1)
    return tuple(dict.fromkeys(found))
