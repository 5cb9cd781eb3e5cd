"""The reading order of a page: columns from left to right, what stands across them in between, from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Protocol, TypeVar

import numpy as np


class Placed(Protocol):
    text: str
    left: float
    bottom: float
    right: float
    top: float


Any_ = TypeVar("Any_", bound=Placed)
_FEWEST_LINES = 2  # of a column
_MARKS = 3  # characters
_LEVEL = 0.25  # of its height: as near as this, a line stands beside another
_PROSE = 20  # characters of a line of running text, at least; cells of tables are shorter
_MOST_DEPTH, _MOST_GUTTERS = 8, 4


def parted(boxes: Sequence[Any_]) -> list[list[Any_]]:
    """Groups in reading order: each is one column, or what stands across columns."""
    return _parted(sorted(boxes, key=lambda box: -box.top), 0)


def _parted(falling: list[Any_], depth: int) -> list[list[Any_]]:
    if len(falling) < 2 * _FEWEST_LINES or depth > _MOST_DEPTH or not _side_by_side(falling):
        return [falling] if falling else []
    for middle in _gutters(falling):
        bands = _bands(falling, middle)
        if len(bands) == 1 and isinstance(bands[0], list):
            continue
        sides = [side for band in bands for side in (band if isinstance(band, tuple) else (band,))]
        return [group for side in sides for group in _parted(side, depth + 1)]
    return [falling]


def _side_by_side(falling: Sequence[Placed]) -> bool:
    low = falling[0].bottom
    for box in falling[1:]:
        if low < (box.top + box.bottom) / 2:
            return True
        low = min(low, box.bottom)
    return False


def _gutters(boxes: Sequence[Placed]) -> list[float]:
    """Middles of upright strips that little text crosses, between strips with much; the best first."""
    start = min(box.left for box in boxes)
    width = int(max(box.right for box in boxes) - start) + 2
    if width < 60 or width > 20_000:
        return []
    steps = np.zeros(width + 1)
    for box in boxes:
        steps[int(box.left - start + 0.5)] += 1
        steps[min(width, int(box.right - start + 0.5))] -= 1
    cover = np.cumsum(steps)[:width]
    sides = np.minimum(np.maximum.accumulate(cover), np.maximum.accumulate(cover[::-1])[::-1])
    low = (sides - cover >= np.maximum(_FEWEST_LINES, 0.2 * sides)) & (sides >= _FEWEST_LINES)
    edges = np.flatnonzero(np.diff(low.astype(int), prepend=0, append=0))
    height = median(box.top - box.bottom for box in boxes)
    found = []
    for left, right in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if right - left < 0.4 * height:
            continue
        least = cover[left:right].min()
        lowest = left + np.flatnonzero(cover[left:right] <= least)
        found.append((least / max(sides[lowest[0]], 1), -(right - left), start + float(np.median(lowest)) + 0.5))
    return [at for *_, at in sorted(found)[:_MOST_GUTTERS]]


def _bands(falling: list[Any_], middle: float) -> list[list[Any_] | tuple[list[Any_], list[Any_]]]:
    """From top to bottom: lists of what stands across (or is no column), pairs of columns."""
    across: list[Any_] = []
    left: list[Any_] = []
    right: list[Any_] = []
    for box in falling:
        if box.right <= middle + 1:
            left.append(box)
        elif box.left >= middle - 1:
            right.append(box)
        else:
            across.append(box)
    bands: list[list[Any_] | tuple[list[Any_], list[Any_]]] = []
    at = [0, 0]
    for crossing in [*across, None]:
        edge = (crossing.top + crossing.bottom) / 2 if crossing is not None else -1e9
        inside: list[list[Any_]] = []
        for number, side in enumerate((left, right)):
            start = at[number]
            while at[number] < len(side) and (side[at[number]].top + side[at[number]].bottom) / 2 > edge:
                at[number] += 1
            inside.append(side[start : at[number]])
        if _are_columns(*inside):
            bands.append((inside[0], inside[1]))
            inside = []
        rest = [box for side in inside for box in side] + ([crossing] if crossing is not None else [])
        if not rest:
            continue
        last = bands[-1] if bands else None
        if isinstance(last, list):
            last += rest
        else:
            bands.append(rest)
    for band in bands:
        if isinstance(band, list):
            band.sort(key=lambda box: -box.top)
    return bands


def _are_columns(left: Sequence[Placed], right: Sequence[Placed]) -> bool:
    """Whether two sides are read one after the other, and not line by line as the cells of a table are."""
    if len(left) < _FEWEST_LINES or len(right) < _FEWEST_LINES:
        return False
    high = min(max(box.top for box in side) for side in (left, right))
    low = max(min(box.bottom for box in side) for side in (left, right))
    if high < low:
        return False  # one below the other
    if min(median(len(box.text) for box in side) for side in (left, right)) <= _MARKS:
        return False  # the bullets or numbers of a list
    fewer, more = sorted((left, right), key=len)
    lines = [(box.bottom + box.top) / 2 for box in more]
    beside = sum(
        any(abs((box.bottom + box.top) / 2 - line) < _LEVEL * (box.top - box.bottom) for line in lines) for box in fewer
    )
    if beside < 0.4 * len(fewer):
        return True
    return _is_prose(left) and _is_prose(right)


def _is_prose(boxes: Sequence[Placed]) -> bool:
    """Whether most of the text stands in lines that fill their column."""
    full = max(box.right for box in boxes) - min(box.left for box in boxes)
    lines = [(len(box.text), box.right - box.left) for box in boxes]
    filling = sum(length for length, wide in lines if length >= _PROSE and (wide > 0.6 * full or length >= 2 * _PROSE))
    return filling >= 0.5 * sum(length for length, _ in lines)
