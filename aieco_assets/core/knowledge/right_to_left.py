"""Arabic and Hebrew of a PDF in the order in which they are read, told from where the characters stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

Box = tuple[float, float, float, float]  # left, bottom, right, top
_LIGATURE_LETTERS = 4  # at most; characters without a place share a box too
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_STRONG = {"L": False, "R": True, "AL": True}
_KEEPS_ORDER = ("L", "EN", "AN", "ES", "ET", "CS")  # Latin words and numbers inside of a line run left to right


def page_text(page: PdfTextPage) -> str:
    """The text of a page of a PDF, as it is read."""
    text = page.get_text_range()
    if not _RIGHT_TO_LEFT.search(text) or len(text) != page.count_chars():  # characters beyond 16 bits count twice
        return text
    return "".join(text[place] for place in reading_order(text, page.get_charbox))


def reading_order(text: str, box_of: Callable[[int], Box]) -> Sequence[int]:
    """Places of the characters of a page as they are read; as they are where nothing runs from right to left.

    What pdfium leaves undone: a ligature's letters, which share one box, come reversed, and lines that were stored as
    they look, from left to right, may stay so.
    """
    if not _RIGHT_TO_LEFT.search(text):
        return range(len(text))
    order: list[int] = []
    start = 0
    for line in text.splitlines(keepends=True):
        places = list(range(start, start + len(line)))
        start += len(line)
        body = [place for place in places if text[place] not in "\r\n"]
        if _runs_right_to_left(text, body):
            boxes = {place: box_of(place) for place in body}
            body = _line(text, body, boxes)
        order += [*body, *(place for place in places if text[place] in "\r\n")]
    return order


def _runs_right_to_left(text: str, places: Sequence[int]) -> bool:
    strong = [_STRONG[kind] for place in places if (kind := unicodedata.bidirectional(text[place])) in _STRONG]
    return sum(strong) > len(strong) / 2


def _line(text: str, places: list[int], boxes: dict[int, Box]) -> list[int]:
    letters = [place for place in places if _RIGHT_TO_LEFT.match(text[place])]
    steps = [boxes[after][0] - boxes[before][0] for before, after in pairwise(letters)]
    if sum(step > 0 for step in steps) > sum(step < 0 for step in steps):
        places = _turned(text, places)
    return _ligatures(text, places, boxes)


def _turned(text: str, places: list[int]) -> list[int]:
    """A line that was stored as it looks, from its right end; what runs left to right in it stays in order."""
    found: list[int] = []
    run: list[int] = []
    for place in reversed(places):
        if unicodedata.bidirectional(text[place]) in _KEEPS_ORDER:
            run.insert(0, place)
        else:
            found += [*run, place]
            run = []
    return found + run


def _ligatures(text: str, places: list[int], boxes: dict[int, Box]) -> list[int]:
    """The letters of one glyph, reversed back."""
    found: list[int] = []
    glyph: list[int] = []
    for place in places:
        if not (glyph and _RIGHT_TO_LEFT.match(text[place]) and boxes[glyph[0]] == boxes[place]):
            found += _unfolded(glyph)
            glyph = []
        glyph.append(place)
    return found + _unfolded(glyph)


def _unfolded(glyph: list[int]) -> list[int]:
    return glyph[::-1] if len(glyph) <= _LIGATURE_LETTERS else glyph
