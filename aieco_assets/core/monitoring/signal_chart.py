"""Signals over time as SVG text: a row with a line for each, on a scale of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_ROW, _LABEL, _LINE = 26, 260, 300


def signal_rows(series: Mapping[tuple[str, str], Sequence[float]]) -> str:
    """By (metric, entity) the values, oldest first; NaN leaves a gap. The last value stands at the end of its row."""
    rows = "".join(_row(number, f"{name} ({of})", series[name, of]) for number, (name, of) in enumerate(sorted(series)))
    height, width = _ROW * len(series) + 8, _LABEL + _LINE + 80
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{rows}</svg>'
    )


def _row(number: int, label: str, values: Sequence[float]) -> str:
    top = number * _ROW + 4
    known = [value for value in values if not math.isnan(value)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span, steps = (high - low) or 1.0, max(len(values) - 1, 1)

    def point(step: int, value: float) -> tuple[float, float]:
        return _LABEL + _LINE * step / steps, top + (_ROW - 8) * (1 - (value - low) / span)

    parts, stretch = "", []
    for step, value in enumerate([*values, math.nan]):
        if not math.isnan(value):
            stretch.append(point(step, value))
            continue
        if len(stretch) > 1:
            parts += (
                f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in stretch)}" fill="none" stroke="#2e86c1"/>'
            )
        elif stretch:
            parts += f'<circle cx="{stretch[0][0]:.1f}" cy="{stretch[0][1]:.1f}" r="2" fill="#2e86c1"/>'
        stretch = []
    last = f"{known[-1]:.3g}" if known else ""
    return (
        f'<text x="{_LABEL - 6}" y="{top + 14}" text-anchor="end">{escape(label)}</text>{parts}'
        f'<text x="{_LABEL + _LINE + 6}" y="{top + 14}">{last}</text>'
    )
