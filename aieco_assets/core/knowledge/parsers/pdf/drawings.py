"""What is drawn on a page besides text: rules and the borders of boxes (of tables), pictures, filled areas."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pypdfium2 import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_OBJECTS, MAX_SEGMENTS = 4_000, 6_000  # of a page: beyond them it is a drawing, and no table
_THIN = 3.0  # points: a box as thin as this is a line
_SHORTEST, _BOX = 4.0, 6  # points; segments
_DEEPEST = 3  # forms in forms
Matrix = tuple[float, float, float, float, float, float]
_STRAIGHT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
Box = tuple[float, float, float, float]  # left, bottom, right, top in points


@dataclass
class Drawings:
    """`across`: horizontal lines (y, from x, to x). `down`: vertical ones (x, from y, to y).

    `filled`: boxes of pictures and filled paths.
    """

    across: list[tuple[float, float, float]] = field(default_factory=list)
    down: list[tuple[float, float, float]] = field(default_factory=list)
    filled: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)

    def add_line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        if abs(y1 - y0) <= _THIN and abs(x1 - x0) >= _SHORTEST:
            self.across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= _THIN and abs(y1 - y0) >= _SHORTEST:
            self.down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))

    def turned(self, angle: int) -> Drawings:
        """As they stand when text of this angle runs from left to right."""
        across, down = self.across, self.down
        if angle == 90:
            return Drawings([(-x, low, high) for x, low, high in down], [(y, -to, -at) for y, at, to in across])
        if angle == 270:
            return Drawings([(x, -high, -low) for x, low, high in down], [(-y, at, to) for y, at, to in across])
        if angle == 180:
            return Drawings([(-y, -to, -at) for y, at, to in across], [(-x, -to, -at) for x, at, to in down])
        return self


def read_drawings(page: PdfPage) -> Drawings:
    drawn = Drawings()
    count = raw.FPDFPage_CountObjects(page.raw)
    budget = [MAX_OBJECTS, MAX_SEGMENTS]
    objects = (raw.FPDFPage_GetObject(page.raw, number) for number in range(count))
    _add(objects, _STRAIGHT, drawn, budget, 0)
    return drawn


def _add(objects: Iterable[Any], place: Matrix, drawn: Drawings, budget: list[int], depth: int) -> None:
    """`place`: where the form that holds the objects stands. `budget`: objects and segments that may be looked at."""
    for one in objects:
        kind = raw.FPDFPageObj_GetType(one)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            continue
        budget[0] -= 1
        if budget[0] < 0:
            return
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            count = raw.FPDFFormObj_CountObjects(one)
            inside = (raw.FPDFFormObj_GetObject(one, number) for number in range(count))
            _add(inside, _product(_matrix(one), place), drawn, budget, depth + 1)
            continue
        box = _bounds(one, place)
        if box is None:
            continue
        if kind == raw.FPDF_PAGEOBJ_PATH:
            budget[1] -= _path(one, box, place, drawn, budget[1])
        else:
            drawn.filled.append(box)
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                drawn.pictures.append(box)


def _matrix(one: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(one, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(one: Matrix, other: Matrix) -> Matrix:
    """First the one, then the other."""
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _at(x: float, y: float, place: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = place
    return a * x + c * y + e, b * x + d * y + f


def _path(one: Any, box: Box, place: Matrix, drawn: Drawings, budget: int) -> int:
    """Adds the lines of a path; returns how many segments were looked at."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(one, fill, stroke)
    if not fill.value and not stroke.value:
        return 0
    left, bottom, right, top = box
    if fill.value and right - left > _THIN and top - bottom > _THIN:
        drawn.filled.append(box)
    if stroke.value and (grown := _stroked(one, box)):
        drawn.filled.append(grown)
        if _is_background(one, box):
            return 1  # and no line, which would strike its text
    if right - left <= _THIN or top - bottom <= _THIN:
        drawn.add_line(left, bottom, right, top)
        return 1
    if not stroke.value and raw.FPDFPath_CountSegments(one) <= _BOX:
        return 1  # a filled area has no border
    count = raw.FPDFPath_CountSegments(one)
    if count > budget:
        return 0
    matrix = _product(_matrix(one), place)
    x, y = ctypes.c_float(), ctypes.c_float()
    opened = last = (0.0, 0.0)
    for number in range(count):
        segment = raw.FPDFPath_GetPathSegment(one, number)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        at = _at(x.value, y.value, matrix)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            opened = at
        elif kind == raw.FPDF_SEGMENT_LINETO:
            drawn.add_line(*last, *at)
        if raw.FPDFPathSegment_GetClose(segment):
            drawn.add_line(*at, *opened)
        last = at
    return count


def _stroked(one: Any, box: Box) -> Box | None:
    """What a stroke covers that is too wide for a line: a word's dark background is often drawn so."""
    width = ctypes.c_float()
    if not raw.FPDFPageObj_GetStrokeWidth(one, width) or width.value <= _THIN:
        return None
    half = width.value / 2
    return box[0] - half, box[1] - half, box[2] + half, box[3] + half


def _is_background(one: Any, box: Box) -> bool:
    """A single stroke from left to right as high as text; pdfium's bounds are as far from it as it is wide."""
    width = ctypes.c_float()
    raw.FPDFPageObj_GetStrokeWidth(one, width)
    level = box[3] - box[1] <= 2 * width.value + _THIN < box[2] - box[0]
    return level and width.value > 2 * _THIN and raw.FPDFPath_CountSegments(one) == 2


def _bounds(one: Any, place: Matrix) -> Box | None:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(one, left, bottom, right, top):
        return None
    if place is _STRAIGHT:
        return left.value, bottom.value, right.value, top.value
    x0, y0 = _at(left.value, bottom.value, place)
    x1, y1 = _at(right.value, top.value, place)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
