"""Plain text: form feeds part pages, as in an RFC."""

from __future__ import annotations

from contextlib import suppress

from aieco_assets.core.knowledge.blocks import title_of
from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import ParsedDocument, ParsedPage, UnreadableDocument


def parse(data: bytes) -> ParsedDocument:
    pages = tuple(ParsedPage(number, clean(text)) for number, text in enumerate(decode(data).split("\f"), 1))
    return ParsedDocument(title_of("", pages), pages)


def decode(data: bytes) -> str:
    """The bytes as text. Raises UnreadableDocument."""
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" in data:
        raise UnreadableDocument("it is not a text file, whatever its name says")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise UnreadableDocument("its text is neither UTF-8, UTF-16 nor Windows-1252")
