"""Dots that lead from a name to its number, and signs of currencies that stand nearer to the cell before their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aieco_assets.core.knowledge.parsers.pdf.spans import Span

_LEADER = re.compile(r"\s*(?:\.\s?){5,}\s*")
_SHORT_LEADER = re.compile(r"\s*(?:\.\s?){2,}\s*(?=$|[$€£¥(\d—–-])")  # in a table that has others
_DOTS = (".....", ". . . . .")
_PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,7}|[A-Z]-?\d{1,3}")
_CURRENCIES = frozenset("$€£¥")
_AMOUNT = re.compile(r"[(\d.—–-]")
_TWO_AMOUNTS = re.compile(r"(\(?\d[\d,.]*\)?%?) ([$£¥] ?[(\d—–-][\d,.]*\)?)")
_DOT = 0.55  # of the width of a letter
_CONTENTS = 0.7  # of the lines with leaders: in a list of contents as many lead to the number of a page


def told_apart(rows: list[list[Span]]) -> list[list[Span]]:
    """The cells of lines without leaders: an entry of a list of contents is one cell, a row of a table begins with its
    label alone.
    """
    led = [number for number, cells in enumerate(rows) if any(_has_dots(cell.text) for cell in cells)]
    if led:
        contents = sum(_entry(rows[number], _LEADER) is not None for number in led) >= _CONTENTS * len(led)
        rows = list(rows)
        for number, cells in enumerate(rows):
            entry = _entry(cells, _SHORT_LEADER) if contents else None
            rows[number] = [entry] if entry is not None else _without_leaders(cells)
    return [_with_signs(cells) if any(_has_sign(cell.text) for cell in cells) else cells for cells in rows]


def _has_dots(text: str) -> bool:
    return any(dots in text for dots in _DOTS)


def _has_sign(text: str) -> bool:
    return text[-1] in _CURRENCIES or " $" in text


def _entry(cells: Sequence[Span], leader: re.Pattern[str]) -> Span | None:
    """A line that leads to the number of a page, as one cell."""
    text = " ".join(cell.text for cell in cells)
    match = list(leader.finditer(text))[-1:]
    if not match or not _PAGE.fullmatch(text[match[0].end() :]) or not any(map(str.isalpha, text[: match[0].start()])):
        return None
    told = f"{text[: match[0].start()]} … {text[match[0].end() :]}"
    bottom, top = min(cell.bottom for cell in cells), max(cell.top for cell in cells)
    return replace(cells[0], text=told, bottom=bottom, top=top, right=cells[-1].right, last=cells[-1].last)


def _without_leaders(cells: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for cell in cells:
        match = (
            (_LEADER if _has_dots(cell.text) else _SHORT_LEADER).search(cell.text)
            if ".." in cell.text or ". ." in cell.text
            else None
        )
        if match is None:
            found.append(cell)
            continue
        label, rest = cell.text[: match.start()], cell.text[match.end() :]
        dots = _DOT * (match.end() - match.start())
        wide = (cell.right - cell.left) / (len(label) + dots + len(rest))
        found += [replace(cell, text=label, right=cell.left + wide * len(label))] if label else []
        found += [replace(cell, text=rest, left=cell.right - wide * len(rest))] if rest else []
    return found or [cells[0]]


def _with_signs(cells: Sequence[Span]) -> list[Span]:
    """`1,234 $` and `56` are `1,234` and `$56`, and so is `1,234 $56` in one cell."""
    found: list[Span] = []
    for cell in cells:
        before = found[-1] if found else None
        if before is not None and before.text[-1] in _CURRENCIES and _AMOUNT.match(cell.text):
            head = before.text[:-1].rstrip()
            end = before.left + (before.right - before.left) * len(head) / len(before.text)
            found[-1:] = [replace(before, text=head, right=end)] if head else []
            cell = replace(cell, text=before.text[-1] + cell.text)
        if two := _TWO_AMOUNTS.fullmatch(cell.text):
            middle = cell.left + (cell.right - cell.left) * len(two[1]) / len(cell.text)
            found += [replace(cell, text=two[1], right=middle - 1), replace(cell, text=two[2], left=middle + 1)]
        else:
            found.append(cell)
    return found
