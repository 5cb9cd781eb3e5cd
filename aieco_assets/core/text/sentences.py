"""Splits a page into sentences, list items, table rows and headings, with exact offsets into `Page.text`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aieco_assets.core.contracts import Page
from aieco_assets.core.text.table_rows import Block, header_of_rows, mark_tables

_BULLET = re.compile(r"\s*(?:[•●▪◦‣∙·o*+–—-]\s+|[•●▪◦‣∙]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s+)")
_HEADING = re.compile(r"\s*#{1,6}\s+")
_ROW = re.compile(r"\S.*?(?:\||\t).*\S")
_MARK = "[⁰¹²³⁴-⁹]*"  # of a note
_TERMINAL = re.compile(rf"[.!?…]+[\"')\]”’»]*{_MARK}(?=\s|$)|[。！？؟۔｡]+[」』”’）)]*")
_CLOSED = re.compile(rf"[.!?…:;。！？؟۔｡：；][\"')\]”’»」』）]*{_MARK}\s*$")
_LEAD_END = re.compile(r"[:：]\s*$")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|[A-Za-z]\.[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Art|Fig|vs|etc|approx|Inc|Ltd|Co|Corp|Jr|Sr"
    r"|e\.g|i\.e|cf|al|ca|p|pp|vol|ed|tel|min|max|incl)\.$",
    re.IGNORECASE,
)
_WRAP = 0.9  # a line that had room for the next word (in this share of the text width) ended on purpose
_TYPESET = 40  # characters; text is not wrapped more narrowly than this


@dataclass(frozen=True)
class Unit:
    """A quotable span: `page.text[start:end]`. `kind`: sentence, item, row or heading.

    `lead` is the sentence that introduces a list or table, `before` the sentence just before under the same heading,
    `heading` the nearest heading above; a list that runs over a page break keeps the lead of the page before.
    """

    page: Page
    start: int
    end: int
    kind: str
    heading: Unit | None = None
    lead: Unit | None = None
    before: Unit | None = None

    @property
    def text(self) -> str:
        return self.page.text[self.start : self.end]

    @property
    def place(self) -> tuple[str, int, int, int]:
        return (self.page.sha256, self.page.page, self.start, self.end)


def split_page(page: Page, previous: list[Unit] | None = None) -> list[Unit]:
    """Units of a page in reading order. `previous`: the units of the page before, whose heading and lead may go on."""
    units: list[Unit] = []
    heading = lead = None
    if previous:
        last = previous[-1]
        heading = last if last.kind == "heading" else last.heading
        lead = last if _LEAD_END.search(last.text) else last.lead if last.kind in ("item", "row") else None
    blocks = _blocks(page.text)
    for place, block in enumerate(blocks):
        last = units[-1] if units else None
        if block.kind == "heading":
            above = last if last and last.kind == "heading" else None  # a stack of headings
            heading = Unit(page, block.start, block.end, "heading", heading=above)
            lead = heading if _LEAD_END.search(heading.text) else None
            units.append(heading)
        elif block.kind in ("item", "row"):
            if lead is None and last and last.kind == "sentence":
                lead = last
            over = heading.heading if heading is not None and heading is lead else heading
            units.append(Unit(page, block.start, block.end, block.kind, heading=over, lead=lead))
            if header_of_rows(blocks, place):
                lead = units[-1]
        else:
            before = last if last and last.kind == "sentence" else None
            for start, end in _sentences(page.text, block.start, block.end):
                before = Unit(page, start, end, "sentence", heading=heading, before=before)
                units.append(before)
            lead = before
    return units


def split_sentences(text: str) -> list[str]:
    """The sentences of a short text of ours (an answer)."""
    return [text[start:end] for block in _blocks(text) for start, end in _sentences(text, block.start, block.end)]


def _lines(text: str) -> list[tuple[int, int]]:
    spans, position = [], 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip()
        lead = len(body) - len(body.lstrip())
        spans.append((position + lead, position + len(body)) if body.strip() else (position, position))
        position += len(line)
    return spans


def _blocks(text: str) -> list[Block]:
    lines = _lines(text)
    lengths = sorted(end - start for start, end in lines if end > start)
    width = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    blocks: list[Block] = []
    open_start = open_end = -1
    kind = "paragraph"

    def close(next_line: str = "") -> None:
        nonlocal open_start, kind
        if open_start >= 0:
            body = text[open_start:open_end]
            if kind == "paragraph" and _is_heading(body, next_line):
                kind = "heading"
            blocks.append(Block(open_start, open_end, kind))
        open_start, kind = -1, "paragraph"

    last_length = 0
    for start, end in lines:
        line = text[start:end]
        if not line:
            close()
        else:
            marked = "heading" if _HEADING.match(line) else "row" if _ROW.match(line) else ""
            if not marked and _BULLET.match(line):
                marked = "item"
            if open_start >= 0 and (
                marked or kind in ("row", "heading") or _ends(text[:open_end], line, last_length, width)
            ):
                close(line)
            if open_start < 0:
                open_start, kind = start, marked or "paragraph"
            open_end, last_length = end, end - start
    close()
    return mark_tables(text, blocks)


def _ends(before: str, line: str, last_length: int, width: int) -> bool:
    """Whether a line break ends a sentence, an item or a heading, and is not just wrapping."""
    if _LEAD_END.search(before):
        return True
    if line[0].islower():
        return False
    if _CLOSED.search(before) and not _ABBREVIATION.search(before):
        return True
    return width < _TYPESET or last_length + 1 + len(line.split(maxsplit=1)[0]) <= _WRAP * width


def _is_heading(body: str, next_line: str) -> bool:
    if "\n" in body.strip() or len(body) > 90 or len(body.split()) > 12:
        return False
    if re.search(r"[?:？：]\s*$", body):
        return bool(next_line)
    return not _CLOSED.search(body) and not _TERMINAL.search(body)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans, begin = [], start
    for match in _TERMINAL.finditer(text, start, end):
        stop = match.end()
        rest = text[stop:end].lstrip()
        if rest and (rest[0].islower() or _ABBREVIATION.search(text[begin:stop]) or _enumerator(text[begin:stop])):
            continue
        spans.append((begin, stop))
        begin = stop + (len(text[stop:end]) - len(rest))
    if text[begin:end].strip():
        spans.append((begin, end))
    return spans


def _enumerator(text: str) -> bool:
    return bool(re.fullmatch(r"\s*\(?(?:\d{1,3}|[a-zA-Z])[.)]+", text))
