"""What of the text of a page nobody sees: drawn twice, drawn without ink, white on white, beyond the page's edge."""

from __future__ import annotations

import ctypes
import re
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
from pypdfium2 import raw

from aieco_assets.core.knowledge.parsers.pdf.characters import Pieces, called
from aieco_assets.core.knowledge.parsers.pdf.drawings import Box, Drawings
from aieco_assets.core.knowledge.parsers.pdf.spans import Span

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_NEAR_BY = 3.0  # points
_NEAR, _BESIDE = 0.2, 0.4  # of a piece's height and width: as near as this, the same is drawn twice
_SMALLEST = 2.0  # points
_MIDDLE, _MOST_COMPARED = (0.33, 0.62), 4_000_000  # of a piece's height; pairs of pieces and lines
_NO_INK = 3  # text render mode
_WHITE = 250
_BOLD, _BOLD_WEIGHT = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE), 600


def on_page(pieces: Pieces, page: Box) -> Pieces:
    """Those whose middle is inside the page's visible box, and that are big enough to be read."""
    across, up = (pieces.left + pieces.right) / 2, (pieces.bottom + pieces.top) / 2
    inside = (across >= page[0] - 1) & (across <= page[2] + 1) & (up >= page[1] - 1) & (up <= page[3] + 1)
    inside &= pieces.top - pieces.bottom >= _SMALLEST
    return pieces if inside.all() else pieces.taken(inside)


def drawn_once(pieces: Pieces) -> Pieces:
    """Without the pieces that stand on an equal one: bold by drawing twice, or a layer of text under the text."""
    count = len(pieces.texts)
    if count < 2:
        return pieces
    numbers: dict[str, int] = {}
    codes = np.array([numbers.setdefault(text, len(numbers)) for text in pieces.texts], np.int64)
    if len(numbers) == count:
        return pieces
    rough = codes * 1_000_003 + np.rint(pieces.left / _NEAR_BY).astype(np.int64) * 1_009
    rough += np.rint(pieces.bottom / _NEAR_BY).astype(np.int64)
    if len(np.unique(rough)) == count:  # what is drawn twice has at least some pieces in the same places
        return pieces
    order = np.lexsort((pieces.first, pieces.left, codes))
    height = np.maximum(pieces.top - pieces.bottom, 1.0)
    beside = np.minimum(_NEAR * height, _BESIDE * np.maximum(pieces.right - pieces.left, 0.1))
    keep = np.ones(count, bool)
    for step in (1, 2, 3):  # others may stand between in this order, on lines above and below
        before, after = order[:-step], order[step:]
        same = (
            (codes[before] == codes[after])
            & (np.abs(pieces.left[before] - pieces.left[after]) < beside[after])
            & (np.abs(pieces.bottom[before] - pieces.bottom[after]) < _NEAR * height[after])
        )
        keep[np.maximum(before[same], after[same])] = False
    return pieces if keep.all() else pieces.taken(keep)


def not_struck(pieces: Pieces, drawings: Drawings) -> Pieces:
    """Without the pieces through whose middle a line runs that is as long as they are: a rule of a table is longer."""
    count, lines = len(pieces.texts), np.array(drawings.across).reshape(-1, 3)
    if not count or not 0 < len(lines) * count <= _MOST_COMPARED:
        return pieces
    up, start, end = lines.T
    height = pieces.top - pieces.bottom
    low, high = (pieces.bottom + share * height for share in _MIDDLE)
    through = (low[:, None] < up) & (up < high[:, None])
    through &= (start <= pieces.left[:, None] + 1) & (pieces.right[:, None] - 1 <= end)
    keep = np.ones(count, bool)
    for line in np.flatnonzero(through.any(axis=0)).tolist():
        struck = through[:, line]
        slack = 0.3 * height[struck].max()
        if pieces.left[struck].min() - slack <= start[line] and end[line] <= pieces.right[struck].max() + slack:
            keep &= ~struck
    return pieces if keep.all() else pieces.taken(keep)


class Inks:
    """How the text of a page is drawn. Asks each text object and each font once."""

    def __init__(self, page: PdfTextPage) -> None:
        self._object_of = called("FPDFText_GetTextObject", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
        self._page = ctypes.cast(page.raw, ctypes.c_void_p).value
        pointer = ctypes.c_void_p
        self._mode_of = called("FPDFTextObj_GetTextRenderMode", ctypes.c_int, pointer)
        self._font_of = called("FPDFTextObj_GetFont", pointer, pointer)
        self._colour_of = called("FPDFPageObj_GetFillColor", ctypes.c_int, *[pointer] * 5)
        self._objects: dict[int, tuple[str, bool]] = {}
        self._fonts: dict[int, bool] = {}
        self._parts = (ctypes.c_uint * 4)()
        start = ctypes.addressof(self._parts)
        self._at = [start + 4 * number for number in range(4)]

    def seen(self, pieces: Pieces, drawings: Drawings) -> Pieces:
        """Those that have ink, or are without it as the reading of a picture, where next to nothing else is."""
        objects = list(map(self._object_of, repeat(self._page), pieces.first.tolist()))
        inks = {address: self._told(address)[0] for address in set(objects)}
        if all(ink == "ink" for ink in inks.values()):
            return pieces
        told = np.array([inks[address] for address in objects])
        letters = np.array([len(text) for text in pieces.texts])
        keep = told == "ink"
        if drawings.pictures and letters[told != "none"].sum() < letters[told == "none"].sum() / 2:
            keep |= told == "none"
        across, up = (pieces.left + pieces.right) / 2, (pieces.bottom + pieces.top) / 2
        for left, bottom, right, top in drawings.filled if "white" in told else ():
            keep |= (told == "white") & (left <= across) & (across <= right) & (bottom <= up) & (up <= top)
        return pieces.taken(keep)

    def embolden(self, spans: list[Span]) -> None:
        """Set `bold` where the first and the last character are."""
        for span in spans:
            span.bold = self._told(self._object_of(self._page, span.place))[1]
            if span.bold and span.last != span.place:
                span.bold = self._told(self._object_of(self._page, span.last))[1]

    def _told(self, address: int | None) -> tuple[str, bool]:
        if not address:
            return "ink", False
        if address not in self._objects:
            self._objects[address] = self._ink(address), self._is_bold(address)
        return self._objects[address]

    def _ink(self, one: int) -> str:
        mode = self._mode_of(one)
        if mode == _NO_INK:
            return "none"
        if mode != 0 or not self._colour_of(one, *self._at):
            return "ink"
        *colours, opaque = self._parts
        if not opaque:
            return "none"
        return "white" if min(colours) >= _WHITE else "ink"

    def _is_bold(self, one: int) -> bool:
        key = self._font_of(one) or 0
        if key not in self._fonts:
            font = ctypes.cast(key, raw.FPDF_FONT)
            name = ctypes.create_string_buffer(200)
            raw.FPDFFont_GetBaseFontName(font, name, len(name))
            self._fonts[key] = bool(_BOLD.search(name.value)) or raw.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT
        return self._fonts[key]
