"""Pages to chunks: by structure first, by size second. Pure; every chunk is a span of its page."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Chunk
from aieco_assets.core.embeddings.chunk_text import indexed_text
from aieco_assets.core.knowledge.parsed import ParsedDocument, ParsedPage

if TYPE_CHECKING:
    from semantic_text_splitter import TextSplitter

# Raise when the same pages would be cut, searched or embedded differently: every document is then cut again.
CHUNKER_VERSION = "2"
CHARACTERS = 600
# One ideograph is about one token.
WIDE_CHARACTERS = 220
TOKENS = 256  # that an embedder must read of a text so that chunks of this size, with title and heading, are read whole
# Line widths that say "wrapped by a typesetter"; beyond them a line is a paragraph of its own.
MIN_WRAP, MAX_WRAP = 30, 160
_ITEM = re.compile(r"\s*([•▪◦‣–*-]|\(?\w{1,3}[.)])\s")


def chunk_document(sha256: str, path: str, document: ParsedDocument, tokens: int = TOKENS) -> list[Chunk]:
    """Chunks in reading order. Together they cover every character of every page but white space.

    `tokens`: what the embedder reads of a text. Chunks are smaller for one that reads less, and not larger for one that
    reads more: a vector of more text says less of each part.
    """
    chunks: list[Chunk] = []
    heading = ""
    for page in document.pages:
        capacity = max(1, _capacity(page.text) * min(tokens, TOKENS) // TOKENS)
        flowing, splitter = _unwrapped(page.text), _splitter(capacity)
        for start, end, heading in _sections(page, heading):  # noqa: B020 (a section may run on over the page)
            for offset, flow in splitter.chunk_indices(flowing[start:end]):
                at, to = start + offset, start + offset + len(flow)
                text = page.text[at:to]
                chunk_id = _chunk_id(sha256, page.number, at, text)
                indexed = indexed_text(document.title, heading, text)
                chunks.append(Chunk(chunk_id, sha256, path, page.number, at, to, text, heading, indexed))
    return chunks


def _sections(page: ParsedPage, heading: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, heading) of the page's sections. A heading with nothing under it opens the next section."""
    start = 0
    for offset, text in page.headings:
        if page.text[start:offset].strip() and not _only_headings(page, start, offset):
            yield start, offset, heading
            start = offset
        heading = text
    yield start, len(page.text), heading


def _only_headings(page: ParsedPage, start: int, end: int) -> bool:
    inside = [text for offset, text in page.headings if start <= offset < end]
    return "".join(page.text[start:end].split()) == "".join("".join(inside).split())


def _unwrapped(text: str) -> str:
    """The text with the line ends of wrapped paragraphs as spaces, same length: cuts fall between sentences then.

    A line is taken as wrapped when it is nearly as wide as the page and the next one does not open a list item.
    """
    lines = text.split("\n")
    widths = sorted(map(len, lines))
    width = widths[len(widths) * 9 // 10]
    if not MIN_WRAP <= width <= MAX_WRAP:
        return text
    flowing = lines[0]
    for line, following in pairwise(lines):
        wrapped = len(line) > 0.7 * width and bool(following) and not _ITEM.match(following)
        flowing += f"{' ' if wrapped else chr(10)}{following}"
    return flowing


def _capacity(text: str) -> int:
    sample = text[:2_000]
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in sample)
    return WIDE_CHARACTERS if wide > 0.3 * len(sample) else CHARACTERS


@lru_cache
def _splitter(capacity: int) -> TextSplitter:
    from semantic_text_splitter import TextSplitter

    return TextSplitter(capacity)


def _chunk_id(sha256: str, page: int, start: int, text: str) -> str:
    return hashlib.sha256(f"{sha256}\n{page}\n{start}\n{text}".encode()).hexdigest()
