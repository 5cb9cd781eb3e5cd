"""Visible html as blocks: paragraphs, headings, list items, tables, and notes after the block that has their mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Block, Item, heading, text
from aieco_assets.core.knowledge.note_markers import raised
from aieco_assets.core.knowledge.parsers.html_cells import bullet, cells_of, is_strong, span
from aieco_assets.core.knowledge.parsers.html_controls import LONGEST_LABEL, by_id
from aieco_assets.core.knowledge.tables import Cell, Table

if TYPE_CHECKING:
    from bs4 import Tag

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "summary"})
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "button",
    }
    | {"mark", "samp", "small", "span", "strong", "sub", "time", "tt", "u", "var", "wbr", "output", "ruby", "rb"}
)
_SILENT = frozenset({"rt", "rp", "audio", "video", "canvas", "map", "img", "picture", "math"})
_AROUND = {"q": "“”", "textarea": "  "}
_NOTE_MARK = re.compile(r"\[?\(?(\d{1,3}|[*†‡§a-z])\)?\]?")
_LONGEST_NOTE = 3_000


class Reader:
    """Collects inline text until a block element ends the line. `panels`: what opens them, by id()."""

    def __init__(self, root: Tag, panels: Mapping[int, Tag]) -> None:
        self.items: list[Item] = []
        self._line = self._label = ""  # the label of a list item waits for its first words
        self._panels = panels
        self._root = root
        self._noted: list[tuple[str, str]] = []
        self._told: set[int] = set()

    def read(self) -> list[Item]:
        self._notes = self._find_notes()
        self._walk(self._root)
        self._flush()
        return self.items

    def _walk(self, parent: Tag) -> None:
        from bs4 import Tag
        from bs4.element import NavigableString, PreformattedString

        for child in parent.children:
            if isinstance(child, PreformattedString):  # comments, doctypes, CDATA
                continue
            if isinstance(child, NavigableString):
                self._line += re.sub(r"[ \t\r\n\f]+", " ", str(child))
            elif isinstance(child, Tag) and id(child) not in self._told:
                self._element(child)

    def _element(self, element: Tag) -> None:
        name = element.name
        if id(element) in self._panels and id(self._panels[id(element)]) not in self._told:
            self._open(element)
        if name in _SILENT or element.get("role") == "tablist":
            return
        if name == "button" and not _within_line(element):
            self._heading(element)
        elif name in _INLINE:
            self._walk(element)
        elif name in _AROUND:
            self._line += _AROUND[name][0]
            self._walk(element)
            self._line += _AROUND[name][1]
        elif name == "sup":
            self._raise(element)
        elif name == "br":
            self._line += "\n"
        elif name in _HEADINGS:
            self._heading(element)
        elif name == "table":
            self._flush()
            self._table(element)
            self._tell_notes()
        elif name == "pre":
            self._flush()
            self.items.append(text(self._label + element.get_text()))
            self._label = ""
        else:
            self._flush()
            if name == "li":
                self._label = bullet(element)
            self._walk(element)
            self._flush()
            if name == "li":
                self._label = ""

    def _heading(self, element: Tag) -> None:
        self._flush()
        self._told.add(id(element))
        self._told |= {id(button) for button in element.find_all(["button", "a"])}
        words = self._inline(element)
        if words.strip():
            self.items.append(heading(words))
        self._tell_notes()

    def _open(self, panel: Tag) -> None:
        """The label of a panel is its heading: also where it stands elsewhere, as those of tabs do."""
        control = self._panels[id(panel)]
        self._flush()
        self._told.add(id(control))
        label = " ".join(control.get_text(" ").split())
        last = self.items[-1] if self.items else None
        if not label or len(label) > LONGEST_LABEL:
            return
        if isinstance(last, Block) and " ".join(last.text.split()) == label:
            self.items[-1] = heading(label)
        else:
            self.items.append(heading(label))

    def _flush(self) -> None:
        if self._line.strip("☐☑ \n"):
            self.items.append(text(self._label + self._line.lstrip()))
            self._label = ""
        self._line = ""
        self._tell_notes()

    def _raise(self, element: Tag) -> None:
        words = " ".join(element.get_text().split())
        if _NOTE_MARK.fullmatch(words) and not (words.isalpha() and len(words) == 1 and element.find("a") is None):
            link = element.find("a")
            link = link if link is not None else element.find_parent("a")
            target = str(link.get("href", "")) if link is not None else ""
            label = raised(words.strip("[]()"))
            self._line = self._line.rstrip(" ") + label
            if note := self._notes.pop(target.lstrip("#"), ""):
                self._noted.append((label, note))
        else:
            self._walk(element)

    def _tell_notes(self) -> None:
        noted, self._noted = self._noted, []
        self.items += [text(f"{label} {note}") for label, note in noted]

    def _find_notes(self) -> dict[str, str]:
        """Notes by id, which are taken from where they stand: they are told at their mark."""
        notes: dict[str, str] = {}
        marks = self._root.find_all("sup")
        named = by_id(self._root.find_all(True)) if marks else {}
        for mark in marks:
            link = mark.find("a") or mark.find_parent("a")
            target = str(link.get("href", "")) if link is not None else ""
            if not target.startswith("#") or target[1:] in notes:
                continue
            note = named.get(target[1:])
            if note is not None and note.name in ("a", "span", "sup"):
                note = note.find_parent(["li", "p", "div", "dd", "td"])
            if note is None or note.find("sup") is mark or mark in note.find_all("sup"):
                continue
            for back in note.find_all("a", href=re.compile("^#")):
                if not any(map(str.isalpha, back.get_text())):
                    back.decompose()
            words = self._inline(note)
            if 0 < len(words.strip()) <= _LONGEST_NOTE:
                notes[target[1:]] = re.sub(r"^\W?\d{1,3}[.)\]:]\s+", "", " ".join(words.split()))
                self._told.add(id(note))
        return notes

    def _inline(self, element: Tag) -> str:
        """All text inside on one line."""
        inner = Reader(element, {})
        inner._notes = {}
        inner._walk(element)
        inner._flush()
        words = [write_inline(item) for item in inner.items]
        return " ".join(" ".join(words).split())

    def _table(self, table: Tag) -> None:
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        caption = table.find("caption")
        if caption is not None and (words := self._inline(caption)):
            self.items.append(text(words))
        cells = [cells_of(row) for row in rows]
        many = max(map(len, cells), default=0) > 1
        nested = table.find(["table", "h1", "h2", "h3"]) is not None
        if not many or nested or table.get("role") in ("presentation", "none"):
            for cell in (cell for row in cells for cell in row):
                self._walk(cell)
                self._flush()
            return
        told = [
            self._row(row_cells, row.find_parent("thead") is not None)
            for row, row_cells in zip(rows, cells, strict=True)
        ]
        if len(told) == 1:
            self.items += [text(cell.text) for cell in told[0]]
        else:
            self.items.append(Table(told))

    def _row(self, cells: Iterable[Tag], is_head: bool) -> list[Cell]:
        told = []
        for cell in cells:
            inner = Reader(cell, self._panels)
            inner._notes, inner._told = self._notes, self._told
            inner._walk(cell)
            line, inner._line = inner._line, ""
            noted, inner._noted = inner._noted, []
            self._noted += noted
            words = " ".join([*(write_inline(item) for item in inner.items), line])
            across, down = span(cell, "colspan"), span(cell, "rowspan")
            told.append(Cell(words, across, down, heading=is_head or cell.name == "th", strong=is_strong(cell) is True))
        return told


def write_inline(item: Item) -> str:
    return item.text if isinstance(item, Block) else " ".join(cell.text for row in item.rows for cell in row)


def _within_line(button: Tag) -> bool:
    return button.parent is not None and button.parent.name in _INLINE
