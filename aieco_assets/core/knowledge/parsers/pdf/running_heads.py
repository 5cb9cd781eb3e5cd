"""What stands on every page at the same place (running heads, feet, page numbers) is no text of the page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from aieco_assets.core.knowledge.parsers.pdf.spans import Span

_MARGIN = 0.12  # of the height of a page, at its top and at its foot
_SAME = 6.0  # points
_MANY = 3  # pages
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.|pg\.?|pagina|página|第)?\s*(\d{1,4}|[ivxlc]{1,7})\s*(?:(?:of|von|de|sur|/)\s*\d{1,4})?\s*页?\W*",
    re.IGNORECASE,
)
_PAGE_OF = re.compile(
    r"\s*(?:[|·•–—,-]\s*)?\b(?:page|seite|pagina|página)\s*\d{1,4}(?:\s*(?:of|von|de|sur|/)\s*\d{1,4})?\s*(?:[|·•–—-]\s*)?",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def without_running_heads(pages: Sequence[list[Span]], heights: Sequence[tuple[float, float]]) -> list[list[Span]]:
    """The spans of each page without them; a running head that says something is left on the first page that has it.

    `heights`: bottom and top of each page, in points.
    """
    margins = [_in_margin(spans, *height) for spans, height in zip(pages, heights, strict=True)]
    enough = max(2, min(3, len(pages) // 2))
    counts = Counter(key for margin in margins for key in {_key(span, height) for span, height in margin})
    numbers = _page_numbers(margins)
    told: set[tuple[str, int]] = set()
    left: list[list[Span]] = []
    for spans, margin in zip(pages, margins, strict=True):
        out: set[int] = set()
        for span, height in margin:
            key = _key(span, height)
            repeated = counts[key] + counts[(key[0], key[1] + 1)] + counts[(key[0], key[1] - 1)] >= enough
            if id(span) in numbers or (repeated and _NUMBER.fullmatch(span.text)):
                out.add(id(span))
            elif repeated:
                if key[0] in {text for text, _ in told} or not any(map(str.isalpha, span.text)):
                    out.add(id(span))
                else:
                    span.text = _PAGE_OF.sub("", span.text) or span.text
                told.add(key)
        left.append([span for span in spans if id(span) not in out] if out else spans)
    return left


def without_stamps(pages: Sequence[Sequence[list[Span]]]) -> None:
    """Takes what stands sideways or askew on many pages (a stamp, a watermark) out of all but the first of them.

    `pages`: for each page the spans of each direction but the page's own.
    """
    counts = Counter(text for page in pages for text in {span.text for spans in page for span in spans})
    told: set[str] = set()
    for page in pages:
        for spans in page:
            spans[:] = [span for span in spans if counts[span.text] < _MANY or span.text not in told]
            told |= {span.text for span in spans}


def _in_margin(spans: Sequence[Span], bottom: float, top: float) -> list[tuple[Span, float]]:
    """(span, its distance from the edge; negative at the foot): in the margins, and the last line of a short page."""
    zone = _MARGIN * (top - bottom)
    found = [(span, top - span.middle) for span in spans if top - span.middle < zone]
    last = max(bottom + zone, min((span.middle for span in spans), default=bottom) + 3)
    return found + [(span, bottom - span.middle) for span in spans if span.middle < last and top - span.middle >= zone]


def _key(span: Span, height: float) -> tuple[str, int]:
    """Texts that differ in their numbers only are one; numbers alone are what they are (`4.2` may be a heading's)."""
    told = _DIGITS.sub("#", span.text) if any(map(str.isalpha, span.text)) else span.text
    return told, round(height / _SAME)


def _page_numbers(margins: Sequence[list[tuple[Span, float]]]) -> set[int]:
    """Ids of the spans that are numbers which grow from page to page."""
    offsets: defaultdict[tuple[int, int, bool], list[tuple[int, Span]]] = defaultdict(list)
    for number, margin in enumerate(margins):
        for span, height in margin:
            match = _NUMBER.fullmatch(span.text)
            if match and (value := _value(match[1])):
                for step in (1, 2):  # by two where a sheet is two pages
                    offsets[step, value - step * number, height < 0].append((number, span))
    return {
        id(span)
        for found in offsets.values()
        if len({number for number, _ in found}) >= min(3, max(2, len(margins) // 2))
        for _, span in found
    }


def _value(text: str) -> int:
    if text.isdigit():
        return int(text)
    worths = [_ROMAN.get(letter, 0) for letter in text.lower()]
    return sum(-w if w < max(worths[n + 1 :], default=0) else w for n, w in enumerate(worths))
