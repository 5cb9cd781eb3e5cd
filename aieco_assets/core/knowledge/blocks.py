"""Blocks of a document (headings, paragraphs, tables) as the text of a page, and titles. Shared by the parsers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import ParsedPage
from aieco_assets.core.knowledge.tables import Table, write_table

HEADING, TEXT = "heading", "text"
MAX_TITLE = 120
_JUNK_TITLE = re.compile(
    r"^(microsoft (word|powerpoint|excel)|untitled|document\d*$|presentation\d*$|powerpoint presentation$"
    r"|.*\.(docx?|pdf|indd|pptx?|xlsx?|odt|rtf|tmp)$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Block:
    """`kind`: HEADING or TEXT. Text keeps its line ends."""

    kind: str
    text: str


Item = Block | Table


def heading(text: str) -> Block:
    return Block(HEADING, text)


def text(words: str) -> Block:
    return Block(TEXT, words)


def page_of(items: Iterable[Item], number: int = 1) -> ParsedPage:
    """The items one below the other; headings keep the offset that they have in the cleaned text."""
    parts: list[str] = []
    length = tables = 0
    headings: list[tuple[int, str]] = []
    for item in items:
        if isinstance(item, Table):
            block, kind = write_table(item).text, TEXT
            tables += bool(block)
        else:
            block, kind = clean(item.text), item.kind
        if not block:
            continue
        if kind == HEADING:
            block = " ".join(block.split())
        gap = "" if not parts else "\n\n" if kind == HEADING else "\n"
        if kind == HEADING:
            headings.append((length + len(gap), block))
        parts += [gap, block]
        length += len(gap) + len(block)
    return ParsedPage(number, "".join(parts), tuple(headings), tables)


def title_of(given: str | None, pages: Iterable[ParsedPage]) -> str:
    """The title that the file names, unless a program made it up; else the first line that is a line of text."""
    title = " ".join(clean(given or "").split())
    if not title or _JUNK_TITLE.match(title):
        lines = (line for page in pages for line in page.text.split("\n"))
        title = next((line for line in lines if any(map(str.isalpha, line))), "")
    return title[:MAX_TITLE]
