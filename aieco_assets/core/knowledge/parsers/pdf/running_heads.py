"""What stands on every page at the same place (running heads, feet, page numbers) is no text of the page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from aieco_assets.core.knowledge.parsers.pdf.grids import MOST_LINES, TOUCH, Rule, joined
from aieco_assets.core.knowledge.parsers.pdf.spans import Span

_MARGIN = 0.12  # of the height of a page, at its top and at its foot
_SAME = 6.0  # points
_MANY = 3  # pages
_LAST = 10_000  # the place of a last line, whatever its height
_LEVEL = 0.3  # of its height: as near as this, a span stands beside another
_FEWEST_CELLS = 3  # of a table on one line: running heads have a left, a middle and a right end
_FEWEST_RULES = 3  # upright ones of a table: two are the frame of a page
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


def without_running_heads(
    pages: Sequence[list[Span]], heights: Sequence[tuple[float, float]], rules: Sequence[Sequence[Rule]] = ()
) -> list[list[Span]]:
    """The spans of each page without them; a running head that says something is left on the first page that has it.

    `heights`: bottom and top of each page, in points. `rules`: the upright ones of each page.
    """
    margins = [_in_margin(spans, *height) for spans, height in zip(pages, heights, strict=True)]
    enough = max(2, min(3, len(pages) // 2))
    counts = Counter(key for margin in margins for key in {_key(span, height) for span, height in margin})
    numbers = _page_numbers(margins)
    told: set[str] = set()
    left: list[list[Span]] = []
    for number, (spans, margin) in enumerate(zip(pages, margins, strict=True)):
        out: dict[int, Span] = {}
        for span, height in margin:
            text, at = _key(span, height)
            repeated = counts[text, at] + counts[text, at + 1] + counts[text, at - 1] >= enough
            if id(span) in numbers or repeated:
                out[id(span)] = span
        for span in [span for span in out.values() if any(_beside(span, other, out) for other, _ in margin)]:
            out.pop(id(span), None)  # a word of a line that is no running head
        headings = [(span, height) for span, height in margin if id(span) in out and id(span) not in numbers]
        for span in _under_text(headings, [one for one in margin if id(one[0]) not in out]):
            out.pop(id(span), None)
        if rules and rules[number] and len(rules[number]) <= MOST_LINES and headings:
            for span in _in_table([span for span, _ in headings], rules[number], heights[number]):
                out.pop(id(span), None)
        kept = []
        for span in spans:
            if id(span) not in out:
                kept.append(span)
            elif any(map(str.isalpha, span.text)) and not _NUMBER.fullmatch(span.text) and id(span) not in numbers:
                if (text := _DIGITS.sub("#", span.text)) not in told:
                    span.text = _PAGE_OF.sub("", span.text) or span.text
                    span.aside = span.middle < sum(heights[number]) / 2
                    kept.append(span)
                told.add(text)
        left.append(kept)
    return left


def _beside(span: Span, other: Span, out: dict[int, Span]) -> bool:
    """Whether another span stays that stands on the same line, no further than words do."""
    if id(other) in out or abs(other.middle - span.middle) > 0.3 * span.height:
        return False
    return max(span.left, other.left) - min(span.right, other.right) < 1.5 * span.height


def _under_text(repeated: Sequence[tuple[Span, float]], kept: Sequence[tuple[Span, float]]) -> list[Span]:
    """Lines of several cells between text of the page and the rest of it: a table at its top."""
    highest = min((height for _, height in kept if height > 0), default=0.0)
    found = []
    for span, height in repeated if highest else ():
        if height - span.height > highest:
            everything = [*repeated, *kept]
            beside = sum(abs(other.middle - span.middle) < _LEVEL * span.height for other, _ in everything)
            if beside >= _FEWEST_CELLS:
                found.append(span)
    return found


def _in_table(spans: Sequence[Span], rules: Sequence[Rule], page: tuple[float, float]) -> list[Span]:
    """Those in a column of a table that goes on beyond the margin: its headings, told again on each page."""
    zone = _MARGIN * (page[1] - page[0]) * 1.2
    low, high = page[0] + zone, page[1] - zone
    long = [(x, start, end) for x, start, end in joined(rules) if start < high and end > low]
    if len(long) < _FEWEST_RULES:
        return []
    found = []
    for span in spans:
        around = [x for x, start, end in long if start <= span.middle <= end]
        inside = any(x <= span.left + TOUCH for x in around) and any(x >= span.right - TOUCH for x in around)
        if inside and len(around) >= _FEWEST_RULES:
            found.append(span)
    return found


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
    """(span, its distance from the edge; negative at the foot): in the margins, and of a page whose text leaves more
    free the last line, and the number over the first.
    """
    if not spans:
        return []
    zone = _MARGIN * (top - bottom)
    middles = [span.middle for span in spans]
    first = min(top - zone, max(middles) - 3)
    last = max(bottom + zone, min(middles) + 3)
    found: list[tuple[Span, float]] = []
    for span, middle in zip(spans, middles, strict=True):
        if middle > top - zone or (middle > first and _NUMBER.fullmatch(span.text)):
            found.append((span, top - middle))
        elif middle < last:
            found.append((span, bottom - middle))
    return found


def _key(span: Span, height: float) -> tuple[str, int]:
    """Texts that differ in their numbers only are one; numbers alone are what they are (`4.2` may be a heading's)."""
    told = _DIGITS.sub("#", span.text) if any(map(str.isalpha, span.text)) else span.text
    return told, round(height / _SAME)


def _page_numbers(margins: Sequence[list[tuple[Span, float]]]) -> set[int]:
    """Ids of the spans that are numbers which grow from page to page: at one height, or alone below all text."""
    offsets: defaultdict[tuple[int, int, int], dict[int, Span]] = defaultdict(dict)
    for number, margin in enumerate(margins):
        last = _last_line(margin)
        for span, height in margin:
            match = _NUMBER.fullmatch(span.text)
            if match and (value := _value(match[1])):
                for step in (1, 2):  # by two where a sheet is two pages
                    offsets[step, value - step * number, round(height / _SAME)][number] = span
                if span is last:
                    offsets[1, value - number, _LAST][number] = span
    enough = min(3, max(2, len(margins) // 2))
    return {
        id(span)
        for found in offsets.values()
        if any(all(number + more in found for more in range(enough)) for number in found)
        for span in found.values()
    }


def _last_line(margin: Sequence[tuple[Span, float]]) -> Span | None:
    """The lowest span of a page, if nothing stands beside it."""
    feet = [span for span, height in margin if height < 0]
    lowest = min(feet, key=lambda span: span.middle, default=None)
    if lowest is None or any(span is not lowest and span.bottom < lowest.top for span in feet):
        return None
    return lowest


def _value(text: str) -> int:
    if text.isdigit():
        return int(text)
    worths = [_ROMAN.get(letter, 0) for letter in text.lower()]
    return sum(-w if w < max(worths[n + 1 :], default=0) else w for n, w in enumerate(worths))
