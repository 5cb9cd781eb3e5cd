"""Plain text: form feeds part pages, as in an RFC."""

from __future__ import annotations

from aieco_assets.core.knowledge.blocks import title_of
from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import ParsedDocument, ParsedPage
from aieco_assets.core.knowledge.parsers.encodings import decode


def parse(data: bytes) -> ParsedDocument:
    pages = tuple(ParsedPage(number, clean(text)) for number, text in enumerate(decode(data).split("\f"), 1))
    return ParsedDocument(title_of("", pages), pages)
