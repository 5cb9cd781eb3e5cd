"""The characters of a page and where they stand, as arrays.

pdfium is asked for each place, and each call costs. A word or a number needs two, for its first and its last
character, unless these stand at different heights; any other sign is a piece of its own.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from pypdfium2 import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

Array = np.ndarray[Any, Any]
_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_PIECE = re.compile(r"""[("“‘]?[^\W\d_ˆˇ]+[-,.;:!?)'’”"]*|\d[\d.,]*\d|[^\s\x00-\x1f]""")
_ACCENTS = dict(zip("´`¨ˆ˜ˇ˘˚¸", "\u0301\u0300\u0308\u0302\u0303\u030c\u0306\u030a\u0327", strict=True))
_FLAT = 0.5  # points
ASKEW = -1
_SAMPLE = 150  # characters


@dataclass(frozen=True)
class Pieces:
    """`texts[i]` stands in the box `left[i]`, `bottom[i]`, `right[i]`, `top[i]` (points, from the lower left corner).

    A box is as high as its font, from descent to ascent, whatever the letter. `first[i]`, `last[i]`: the numbers of its
    characters in pdfium's text of the page. `spaced[i]`: white space stood before it.
    """

    texts: Sequence[str]
    left: Array
    bottom: Array
    right: Array
    top: Array
    first: Array
    last: Array
    spaced: Array

    def taken(self, keep: Array) -> Pieces:
        """Those of the mask."""
        names = ("left", "bottom", "right", "top", "first", "last", "spaced")
        texts = [self.texts[place] for place in np.flatnonzero(keep).tolist()]
        return Pieces(texts, *(getattr(self, name)[keep] for name in names))


def read_pieces(page: PdfTextPage, text: str) -> dict[int, Pieces]:
    """What is written by the direction in which it runs (degrees, 0 is left to right), each set turned upright.

    `text`: of the page, a character for each of pdfium's.
    """
    everything = _with_accents(page, _pieces(page, text), text)
    if not everything.texts:
        return {}
    angles = _angles(page, everything)
    if not angles.any():
        return {0: everything}
    return {angle: _upright(everything.taken(angles == angle), angle) for angle in np.unique(angles).tolist()}


def runs_down(page: PdfTextPage, text: str) -> bool:
    """Whether most of the text is set from top to bottom, as Japanese may be."""
    start = max(0, len(text) // 2 - _SAMPLE)
    places = start + np.flatnonzero([not letter.isspace() for letter in text[start : start + 2 * _SAMPLE]])
    left, top, right, bottom = _boxes(page, places).T
    height = np.maximum(top - bottom, 1.0)[1:]
    down, across = np.diff(top), np.abs(np.diff(left + right) / 2)
    return bool(((down < -0.4 * height) & (across < 0.4 * height)).mean() > 0.5) if len(height) else False


def _pieces(page: PdfTextPage, text: str) -> Pieces:
    matches = list(_PIECE.finditer(text))
    places = np.array([match.span() for match in matches], np.int64).reshape(-1, 2)
    boxed, low = _boxed(page, [match[0] for match in matches], places[:, 0], places[:, 1] - 1)
    # A word or a number whose ends are not on one line is none: character by character then.
    height = np.maximum(boxed.top - boxed.bottom, _FLAT)
    letters, wide = boxed.last - boxed.first + 1, boxed.right - boxed.left
    broken = (letters > 1) & ((np.abs(low - boxed.bottom) > 0.1 * height) | (wide < 0) | (wide > 2 * letters * height))
    if not broken.any():
        return _spaced(boxed)
    singles = np.concatenate([np.arange(boxed.first[n], boxed.last[n] + 1) for n in np.flatnonzero(broken)])
    parts, _ = _boxed(page, [text[place] for place in singles.tolist()], singles, singles)
    whole = boxed.taken(~broken)
    order = np.argsort(np.concatenate((whole.first, parts.first)), kind="stable")
    texts = [*whole.texts, *parts.texts]
    names = ("left", "bottom", "right", "top", "first", "last", "spaced")
    arrays = (np.concatenate((getattr(whole, name), getattr(parts, name)))[order] for name in names)
    return _spaced(Pieces([texts[place] for place in order.tolist()], *arrays))


def _with_accents(page: PdfTextPage, pieces: Pieces, text: str) -> Pieces:
    """Accents that are drawn over a letter of their own (`Rube´n`) become part of that letter."""
    if text.isascii() and "`" not in text:
        return pieces
    accents = [number for number, told in enumerate(pieces.texts) if told in _ACCENTS]
    texts, spaced, keep = list(pieces.texts), pieces.spaced.copy(), np.ones(len(pieces.texts), bool)
    height = np.maximum(pieces.top - pieces.bottom, _FLAT)
    words = pieces.last > pieces.first
    words |= [told.isalpha() for told in pieces.texts] if accents else False
    for number in accents:
        middle = (pieces.left[number] + pieces.right[number]) / 2
        under = words & (pieces.left < middle) & (middle < pieces.right)
        under &= np.abs(pieces.bottom - pieces.bottom[number]) < 0.3 * height
        for word in np.flatnonzero(under)[:1].tolist():
            places = np.arange(int(pieces.first[word]), int(pieces.last[word]) + 1)
            boxes = _boxes(page, places)
            for at in np.flatnonzero((boxes[:, 0] < middle) & (middle < boxes[:, 2]))[:1].tolist():
                letter = texts[word][at].replace("ı", "i")
                whole = unicodedata.normalize("NFC", letter + _ACCENTS[texts[number]])
                if len(whole) == 1:
                    texts[word] = texts[word][:at] + whole + texts[word][at + 1 :]
                    keep[number] = False
    if keep.all():
        return pieces
    kept = np.flatnonzero(keep)
    for before, after in zip(kept[:-1].tolist(), kept[1:].tolist(), strict=True):
        if after > before + 1 and pieces.left[after] - pieces.right[before] < 0.1 * height[after]:
            spaced[after] = False  # pdfium put spaces beside the accent
    return replace(pieces, texts=texts, spaced=spaced).taken(keep)


def _spaced(pieces: Pieces) -> Pieces:
    before = np.concatenate(([-1], pieces.last[:-1]))
    return replace(pieces, spaced=pieces.first > before + 1)


def _boxed(page: PdfTextPage, texts: list[str], first: Array, last: Array) -> tuple[Pieces, Array]:
    """The pieces, and how low the last character of each stands."""
    several = np.flatnonzero(last > first)
    boxes = _boxes(page, np.concatenate((first, last[several])))
    left, top, right, bottom = boxes[: len(first)].T.copy()
    low = bottom.copy()
    right[several] = boxes[len(first) :, 2]
    low[several] = boxes[len(first) :, 3]
    return Pieces(texts, left, bottom, right, top, first, last, np.zeros(len(first), bool)), low


def _boxes(page: PdfTextPage, places: Array) -> Array:
    """Left, top, right, bottom of pieces."""
    count = len(places)
    boxes = np.zeros((count, 4), np.float32)
    at = boxes.ctypes.data
    call = called("FPDFText_GetLooseCharBox", _INT, _POINTER, _INT, _POINTER)
    handle = ctypes.cast(page.raw, _POINTER).value
    deque(map(call, repeat(handle), places.tolist(), range(at, at + 16 * count, 16)), maxlen=0)
    return boxes.astype(np.float64)


def _angles(page: PdfTextPage, pieces: Pieces) -> Array:
    """Of each piece, in degrees; ASKEW for any but quarter turns. pdfium is asked only where steps go up or down."""
    count = len(pieces.texts)
    angles = np.zeros(count, np.int64)
    height = np.maximum(pieces.top - pieces.bottom, _FLAT)[1:]
    right = np.diff((pieces.left + pieces.right) / 2)
    up = np.diff((pieces.bottom + pieces.top) / 2)
    near = (np.abs(right) < 2 * height) & (np.abs(up) < 2 * height)
    odd = near & ((np.abs(up) > 0.3 * height) | (right < -0.1 * height))
    asked: set[int] = set()
    for number in np.flatnonzero(odd).tolist():
        for step in (1, -1):
            at = number if step == 1 else number - 1
            if step == -1 and not angles[number]:
                break
            while 0 <= at < count and at not in asked:
                asked.add(at)
                angles[at] = _angle(page, int(pieces.first[at]))
                if not angles[at]:
                    break
                at += step
    return angles


def _angle(page: PdfTextPage, place: int) -> int:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(page.raw, place, matrix):
        return 0
    angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) % 360
    return angle if angle % 90 == 0 else 0 if angle < 5 or angle > 355 else ASKEW


def _upright(one: Pieces, angle: int) -> Pieces:
    """Turned about the origin so that the text runs from left to right."""
    left, bottom, right, top = one.left, one.bottom, one.right, one.top
    if angle == 90:
        left, bottom, right, top = one.bottom, -one.right, one.top, -one.left
    elif angle == 180:
        left, bottom, right, top = -one.right, -one.top, -one.left, -one.bottom
    elif angle == 270:
        left, bottom, right, top = -one.top, one.left, -one.bottom, one.right
    return Pieces(one.texts, left, bottom, right, top, one.first, one.last, one.spaced)


@cache
def called(name: str, result: Any, *arguments: Any) -> Any:
    """The function without pypdfium2's conversions, which take longer than the call."""
    address = ctypes.cast(getattr(raw, name), _POINTER).value
    assert address is not None
    return ctypes.CFUNCTYPE(result, *arguments)(address)
