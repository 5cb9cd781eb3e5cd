"""Pieces of text as spans: what stands side by side on one line, with no more than a space between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from aieco_assets.core.knowledge.parsers.pdf.characters import Array, Pieces
from aieco_assets.core.knowledge.parsers.pdf.grids import MOST_LINES, Rule

WIDE_GAP = 0.7  # of the height of a line: wider than any space, and a column or a cell begins
_WIDE_LETTERS = 1.4  # of the width of letters
_TOUCH = 1.5  # points: as far as this, text may reach over the rule beside it
_RAISED, _SMALLER = 0.22, 0.9  # of the height of the text before: how far up, how small
_LONGEST_MARK = 12  # characters
_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LETTERS = dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))


@dataclass(slots=True)
class Span:
    """`place`, `last`: the numbers of its first and last character in pdfium's text.

    `joined`: no space stands before it. `field`: the value of a form's field. `walled`: a rule stands before it.
    `aside`: no part of the running text, as a running foot or a stamp is; never a heading.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    place: int = -1
    last: int = -1
    joined: bool = False
    bold: bool = False
    field: bool = False
    walled: bool = False
    aside: bool = False

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def spans_of(pieces: Pieces, turned: bool = False, rules: Sequence[Rule] = ()) -> list[Span]:
    """In the order of the file. Raised marks are written as superscripts. `rules`: upright ones, which part cells that
    stand no further from each other than words do.
    """
    count = len(pieces.texts)
    if not count:
        return []
    left, right, bottom, top = pieces.left, pieces.right, pieces.bottom, pieces.top
    height = np.maximum(top - bottom, 0.1)
    lower = np.minimum(height[1:], height[:-1])
    gap = left[1:] - right[:-1]
    # Letters of one width are wider than others, and so are the spaces between.
    letters = pieces.last - pieces.first + 1
    wide = np.where(letters > 1, _WIDE_LETTERS * (right - left) / letters, np.inf)
    between = np.minimum(wide[1:], wide[:-1])
    between[np.isinf(between)] = 0.0
    breaks = (
        (np.abs(bottom[1:] - bottom[:-1]) > 0.18 * lower)
        | (gap > np.maximum(WIDE_GAP * lower, between))
        | (gap < -0.6 * lower)
        | (lower < 0.85 * np.maximum(height[1:], height[:-1]))
    )
    walls = _walls(pieces, gap, rules) if 0 < len(rules) <= MOST_LINES else None
    if walls is not None:
        breaks |= walls
    spaced = pieces.spaced.copy()
    if turned:
        spaced[1:] |= gap > 0.25 * lower  # pdfium sees no spaces in turned text
    starts = np.concatenate(([0], np.flatnonzero(breaks) + 1))
    ends = np.append(starts[1:], count)
    told = [f" {text}" if apart else text for text, apart in zip(pieces.texts, spaced.tolist(), strict=True)]
    columns = (
        starts,
        ends,
        np.minimum.reduceat(left, starts),
        bottom[starts],
        np.maximum.reduceat(right, starts),
        top[starts],
        pieces.first[starts],
        pieces.last[ends - 1],
        ~spaced[starts],
    )
    found = [
        Span("".join(told[start:end]).lstrip(), *box)
        for start, end, *box in zip(*(column.tolist() for column in columns), strict=True)
    ]
    if walls is not None:
        for number in np.searchsorted(starts, np.flatnonzero(walls) + 1).tolist():
            found[number].walled = True
    return _with_marks(found)


def _walls(pieces: Pieces, gap: Array, rules: Sequence[Rule]) -> Array | None:
    """Which steps from one piece to the next cross a rule as high as the text; None where there is none."""
    rows = np.array(sorted(rules))
    across, low, high = rows.T
    left, right = pieces.right[:-1], pieces.left[1:]
    near = np.flatnonzero(pieces.spaced[1:] & (gap > -_TOUCH) & (gap < 2 * (pieces.top - pieces.bottom)[1:]))
    first = np.searchsorted(across, left[near] - _TOUCH)
    beyond = np.searchsorted(across, right[near] + _TOUCH, side="right")
    walls = np.zeros(len(left), bool)
    for step, start, end in zip(near[beyond > first], first[beyond > first], beyond[beyond > first], strict=True):
        bottom, top = max(pieces.bottom[step : step + 2]), min(pieces.top[step : step + 2])
        inset = 0.2 * (top - bottom)
        walls[step] = ((low[start:end] <= bottom + inset) & (high[start:end] >= top - inset)).any()
    return walls if walls.any() else None


def _with_marks(spans: list[Span]) -> list[Span]:
    """Raised marks become part of the text that they stand in, as superscripts, and what follows them too."""
    found: list[Span] = []
    for span in spans:
        before = found[-1] if found else None
        if before is None or span.walled or not -span.height < span.left - before.right < before.height + span.height:
            found.append(span)
        elif _stands_raised(span, before) and abs(span.left - before.right) < 0.35 * before.height:
            before.text += raised(span.text)
            before.right = max(before.right, span.right)
        elif _stands_raised(before, span) and -0.3 < (span.left - before.right) / span.height < WIDE_GAP:
            # The mark of a note stands before it.
            span.text = f"{raised(before.text)}{'' if span.joined else ' '}{span.text}"
            span.left = before.left
            found[-1] = span
        elif _goes_on(before, span):
            before.text += ("" if span.joined else " ") + span.text
            before.right = max(before.right, span.right)
            if span.text[-1].isalnum():  # a full stop behind the mark of a note is seldom as bold as the text
                before.last = span.last
            if len(span.text) > len(before.text) / 2 + 1:
                before.bottom, before.top = span.bottom, span.top
        else:
            found.append(span)
    return found


def _stands_raised(span: Span, base: Span) -> bool:
    up = span.bottom - base.bottom
    return (
        len(span.text) <= _LONGEST_MARK
        and span.height < _SMALLER * base.height
        and (_RAISED * base.height < up < base.height)
    )


def _goes_on(before: Span, span: Span) -> bool:
    """In another font, whose letters may be of another height."""
    gap = span.left - before.right
    least = min(before.height, span.height)
    if abs(span.bottom - before.bottom) <= 0.18 * least and 0.85 < span.height / before.height < 1.18:
        return -0.6 * least < gap <= WIDE_GAP * least
    shared = min(before.top, span.top) - max(before.bottom, span.bottom)
    return shared > 0.75 * least and -0.3 * least < gap < 0.5 * least and least > 0.6 * max(before.height, span.height)


def joined_askew(spans: Sequence[Span]) -> list[Span]:
    """Text that runs at any angle (a stamp, a watermark), of which each letter came as a span: letters in the order of
    the file, as long as each touches the one before.
    """
    found: list[Span] = []
    for span in spans:
        before = found[-1] if found else None
        size = max(span.height, span.right - span.left)
        if (
            before is None
            or span.left - before.right > size
            or before.left - span.right > size
            or span.bottom - before.top > size
            or before.bottom - span.top > size
        ):
            found.append(replace(span))
            continue
        joined = span.joined and span.place <= before.last + 1
        text = f"{before.text}{'' if joined else ' '}{span.text}"
        found[-1] = replace(span, text=text, place=before.place)
    return found


def raised(text: str) -> str:
    """As a mark is written: `6` as `⁶`; letters of an ordinal or a trademark stay what they are."""
    if len(text) == 1 and text in _LETTERS:
        return _LETTERS[text]
    return text.translate(_SUPERSCRIPTS) if any(map(str.isdigit, text)) else text
