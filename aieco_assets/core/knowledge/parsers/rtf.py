"""Rich text (rtf) as a word processor shows it: without hidden text, deletions and the file's own tables of fonts."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aieco_assets.core.knowledge.blocks import Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.note_markers import mark, superscript
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.rtf_tokens import ESCAPED, KEPT_STARRED, NOT_TEXT, SIGNS, Characters, tokens
from aieco_assets.core.knowledge.tables import Cell, Table, merged_down

_KINDS = ("text", "note", "box", "title", "furniture", "label", "nothing")
_DEEPEST = 1_000


@dataclass
class _State:
    """Of a group; a group inside begins with a copy. `into`: what its text is."""

    hidden: bool = False
    struck: bool = False
    deleted: bool = False
    bold: bool = False
    raised: bool = False
    into: str = "text"
    font: int = 0
    skip: int = 1  # characters that stand for a Unicode one in old programs


def parse(data: bytes) -> ParsedDocument:
    if data.lstrip()[:5] != rb"{\rtf":
        raise UnreadableDocument("it is not rich text, whatever its name says")
    reader = _Reader()
    reader.read(data)
    page = page_of([*(text(line) for line in reader.furniture), *reader.items])
    first = page.headings[0][1] if page.headings else ""
    return ParsedDocument(title_of("".join(reader.told["title"]) or first, [page]), (page,))


class _Reader:
    """`told`: text that was gathered and not yet put into a paragraph, by what it is (text, note, title, furniture)."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.furniture: dict[str, None] = {}
        self.told: dict[str, list[str]] = {kind: [] for kind in _KINDS}
        self._state = _State()
        self._characters = Characters()
        self._font = 0  # of text that names none
        self._is_heading = self._in_table = False
        self._noted: list[str] = []
        self._boxes: list[str] = []  # of the paragraph, after which they are told
        self._row: list[Cell] = []
        self._rows: list[list[Cell]] = []
        self._merges: list[str] = []  # of the cells of the row: first of some, or one that goes with it
        self._merge = self._label = ""
        self._heads = self._marks = 0
        self._heading_row = False

    def read(self, data: bytes) -> None:
        stack: list[_State] = []
        starred = fresh = False  # just after a group began
        for kind, value, number in tokens(data):
            if kind in ("plain", "coded"):
                self._characters.add(bytes.fromhex(value.decode()) if kind == "coded" else value, self._state.font)
                starred = fresh = False
                continue
            self._put(self._characters.taken())
            if kind == "brace":
                self._characters.end_skipping()
            if value == b"{":
                stack.append(self._state)
                if len(stack) > _DEEPEST:
                    raise UnreadableDocument("it is nested too deeply")
                self._state, fresh = replace(self._state), True
                continue
            if kind == "brace":
                self._close(stack.pop() if stack else _State())
            elif value == b"*" and fresh:
                starred = True
                continue
            elif kind == "word":
                self._word(value.decode(), number, fresh, starred)
            elif value in (b"\n", b"\r"):  # a paragraph ends there, as in everything that TextEdit writes
                self._end_paragraph()
            else:
                self._put(ESCAPED.get(value, ""))
            starred = fresh = False
        self._put(self._characters.taken())
        self._end_paragraph()
        self._end_table()

    def _word(self, word: str, number: int | None, fresh: bool, starred: bool) -> None:
        state, on = self._state, number != 0
        if fresh and (word in NOT_TEXT or (starred and word not in KEPT_STARRED)):
            state.into = "title" if word == "title" else "nothing"
            if word == "info":
                state.into = "info"
        elif fresh and word in ("listtext", "pntext"):
            state.into = "label"
        elif fresh and word == "title" and state.into == "info":
            state.into = "title"
        elif fresh and word in ("footnote", "ftnalt"):
            state.into = "note"
        elif fresh and word == "shptxt":
            state.into = "box"
        elif fresh and re.fullmatch(r"(header|footer)[lrf]?", word):
            state.into = "furniture"
        elif word in ("v", "strike", "striked", "b", "deleted"):
            setattr(state, {"v": "hidden", "b": "bold", "strike": "struck", "striked": "struck"}.get(word, word), on)
        elif word == "super":
            state.raised = True
        elif word == "up":
            state.raised = on
        elif word in ("nosupersub", "plain"):
            state.raised = False
            if word == "plain":
                state.hidden = state.struck = state.bold = False
                state.font = self._font
        elif word == "f" and number is not None:
            state.font = number
        elif word == "deff" and number is not None:
            self._font = state.font = number
        elif word == "fcharset" and number is not None:
            self._characters.charset(state.font, number)
        elif word == "ansicpg" and number:
            self._characters.codepage(number)
        elif word == "mac":
            self._characters.codepage("mac_roman")
        elif word == "uc":
            state.skip = number if number is not None else 1
        elif word == "u" and number is not None:
            self._put(self._characters.unicode(number, state.skip))
        elif word in SIGNS:
            self._put(SIGNS[word])
        elif word == "chftn":
            self._mark()
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "pard":
            self._is_heading = self._in_table = False
        elif word == "outlinelevel":
            self._is_heading = True
        elif word == "intbl":
            self._in_table = True
        else:
            self._table_word(word)

    def _table_word(self, word: str) -> None:
        if word == "trowd":
            self._merges, self._merge = [], ""
            self._heading_row = False
        elif word == "trhdr":
            self._heading_row = True
        elif word in ("clmgf", "clmrg", "clvmgf", "clvmrg"):
            self._merge = word
        elif word == "cellx":
            self._merges.append(self._merge)
            self._merge = ""
        elif word in ("nestcell", "nestrow"):  # a table inside a cell
            self.told["text"].append(" " if word == "nestcell" else "; ")
        elif word == "cell":
            words = " ".join(self._taken("text").split()).replace(" ;", ";").strip("; ")
            self._row.append(Cell(words, strong=self._state.bold and bool(words)))
        elif word == "row":
            self._end_row()

    def _put(self, words: str) -> None:
        state = self._state
        if not words or state.hidden or state.struck or state.deleted or state.into in ("nothing", "info"):
            return
        if state.into == "text" and not self._in_table:
            self._end_table()
        self.told[state.into].append(superscript(words) if state.raised else words)

    def _mark(self) -> None:
        if self._state.into == "text":
            self._marks += 1
            self.told["text"].append(mark(self._marks))

    def _close(self, outer: _State) -> None:
        inner, self._state = self._state, outer
        if inner.into != outer.into and inner.into == "note":
            if note := " ".join(self._taken("note").split()):
                self._noted.append(f"{mark(self._marks)} {note}")
        elif inner.into != outer.into and inner.into == "label":
            label = " ".join(self._taken("label").split())
            self._label = label if any(map(str.isalnum, label)) else "•"
        elif inner.into != outer.into and inner.into == "box":
            self._boxes.append(self._taken("box"))
        elif inner.into != outer.into and (told := " ".join(self._taken("furniture").split())):
            self.furniture[told] = None

    def _end_paragraph(self) -> None:
        if self._state.into == "note":
            self.told["note"].append(" ")
            return
        if self._state.into != "text":
            self.told[self._state.into if self._state.into in self.told else "nothing"].append("\n")
            return
        if self._in_table:
            self.told["text"].append("\n")
            return
        self._end_table()
        words, label, self._label = self._taken("text"), self._label, ""
        if words.strip():
            words = f"{label} {words.lstrip()}" if label else words
            self.items.append(heading(words) if self._is_heading else text(words))
        self._tell_notes()

    def _end_row(self) -> None:
        row: list[Cell] = []
        for place, cell in enumerate(self._row):
            merge = self._merges[place] if place < len(self._merges) else ""
            if merge == "clmrg" and row:
                row[-1] = replace(row[-1], across=row[-1].across + 1)
            elif merge == "clvmrg":
                row.append(replace(cell, down=-1))
            else:
                row.append(cell)
        if self._row:
            self._heads += self._heading_row and self._heads == len(self._rows)
            self._rows.append(row)
        self._row = []

    def _end_table(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            if len(rows) == 1:
                self.items += [text(cell.text) for cell in rows[0]]
            else:
                self.items.append(Table(merged_down(rows), self._heads or None))
            self._heads = 0
            self._tell_notes()

    def _tell_notes(self) -> None:
        self.items += [text(told) for told in (*self._noted, *self._boxes)]
        self._noted, self._boxes = [], []

    def _taken(self, kind: str) -> str:
        words, self.told[kind] = "".join(self.told[kind]), []
        return words
