"""What was recorded under benchmarks/results, as curves: read, estimated beyond what was measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from itertools import pairwise

from benchmarks.record import RESULTS
from benchmarks.scaling.meter import Point, exponent

# Curve by step: the points of the curve, the smallest first.
Curves = Mapping[str, list[Point]]


def is_recorded(name: str) -> bool:
    return (RESULTS / f"scale-{name}.json").exists()


def recorded(name: str) -> Curves:
    """The steps of the benchmark `scale-NAME`, in the order in which they were measured."""
    curves: dict[str, list[Point]] = {}
    names = {field.name for field in fields(Point)}
    for row in json.loads((RESULTS / f"scale-{name}.json").read_text())["results"]:
        if row.get("step"):
            point = Point(**{key: value for key, value in row.items() if key in names})
            curves.setdefault(point.step, []).append(point)
    return {step: sorted(points, key=lambda point: point.size) for step, points in curves.items()}


def estimate(curve: list[Point], size: float) -> float:
    """The value at a size: on the line between its neighbours, both axes logarithmic; beyond the largest by the
    exponent of the last two, and never by less than in proportion, below the smallest the smallest's value."""
    known = [(point.size, point.value) for point in curve if point.value > 0]
    if size <= known[0][0] or len(known) == 1:
        return known[0][1] * max(1.0, size / known[0][0])
    last, end = known[-2:]
    if size > end[0]:
        return end[1] * (size / end[0]) ** max(1.0, slope(last, end))
    before, after = next(pair for pair in pairwise(known) if size <= pair[1][0])
    return math.exp(math.log(before[1]) + slope(before, after) * math.log(size / before[0]))


def slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    return exponent(*zip(one, other, strict=True))
