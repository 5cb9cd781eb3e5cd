"""Html pages as a visitor sees them who opens all that can be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aieco_assets.core.knowledge.blocks import Item, page_of, title_of
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers.html_text import Reader
from aieco_assets.core.knowledge.parsers.html_visible import only_visible
from aieco_assets.core.knowledge.parsers.text import decode


def parse(data: bytes) -> ParsedDocument:
    return document_of(decode(data))


def document_of(
    markup: str, title: str = "", above: Sequence[Item] = (), told: Mapping[str, Any] | None = None
) -> ParsedDocument:
    """The one page of some html. `title`: where it is known better than from the html. `above`: stands over the page.

    `told`: what the document's own metadata say, by name.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "lxml")
    title = title or (soup.title.get_text() if soup.title else "")
    panels = only_visible(soup)
    page = page_of([*above, *Reader(soup, panels).read()])
    first = page.headings[0][1] if page.headings else ""
    return ParsedDocument(title_of(title or first, [page]), (page,))
