"""The characters of a page and where they stand, as arrays. One call of pdfium a character: each call costs."""

from __future__ import annotations

import ctypes
import math
from collections import deque
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

Array = np.ndarray[Any, Any]
_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_FLAT = 0.5  # points
ASKEW = -1


@dataclass(frozen=True)
class Characters:
    """`text[i]` stands in the box `left[i]`, `bottom[i]`, `right[i]`, `top[i]` (points, from the lower left corner).

    A box is as high as its font, from descent to ascent, whatever the letter. `place[i]`: its number in pdfium's text
    of the page. White space is left out; `spaced[i]`: some stood before the character.
    """

    text: str
    left: Array
    bottom: Array
    right: Array
    top: Array
    place: Array
    spaced: Array

    def taken(self, keep: Array) -> Characters:
        """Those at the places (or of the mask) `keep`."""
        places = np.flatnonzero(keep) if keep.dtype == bool else keep
        arrays = (getattr(self, name)[places] for name in ("left", "bottom", "right", "top", "place", "spaced"))
        return Characters("".join(map(self.text.__getitem__, places.tolist())), *arrays)


def read_characters(page: PdfTextPage, text: str) -> dict[int, Characters]:
    """The visible characters by the direction in which they run (degrees, 0 is left to right), each set turned upright.

    `text`: of the page, a character for each of pdfium's.
    """
    everything = _visible(page, text)
    if not everything.text:
        return {}
    angles = _angles(page, everything)
    if not angles.any():
        return {0: everything}
    return {angle: _upright(everything.taken(angles == angle), angle) for angle in np.unique(angles).tolist()}


def runs_down(page: PdfTextPage, text: str) -> bool:
    """Whether most of the text is set from top to bottom, as Japanese may be."""
    if len(text) != page.count_chars():
        return False
    found = _visible(page, text)
    height = np.maximum(found.top - found.bottom, 1.0)[1:]
    down, across = np.diff(found.top), np.abs(np.diff(found.left + found.right) / 2)
    return bool(((down < -0.4 * height) & (across < 0.4 * height)).mean() > 0.5) if len(height) else False


def _visible(page: PdfTextPage, text: str) -> Characters:
    count = len(text)
    boxes = np.zeros((count, 4), np.float32)
    at = boxes.ctypes.data
    call = _called("FPDFText_GetLooseCharBox", _POINTER, _INT, _POINTER)
    handle = ctypes.cast(page.raw, _POINTER).value
    deque(map(call, repeat(handle), range(count), range(at, at + 16 * count, 16)), maxlen=0)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    visible = np.flatnonzero((codes > 32) & (codes != 0xA0) & (codes != 0x3000))
    spaced = np.diff(visible, prepend=-1) > 1
    left, top, right, bottom = boxes[visible].T.astype(np.float64)
    letters = "".join(map(text.__getitem__, visible.tolist()))
    return Characters(letters, left, bottom, right, top, visible, spaced)


def _angles(page: PdfTextPage, characters: Characters) -> Array:
    """Of each character, in degrees; ASKEW for any but quarter turns. pdfium is asked only where steps go up or down."""
    count = len(characters.text)
    angles = np.zeros(count, np.int64)
    height = np.maximum(characters.top - characters.bottom, _FLAT)[1:]
    right = np.diff((characters.left + characters.right) / 2)
    up = np.diff((characters.bottom + characters.top) / 2)
    near = (np.abs(right) < 2 * height) & (np.abs(up) < 2 * height)
    odd = near & ((np.abs(up) > 0.3 * height) | (right < -0.1 * height))
    asked: set[int] = set()
    for number in np.flatnonzero(odd).tolist():
        for step in (1, -1):
            at = number
            while 0 <= at < count and at not in asked:
                asked.add(at)
                angles[at] = _angle(page, int(characters.place[at]))
                if not angles[at]:
                    break
                at += step
    return angles


def _angle(page: PdfTextPage, place: int) -> int:
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(page.raw, place, matrix):
        return 0
    angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) % 360
    return angle if angle % 90 == 0 else 0 if angle < 5 or angle > 355 else ASKEW


def _upright(one: Characters, angle: int) -> Characters:
    """Turned about the origin so that the text runs from left to right."""
    left, bottom, right, top = one.left, one.bottom, one.right, one.top
    if angle == 90:
        left, bottom, right, top = one.bottom, -one.right, one.top, -one.left
    elif angle == 180:
        left, bottom, right, top = -one.right, -one.top, -one.left, -one.bottom
    elif angle == 270:
        left, bottom, right, top = -one.top, one.left, -one.bottom, one.right
    return Characters(one.text, left, bottom, right, top, one.place, one.spaced)


def _called(name: str, *arguments: Any) -> Any:
    """The function without pypdfium2's conversions, which take longer than the call."""
    from pypdfium2 import raw

    address = ctypes.cast(getattr(raw, name), _POINTER).value
    assert address is not None
    return ctypes.CFUNCTYPE(_INT, *arguments)(address)
