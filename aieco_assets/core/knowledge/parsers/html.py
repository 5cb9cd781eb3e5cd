"""Html as blocks of visible text: no scripts, no hidden elements, one line per table row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers.text import decode
from aieco_assets.core.knowledge.tables import Cell, Table

if TYPE_CHECKING:
    from bs4 import Tag

_INVISIBLE = ("script", "style", "noscript", "template", "iframe", "object", "svg", "head", "select", "button")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label"}
    | {"mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)


def parse(data: bytes) -> ParsedDocument:
    return document_of(decode(data))


def document_of(markup: str) -> ParsedDocument:
    """The page that a visitor sees."""
    title, items = _read(markup)
    page = page_of(items)
    first = page.headings[0][1] if page.headings else ""
    return ParsedDocument(title_of(title or first, [page]), (page,))


def _read(markup: str) -> tuple[str, list[Item]]:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "lxml")
    title = soup.title.get_text() if soup.title else ""
    for element in soup.find_all(_INVISIBLE):
        element.decompose()
    for element in soup.find_all(_is_hidden):
        if not element.decomposed:
            element.decompose()
    reader = _Reader()
    reader.walk(soup)
    reader.flush()
    return title, reader.items


def _is_hidden(element: Tag) -> bool:
    return element.has_attr("hidden") or bool(_HIDDEN_STYLE.search(str(element.get("style", ""))))


class _Reader:
    """Collects inline text until a block element ends the line."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.line = ""

    def walk(self, parent: Tag) -> None:
        from bs4 import Tag
        from bs4.element import NavigableString, PreformattedString

        for child in parent.children:
            if isinstance(child, PreformattedString):  # comments, doctypes, CDATA
                continue
            if isinstance(child, NavigableString):
                self.line += re.sub(r"\s+", " ", str(child))
            elif isinstance(child, Tag):
                self._element(child)

    def _element(self, element: Tag) -> None:
        name = element.name
        if name in _INLINE:
            self.walk(element)
        elif name == "br":
            self.line += "\n"
        elif name in _HEADINGS:
            self.flush()
            self.items.append(heading(element.get_text(" ")))
        elif name == "table":
            self.flush()
            self.items.append(Table([_row(row) for row in element.find_all("tr")]))
        elif name == "pre":
            self.flush()
            self.items.append(text(element.get_text()))
        else:
            self.flush()
            self.line = _bullet(element) if name == "li" else ""
            self.walk(element)
            self.flush()

    def flush(self) -> None:
        if self.line.strip("• "):
            self.items.append(text(self.line))
        self.line = ""


def _row(row: Tag) -> list[Cell]:
    cells = row.find_all(["td", "th"], recursive=False)
    return [
        Cell(cell.get_text(" "), _span(cell, "colspan"), _span(cell, "rowspan"), heading=cell.name == "th")
        for cell in cells
    ]


def _span(cell: Tag, name: str) -> int:
    told = str(cell.get(name, ""))
    return int(told) if told.isdigit() else 1


def _bullet(item: Tag) -> str:
    if item.parent is None or item.parent.name != "ol":
        return "• "
    return f"{len(item.find_previous_siblings('li')) + 1}. "
