"""Markdown, through html: quotes read as the rendered page does, without asterisks and bars."""

from __future__ import annotations

from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers.html import document_of
from aieco_assets.core.knowledge.parsers.text import decode


def parse(data: bytes) -> ParsedDocument:
    from markdown_it import MarkdownIt

    return document_of(MarkdownIt("commonmark").enable("table").render(decode(data)))
