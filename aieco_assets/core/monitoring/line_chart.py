"""A line with what is expected after it and its bounds, as SVG text: small enough for a run's metadata."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 200, 70, 20


def forecast_chart(
    past: Sequence[float], expected: Sequence[float], low: Sequence[float], high: Sequence[float], first: str, last: str
) -> str:
    """Past values (NaN leaves a gap) in grey, then what is expected in blue within its band; values are >= 0.

    `first` and `last` are written under the two ends.
    """
    top = max([value for value in (*past, *high) if not math.isnan(value)], default=0.0) or 1.0
    steps = max(len(past) + len(expected) - 1, 1)

    def point(step: int, value: float) -> str:
        x = _LEFT + (_WIDTH - _LEFT) * step / steps
        return f"{x:.1f},{(_HEIGHT - _BOTTOM) * (1 - value / top):.1f}"

    seen = " ".join(point(step, value) for step, value in enumerate(past) if not math.isnan(value))
    ahead = [point(len(past) + step, value) for step, value in enumerate(expected)]
    upper = [point(len(past) + step, value) for step, value in enumerate(high)]
    lower = [point(len(past) + step, value) for step, value in enumerate(low)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'font-family="sans-serif" font-size="12">'
        f'<polygon points="{" ".join([*upper, *reversed(lower)])}" fill="#2e86c1" fill-opacity="0.2"/>'
        f'<polyline points="{seen}" fill="none" stroke="#888"/>'
        f'<polyline points="{" ".join(ahead)}" fill="none" stroke="#2e86c1" stroke-width="2"/>'
        f'<text x="{_LEFT - 6}" y="12" text-anchor="end">{top:,.0f}</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">{escape(first)}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 4}" text-anchor="end">{escape(last)}</text></svg>'
    )
