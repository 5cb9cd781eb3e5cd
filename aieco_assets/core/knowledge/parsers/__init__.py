"""One parser per media type, a file each. They run in the worker process only: the bytes are not trusted."""

from __future__ import annotations

import importlib
from dataclasses import replace

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.facts import completed
from aieco_assets.core.knowledge.limits import MAX_CHARACTERS
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument

_TEXT_TYPES = frozenset(DOCUMENT_TYPES[suffix] for suffix in (".html", ".md", ".txt", ".csv"))
_DATED_BY_PROGRAMS = frozenset(DOCUMENT_TYPES[suffix] for suffix in (".pdf", ".docx", ".xlsx", ".pptx", ".odt"))
_WHY_NO_TEXT = {DOCUMENT_TYPES[".pdf"]: ": its pages are pictures (a scan? with tesseract installed they can be read)"}
# Each module has parse(data: bytes) -> ParsedDocument, which raises UnreadableDocument.
_PARSERS = {
    DOCUMENT_TYPES[".pdf"]: "pdf",
    DOCUMENT_TYPES[".docx"]: "docx",
    DOCUMENT_TYPES[".html"]: "html",
    DOCUMENT_TYPES[".md"]: "markdown",
    DOCUMENT_TYPES[".txt"]: "text",
    DOCUMENT_TYPES[".csv"]: "csv",
    DOCUMENT_TYPES[".xlsx"]: "xlsx",
    DOCUMENT_TYPES[".pptx"]: "pptx",
    DOCUMENT_TYPES[".odt"]: "odt",
    DOCUMENT_TYPES[".rtf"]: "rtf",
    DOCUMENT_TYPES[".eml"]: "eml",
}


def parse(data: bytes, media_type: str) -> ParsedDocument:
    """The document's pages, cleaned. Raises UnreadableDocument with a reason a person can act on."""
    if media_type in _TEXT_TYPES and len(data) > MAX_CHARACTERS:
        raise UnreadableDocument(f"it is larger than {MAX_CHARACTERS // 1_000_000} MB of text")
    parser = importlib.import_module(f"{__name__}.{_PARSERS[media_type]}")
    document: ParsedDocument = parser.parse(data)
    if not any(page.text for page in document.pages):
        raise UnreadableDocument(f"it holds no text{_WHY_NO_TEXT.get(media_type, '')}")
    if sum(len(page.text) for page in document.pages) > MAX_CHARACTERS:
        raise UnreadableDocument(f"it holds more than {MAX_CHARACTERS:,} characters of text")
    by_program = media_type in _DATED_BY_PROGRAMS
    return replace(document, facts=completed(document.facts, document.title, document.pages, by_program))
