"""`python -m benchmarks.scaling.plot`: draws docs/images/scale.svg from what was recorded, and prints its figures as a
table of Markdown."""

from __future__ import annotations

from pathlib import Path

from benchmarks.scaling.curves import is_recorded, recorded, slope
from benchmarks.scaling.meter import exponent

PLOT = Path(__file__).parents[2] / "docs" / "images" / "scale.svg"
CURVES = ("lines", "documents", "chunks", "customers")


def draw(file: Path = PLOT) -> None:
    """Processor seconds over size, one panel a curve; a dotted line has the slope of proportion."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "aieco", "font.size": 8}
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(2, 2, figsize=(9, 7), layout="constrained")
    found = [name for name in CURVES if is_recorded(name)]
    for panel in panels.flat[len(found) :]:
        panel.set_axis_off()
    for panel, name in zip(panels.flat, found, strict=False):
        steps = {step: points for step, points in recorded(name).items() if points[0].wall and len(points) > 1}
        for step, points in steps.items():
            sizes, values = [point.size for point in points], [point.value for point in points]
            panel.loglog(sizes, values, marker="o", markersize=3, linewidth=1, label=step)
        sizes = [min(points[0].size for points in steps.values()), max(points[-1].size for points in steps.values())]
        lowest = min(points[0].value for points in steps.values())
        proportional = [lowest, lowest * sizes[1] / sizes[0]]
        panel.loglog(sizes, proportional, linestyle=":", color="grey", linewidth=1, label="in proportion")
        panel.set(xlabel=name, ylabel="processor seconds")
        panel.legend(frameon=False, fontsize=6)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})


def table(name: str) -> list[str]:
    """A row a step: processor seconds at each size, the exponents, seconds and memory at the largest."""
    rows = []
    curves = recorded(name)
    sizes = sorted({point.size for points in curves.values() for point in points})
    for step, points in curves.items():
        known = [(point.size, point.value) for point in points if point.value > 0]
        whole = f"{exponent(*zip(*known, strict=True)):.2f}" if len(known) > 1 else ""
        last = f"{slope(*known[-2:]):.2f}" if len(known) > 1 else ""
        largest = points[-1]
        told = " | " if largest.wall is None else f"{largest.wall:,.0f} s | {(largest.peak or 0) / 1024:.1f} GiB"
        at = {point.size: _rounded(point.value) for point in points}
        values = " | ".join(at.get(size, "") for size in sizes)
        rows.append(f"| {step} ({largest.unit}) | {values} | {whole} | {last} | {told} |")
    return rows


def _rounded(value: float) -> str:
    """Three digits, and no power of ten."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    draw()
    for curve in filter(is_recorded, (*CURVES, "requests")):
        print(curve, *table(curve), sep="\n")
