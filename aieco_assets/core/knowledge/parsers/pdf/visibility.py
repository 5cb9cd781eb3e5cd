"""What of the text of a page nobody sees: drawn twice, drawn without ink, white on white, beyond the page's edge."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.knowledge.parsers.pdf.characters import Array, Characters
from aieco_assets.core.knowledge.parsers.pdf.drawings import Box, Drawings
from aieco_assets.core.knowledge.parsers.pdf.spans import Span

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_NEAR, _BESIDE = 0.2, 0.4  # of a character's height and width: as near as this, the same character is drawn twice
_NO_INK = 3  # text render mode
_WHITE = 250
_BOLD, _BOLD_WEIGHT = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE), 600


def on_page(characters: Characters, page: Box) -> Characters:
    """Those whose middle is inside the page's visible box."""
    across, up = (characters.left + characters.right) / 2, (characters.bottom + characters.top) / 2
    inside = (across >= page[0] - 1) & (across <= page[2] + 1) & (up >= page[1] - 1) & (up <= page[3] + 1)
    return characters if inside.all() else characters.taken(inside)


def drawn_once(characters: Characters) -> Characters:
    """Without the characters that stand on an equal one: bold by drawing twice, or a layer of text under the text."""
    count = len(characters.text)
    if count < 2:
        return characters
    codes = np.frombuffer(characters.text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    cells = np.maximum(np.median(characters.top - characters.bottom) * 0.5, 1.0)
    rough = (codes << 32) + (np.rint(characters.bottom / cells).astype(np.int64) << 16)
    rough += np.rint(characters.left / cells).astype(np.int64)
    if len(np.unique(rough)) == count:
        return characters
    return characters.taken(_firsts(characters, codes))


def _firsts(characters: Characters, codes: Array) -> Array:
    """Mask of the characters on which no earlier equal one stands."""
    order = np.lexsort((characters.place, characters.left, codes))
    keep = np.ones(len(codes), bool)
    near = _NEAR * np.maximum(characters.top - characters.bottom, 1.0)
    beside = np.minimum(near, _BESIDE * np.maximum(characters.right - characters.left, 0.1))
    for step in (1, 2, 3):  # others may stand between in this order, on lines above and below
        before, after = order[:-step], order[step:]
        same = (
            (codes[before] == codes[after])
            & (np.abs(characters.left[before] - characters.left[after]) < beside[after])
            & (np.abs(characters.bottom[before] - characters.bottom[after]) < near[after])
        )
        keep[np.maximum(before[same], after[same])] = False
    return keep


def seen(page: PdfTextPage, spans: list[Span], drawings: Callable[[], Drawings]) -> list[Span]:
    """The spans that have ink. Text without ink stays where it is the reading of a picture, and nothing else is there.

    Sets `bold` by the way: that too is asked of the text's object.
    """
    fonts: dict[int, bool] = {}
    inks = [_ink(page, span, fonts) for span in spans]
    if all(ink == "ink" for ink in inks):
        return spans
    hidden = sum(len(span.text) for span, ink in zip(spans, inks, strict=True) if ink == "none")
    shown = sum(len(span.text) for span, ink in zip(spans, inks, strict=True) if ink != "none")
    reading_of_picture = bool(drawings().pictures) and shown < hidden / 2
    return [
        span
        for span, ink in zip(spans, inks, strict=True)
        if ink == "ink"
        or (ink == "none" and reading_of_picture)
        or (ink == "white" and any(_inside(span, box) for box in drawings().filled))
    ]


def _ink(page: PdfTextPage, span: Span, fonts: dict[int, bool]) -> str:
    from pypdfium2 import raw

    one: Any = raw.FPDFText_GetTextObject(page.raw, span.place)
    if not one:
        return "ink"
    span.bold = _is_bold(one, fonts)
    if span.bold and span.last != span.place:
        other = raw.FPDFText_GetTextObject(page.raw, span.last)
        span.bold = bool(other) and _is_bold(other, fonts)
    mode = raw.FPDFTextObj_GetTextRenderMode(one)
    if mode == _NO_INK:
        return "none"
    parts = [ctypes.c_uint() for _ in range(4)]
    if mode != 0 or not raw.FPDFPageObj_GetFillColor(one, *parts):
        return "ink"
    *colours, opaque = (part.value for part in parts)
    if not opaque:
        return "none"
    return "white" if min(colours) >= _WHITE else "ink"


def _is_bold(one: Any, fonts: dict[int, bool]) -> bool:
    from pypdfium2 import raw

    font = raw.FPDFTextObj_GetFont(one)
    key = ctypes.cast(font, ctypes.c_void_p).value or 0
    if key not in fonts:
        name = ctypes.create_string_buffer(200)
        raw.FPDFFont_GetBaseFontName(font, name, len(name))
        fonts[key] = bool(_BOLD.search(name.value)) or raw.FPDFFont_GetWeight(font) >= _BOLD_WEIGHT
    return fonts[key]


def _inside(span: Span, box: Box) -> bool:
    return box[0] <= (span.left + span.right) / 2 <= box[2] and box[1] <= span.middle <= box[3]
