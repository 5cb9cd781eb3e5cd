"""Html pages as a visitor sees them who opens all that can be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aieco_assets.core.knowledge.blocks import Block, Item, page_of, title_of
from aieco_assets.core.knowledge.facts import facts_from
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.encodings import decode
from aieco_assets.core.knowledge.parsers.html_text import Reader
from aieco_assets.core.knowledge.parsers.html_visible import only_visible

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_DEEPEST = 400  # elements in each other; browsers stop at 512


def parse(data: bytes) -> ParsedDocument:
    return document_of(decode(data, declared=True))


def document_of(
    markup: str, title: str = "", above: Sequence[Item] = (), told: Mapping[str, Any] | None = None
) -> ParsedDocument:
    """The one page of some html. `title`: where it is known better than from the html. `above`: stands over the page.

    `told`: what the document's own metadata say, by name.
    """
    own, items, said = _read(markup)
    if above and items and _flat(above[0]) == _flat(items[0]):
        items = items[1:]  # a title that stands there twice
    page = page_of([*above, *items])
    first = page.headings[0][1] if page.headings else ""
    return ParsedDocument(title_of(title or own or first, [page]), (page,), facts_from({**said, **(told or {})}))


def _flat(item: Item) -> str:
    return " ".join(item.text.split()) if isinstance(item, Block) else ""


def items_of(markup: str) -> list[Item]:
    """What a visitor sees. Raises UnreadableDocument when it is nested too deeply."""
    return _read(markup)[1]


def _read(markup: str) -> tuple[str, list[Item], dict[str, str]]:
    """(title, what a visitor sees, what the head says by name)."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "lxml")
    _refuse_depth(soup)
    title = soup.title.get_text() if soup.title else ""
    said = {str(m.get("name") or m.get("property") or ""): str(m.get("content", "")) for m in soup.find_all("meta")}
    if soup.html is not None:
        said["lang"] = str(soup.html.get("lang", ""))
    panels = only_visible(soup)
    return title, Reader(soup, panels).read(), said


def _refuse_depth(soup: BeautifulSoup) -> None:
    depths = {id(soup): 0}
    for element in soup.descendants:
        depths[id(element)] = depth = depths[id(element.parent)] + 1
        if depth > _DEEPEST:
            raise UnreadableDocument("it is nested too deeply")
