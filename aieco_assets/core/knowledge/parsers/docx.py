"""Word documents (docx) as Word shows them with all changes accepted: no deletions, comments or hidden text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Block, Item, page_of, text, title_of
from aieco_assets.core.knowledge.cleaning import clean
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers.docx_runs import mend_fields
from aieco_assets.core.knowledge.parsers.docx_styles import Numbering, Styles, W, is_on
from aieco_assets.core.knowledge.parsers.docx_text import Body
from aieco_assets.core.knowledge.parsers.drawings import drawing
from aieco_assets.core.knowledge.parsers.encodings import decode
from aieco_assets.core.knowledge.parsers.html import items_of
from aieco_assets.core.knowledge.parsers.package import Package, open_package

if TYPE_CHECKING:
    from lxml.etree import _Element

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def parse(data: bytes) -> ParsedDocument:
    package = open_package(data, "docx")
    document = package.xml(package.main())
    body = document.find(f"{W}body") if document is not None else None
    if document is None or body is None:
        raise package.broken("it has no body")
    mend_fields(document)
    reader = _Reader(package)
    items = list(reader.body(body))
    above, below = reader.furniture(document)
    told = {" ".join(clean(item.text).split()) for item in items if isinstance(item, Block)}
    page = page_of([*(one for one in above if _flat(one) not in told), *items, *(below)])
    first = reader.title or (page.headings[0][1] if page.headings else "")
    return ParsedDocument(title_of(package.property("title") or first, [page]), (page,), package.facts())


def _flat(item: Item) -> str:
    return " ".join(clean(item.text).split()) if isinstance(item, Block) else ""


class _Reader:
    """`title`: of the first paragraph in the style Title, once the body was read."""

    def __init__(self, package: Package) -> None:
        self._package, self._main = package, package.main()
        self._styles = Styles(self._part("styles"))
        self._numbering = Numbering(self._part("numbering"), self._styles)
        self._notes = {kind: self._part(f"{kind}s") for kind in ("footnote", "endnote")}
        self.title = ""

    def body(self, body: _Element) -> Iterator[Item]:
        for paragraph in body.iter(f"{W}pStyle"):
            if "title" in self._styles.names(paragraph.get(f"{W}val", "")):
                owner = next(paragraph.iterancestors(f"{W}p"))
                read = Body(self._styles, Numbering(None, self._styles))
                self.title = " ".join(item.text for item in read.items([owner]) if isinstance(item, Block))
                break
        return Body(self._styles, self._numbering, self._note, self._other).items(body)

    def furniture(self, document: _Element) -> tuple[list[Item], list[Item]]:
        """Headers and footers that are seen on some page, each once."""
        settings = self._part("settings")
        both = settings is not None and is_on(settings.find(f"{W}evenAndOddHeaders"))
        found: dict[str, dict[str, Item]] = {"header": {}, "footer": {}}
        for section in document.iter(f"{W}sectPr"):
            kinds = {"default", *(["even"] if both else []), *(["first"] if is_on(section.find(f"{W}titlePg")) else [])}
            for name, items in found.items():
                for reference in section.findall(f"{W}{name}Reference"):
                    part = self._package.related(self._main, reference.get(f"{_R}id", ""))
                    root = self._package.xml(part) if reference.get(f"{W}type", "default") in kinds else None
                    if root is not None:
                        read = Body(self._styles, self._numbering, self._note)
                        items |= {key: item for item in read.items(root) if (key := _flat(item))}
        return list(found["header"].values()), list(found["footer"].values())

    def _part(self, name: str) -> _Element | None:
        return self._package.xml(self._package.related_kind(self._main, name))

    def _other(self, element: _Element) -> Iterable[Item]:
        """A chart, a diagram, or a document that another program put in whole (altChunk)."""
        if element.tag != f"{W}altChunk":
            return drawing(element, self._package, self._main)
        part = self._package.related(self._main, element.get(f"{_R}id", ""))
        data = self._package.read(part) if part else None
        if data is None:
            return ()
        if part.lower().endswith((".htm", ".html", ".xhtml")):
            return items_of(decode(data, declared=True))
        return [text(decode(data))] if part.lower().endswith(".txt") else ()

    def _note(self, kind: str, number: str) -> list[str]:
        root = self._notes[kind]
        for note in root.iter(W + kind) if root is not None else ():
            if note.get(f"{W}id") == number:
                read = Body(self._styles, self._numbering)
                return [words for item in read.items(note) if (words := _flat(item))]
        return []
