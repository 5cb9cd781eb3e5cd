"""Reads what a model wrote as sentences, each with the numbers of the passages that it cites."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aieco_assets.core.rag.generation.markup import lines_of, without_emphasis
from aieco_assets.core.rag.verification.unsupported_details import bare
from aieco_assets.core.text.sentences import split_sentences

MOST_CHARACTERS = 8_000  # of an answer; what a model writes beyond is not read
_NAMED = r"(?:(?:passages?|sources?|documents?|ref)\.?\s*)?"
_ONE = rf"\^?{_NAMED}#?\d{{1,30}}(?:†[^\]】]{{0,40}})?"
_MARKS = re.compile(
    rf"(?:\s*[\[【]+\s*{_ONE}(?:\s*(?:[,;–-]|and|&|[\]】]+\s*[,;]?\s*[\[【]+)\s*{_ONE})*\s*[\]】]+)+"
    r"(?:\([^()\s]{0,300}\))?"  # as a link of markdown has it
    r"|\s*\((?:passages?|sources?|see|see passages?)\s+\d{1,3}(?:\s*(?:[,;–-]|and)\s*\d{1,3})*\)"
    r"|(?<=[.!?])\s*\(\d{1,2}\)(?=\s|$)"
    r"|(?<=[.!?。])[⁰¹²³⁴-⁹]+|(?<=[A-Za-z]{3})[⁰¹²³⁴-⁹]+",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d{1,30})(?:\s*[–-]\s*(\d{1,30}))?")
_UNFINISHED = re.compile(r"\s*[\[【]\s*(?:[Pp]assage\s*)?\d{0,3}$")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_EMPTY = re.compile(r"\s*(?:\[[\s,;]*\]|【\s*】|\(\s*\))")
_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+\S")
_HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]{1,90}\*\*:?\s*$|__[^_]{1,90}__:?\s*$)")
_ROW = re.compile(r"^\s*\|.*\|")
_SOURCES = re.compile(r"^\W*(?:sources?|references?|citations?|passages?|used passages?)\b\W*:", re.IGNORECASE)
_FILLER = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|absolutely|great question|good question|ok(?:ay)?|hello|hi|thanks?|thank you)"
    r"\b[^.!?]{0,40}[.!,:]*|(?:i hope|i(?:'|’)d be happy|i am happy|please let me know|let me know|feel free"
    r"|if you have"
    r"|if you need|please (?:feel|do) )[^\n]*|(?:yes|no)\b\W*)$",
    re.IGNORECASE,
)
# What stands before a claim and says nothing of it. Yes and no are judgements that no passage has made.
_BEFORE = re.compile(
    r"^\W*(?:(?:final )?answer\s*:|(?:yes|no|sure|certainly|of course|absolutely|ok(?:ay)?|well)\s*[,.!:–—]"
    r"|here(?:'s|’s| is| are) [^.:\n]{0,60}:(?=\s*\S)|(?:according to|based on|as (?:stated|described|said) in"
    r"|as per|per|from) (?:the |these |this )?(?:provided |given |numbered )?(?:passages?|documents?|texts?|context"
    r"|sources?)(?: (?:provided|given|above))?(?:\s\d{1,3}(?:(?:,| and) \d{1,3})*)?\s*[,:]"
    r"|(?:the )?(?:passages?|documents?|texts?|context|sources?)(?:\s\d{1,3})? (?:also )?(?:says?|states?|mentions?"
    r"|explains?|notes?)(?: that)?(?=\s\w))\s*(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """One written sentence without its marks. `cites`: numbers of passages, from 1, as the model wrote them.

    `listed`: it stands in a line of its own that begins as an item of a list does, under `lead`, the line that
    introduces the list, as far as there is one. `introduces`: it is such a line. `row`: of a table, cells between `|`.
    `closed`: it ends as a sentence does, or with a mark.
    """

    text: str
    cites: tuple[int, ...]
    listed: bool = False
    lead: str = ""
    introduces: bool = False
    row: bool = False
    closed: bool = True


def cited_sentences(text: str) -> list[Said]:
    """The sentences in order, without headings, questions and filler. A mark belongs to the sentence before it,
    whichever side of the full stop it is on; where a line begins with marks, to the one after it."""
    found: list[Said] = []
    lead = ""
    for line in lines_of(text[:MOST_CHARACTERS]):
        if _SOURCES.match(line):
            lead = ""
            continue
        if found and _MARKS.search(line) and not re.search(r"\w", _MARKS.sub("", line)):
            found[-1] = replace(found[-1], cites=found[-1].cites + _numbers(line), closed=True)
            continue
        listed, row = bool(_ITEM.match(line)), bool(_ROW.match(line))
        if _HEADING.match(line) and not _MARKS.search(line):
            lead = ""
            continue
        for said, cites, closed in _of_line(line, row):
            introduces = not listed and not row and said.endswith((":", "："))
            if listed or row:
                said = said.rstrip(":： ")
            else:
                lead = said if introduces else ""
            if row:  # the first of a table names its columns
                introduces = not (found and found[-1].row)
            if re.search(r"\w", said) and not said.endswith(("?", "？", "؟")) and not _FILLER.match(said):
                found.append(Said(said, cites, listed, lead if listed else "", introduces, row, closed))
    return found


def _of_line(line: str, row: bool) -> list[tuple[str, tuple[int, ...], bool]]:
    plain, marks, place = "", [], 0
    for match in _MARKS.finditer(line):
        plain += line[place : match.start()]
        marks.append((len(plain), match.group()))
        place = match.end()
    plain += _UNFINISHED.sub("", line[place:])
    sentences = [plain.strip()] if row else [part for one in split_sentences(plain) for part in _halves(one)]
    begins, stop = [], 0
    for sentence in sentences:
        begins.append(plain.index(sentence, stop))
        stop = begins[-1] + len(sentence)
    cites: list[tuple[int, ...]] = [()] * len(sentences)
    marked = [False] * len(sentences)
    leading = bool(marks) and not plain[: marks[0][0]].strip(" -*•–#")
    for offset, mark in marks:
        before = [number for number, begin in enumerate(begins) if begin < offset]
        after = [number for number, begin in enumerate(begins) if begin >= offset]
        owner = after[0] if leading and after else before[-1] if before else after[0] if after else None
        if owner is not None:
            cites[owner] += _numbers(mark)
            marked[owner] |= not leading
    found = []
    for sentence, cited, mark in zip(sentences, cites, marked, strict=True):
        read = bare(without_emphasis(_EMPTY.sub("", sentence)))
        ends = begins[len(found)] + len(sentence)
        if plain[ends : ends + 2] == "; ":
            read += "."
        elif found and plain[begins[len(found)] - 2 : begins[len(found)]] == "; ":
            read = read[:1].upper() + read[1:]
        read = " | ".join(cell.strip() for cell in read.strip("| ").split("|")) if row else _begun(read)
        closed = mark or bool(re.search(r"[.!?:。！？؟।…][\"'”’)\]]*$", read))
        found.append((read, tuple(dict.fromkeys(cited)), closed))
    return found


def _halves(sentence: str) -> list[str]:
    """Two claims with a semicolon between them are judged one by one; a series of three is a list."""
    halves = sentence.split("; ")
    return halves if len(halves) == 2 and all(len(half.split()) > 2 for half in halves) else [sentence]


def _begun(sentence: str) -> str:
    """A sentence without what stands before its claim."""
    while (match := _BEFORE.match(sentence)) and match.end():
        sentence = sentence[match.end() :]
        sentence = sentence[:1].upper() + sentence[1:]
    return sentence


def _numbers(marks: str) -> tuple[int, ...]:
    found: list[int] = []
    for match in _RANGE.finditer(re.sub(r"†[^\]】]*|\([^)]*/[^)]*\)", "", marks).translate(_RAISED)):
        first, last = int(match[1]), int(match[2] or match[1])
        found += range(first, min(last, first + 9) + 1)
    return tuple(dict.fromkeys(found))
