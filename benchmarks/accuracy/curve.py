"""The risk-coverage curve: what share of the answers is wrong when the least sure ones are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.accuracy.judging import Judged

INK, GRID = "#222222", "#dddddd"
COLOURS = {"quote": "#1f5fa8", "write": "#c1521f"}
SHARES = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Point:
    """At one threshold: the share of all questions that is answered, and the share of the answers that is wrong."""

    answered: float
    wrong: float
    confidence: float


def risk_coverage(replies: Sequence[tuple[float, bool]], questions: int) -> list[Point]:
    """A point for each confidence at which answers begin, surest first. `replies`: (confidence, right) of those that
    can be answered at all, out of so many questions."""
    points, answered, wrong = [], 0, 0
    for confidence, group in groupby(sorted(replies, key=lambda one: -one[0]), key=lambda one: one[0]):
        for _, right in group:
            answered, wrong = answered + 1, wrong + (not right)
        points.append(Point(answered / questions, wrong / answered, confidence))
    return points


def curve_of(judged: Sequence[Judged]) -> list[Point]:
    """Over all questions, those without an answer too: whatever is said to one of them is wrong."""
    made = [(one.told.made.confidence, one.made_right) for one in judged if not one.told.made.silent]
    return risk_coverage(made, len(judged))


def operating_point(judged: Sequence[Judged]) -> Point | None:
    """Where the policy stands."""
    said = [one for one in judged if not one.told.said.silent]
    if not said:
        return None
    lowest = min(one.told.said.confidence for one in said)
    return Point(len(said) / len(judged), sum(not one.right for one in said) / len(said), lowest)


def risk_at(points: Sequence[Point], share: float) -> float | None:
    """Share wrong at the first threshold at which at least this share is answered; None where so many never are."""
    return next((point.wrong for point in points if point.answered >= share - 1e-9), None)


def draw(panels: Sequence[tuple[str, dict[str, Sequence[Judged]]]], file: Path) -> None:
    """A panel per set, a line per way of answering, a dot where its policy stands."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import PercentFormatter

    style: Any = {"svg.hashsalt": "aieco", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 11}
    rows = (len(panels) + 1) // 2
    style |= {"text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK}
    with pyplot.rc_context(style):
        figure, axes = pyplot.subplots(rows, 2, figsize=(10, 3.9 * rows), squeeze=False, facecolor="white")
        for axis, (title, ways) in zip(axes.flat, panels, strict=False):
            for mode, judged in ways.items():
                points, colour = curve_of(judged), COLOURS[mode]
                axis.plot([p.answered for p in points], [p.wrong for p in points], color=colour, lw=2, label=mode)
                if stands := operating_point(judged):
                    shown = {"color": colour, "ms": 9, "mec": "white", "clip_on": False}
                    axis.plot(stands.answered, stands.wrong, "o", label=f"{mode}, as packaged", **shown)
            axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="share answered", ylabel="share wrong of what is answered")
            axis.set_title(title, fontsize=12)
            for side in (axis.xaxis, axis.yaxis):
                side.set_major_formatter(PercentFormatter(1.0))
            axis.grid(color=GRID)
            axis.set_axisbelow(True)
            axis.legend(loc="best", frameon=False)
        for axis in list(axes.flat)[len(panels) :]:
            axis.set_visible(False)
        figure.tight_layout(pad=1.5)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata={"Date": None, "Creator": None}, facecolor="white")
        pyplot.close(figure)
