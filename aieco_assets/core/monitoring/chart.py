"""A bar chart as SVG text: small enough for a run's metadata, and nothing has to be imported to draw it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

_ROW, _LABEL, _BARS = 22, 150, 260


def bar_chart(labels: Sequence[str], values: Sequence[float], mark: float | None = None) -> str:
    """Horizontal bars, one per label; values at or above `mark` (drawn as a line) are red. Values are >= 0."""
    top = max([*values, mark or 0.0, 1e-12])
    bars = "".join(
        _bar(row, label, value, top, mark) for row, (label, value) in enumerate(zip(labels, values, strict=True))
    )
    height, width = _ROW * len(labels) + 8, _LABEL + _BARS + 60
    line = ""
    if mark is not None:
        x = _LABEL + _BARS * mark / top
        line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}" stroke="#888" stroke-dasharray="3"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'font-family="sans-serif" font-size="12">{bars}{line}</svg>'
    )


def calibration_chart(expected: Sequence[float], actual: Sequence[float]) -> str:
    """A dot per group of what was expected (right) against what came (up); on the grey line both are the same."""
    side, edge = 300, 40
    top = max([*expected, *actual, 1e-12]) * 1.05

    def x(value: float) -> float:
        return edge + side * value / top

    def y(value: float) -> float:
        return 10 + side * (1 - value / top)

    dots = "".join(
        f'<circle cx="{x(foreseen):.1f}" cy="{y(came):.1f}" r="4" fill="#2e86c1"/>'
        for foreseen, came in zip(expected, actual, strict=True)
    )
    marks = "".join(
        f'<text x="{x(value):.1f}" y="{side + 26}" text-anchor="middle">{value:.3g}</text>'
        f'<text x="{edge - 4}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        for value in (0.0, top / 2, top)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side + edge + 30}" height="{side + 50}" '
        f'font-family="sans-serif" font-size="12">'
        f'<line x1="{x(0):.1f}" y1="{y(0):.1f}" x2="{x(top):.1f}" y2="{y(top):.1f}" stroke="#aaa"/>{dots}{marks}'
        f'<text x="{edge + side / 2}" y="{side + 42}" text-anchor="middle">expected, against actual (up)</text></svg>'
    )


def as_markdown(svg: str, description: str) -> str:
    """The chart inside a markdown text."""
    return f"![{description}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


def _bar(row: int, label: str, value: float, top: float, mark: float | None) -> str:
    y = row * _ROW + 4
    colour = "#c0392b" if mark is not None and value >= mark else "#2e86c1"
    width = _BARS * value / top
    return (
        f'<text x="{_LABEL - 6}" y="{y + 13}" text-anchor="end">{escape(label)}</text>'
        f'<rect x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_ROW - 6}" fill="{colour}"/>'
        f'<text x="{_LABEL + width + 4:.1f}" y="{y + 13}">{value:.3g}</text>'
    )
