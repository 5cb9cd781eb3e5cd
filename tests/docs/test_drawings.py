"""Drawings of the docs: what stands in a box fits into it, and no line runs through one."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import ImageFont

IMAGES = Path(__file__).parents[2] / "docs" / "images"
# As wide as any sans-serif that a reader's machine is likely to have.
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SVG = "{http://www.w3.org/2000/svg}"
EDGE = 1.0


def boxes(drawing: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of all but the background."""
    found = [one.attrib for one in drawing.iter(f"{SVG}rect") if "stroke" in one.attrib]
    sides = [[float(one[name]) for name in ("x", "y", "width", "height")] for one in found]
    return [(x, y, x + width, y + height) for x, y, width, height in sides]


def corners(path: str) -> list[tuple[float, float]]:
    """Of a path of M, H and V."""
    x = y = 0.0
    found = []
    for command, values in re.findall(r"([MHV])([\d. ]+)", path):
        numbers = [float(one) for one in values.split()]
        x, y = numbers if command == "M" else (numbers[0], y) if command == "H" else (x, numbers[0])
        found.append((x, y))
    return found


@pytest.mark.parametrize("name", ["answer.svg", "architecture.svg"])
def test_what_stands_in_a_box_fits_into_it(name: str) -> None:
    drawing = ElementTree.fromstring((IMAGES / name).read_text())
    for text in drawing.iter(f"{SVG}text"):
        font = "DejaVuSans-Bold.ttf" if "font-weight" in text.attrib else "DejaVuSans.ttf"
        size = float(text.get("font-size", drawing.attrib["font-size"]))
        width = ImageFont.truetype(str(FONTS / font), 100).getlength(text.text or "") * size / 100
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        for left, top, right, bottom in boxes(drawing):
            if left < x < right and top < y < bottom:
                assert left < x - width / 2 and x + width / 2 < right, text.text


@pytest.mark.parametrize("name", ["answer.svg", "architecture.svg"])
def test_no_line_runs_through_a_box(name: str) -> None:
    drawing = ElementTree.fromstring((IMAGES / name).read_text())
    lines = [one.attrib["d"] for one in drawing.iter(f"{SVG}path") if one.get("fill") == "none"]
    assert lines
    for line in lines:
        points = corners(line)
        for (x1, y1), (x2, y2) in pairwise(points):
            for left, top, right, bottom in boxes(drawing):
                beside = max(x1, x2) <= left + EDGE or min(x1, x2) >= right - EDGE
                apart = max(y1, y2) <= top + EDGE or min(y1, y2) >= bottom - EDGE
                assert beside or apart, line
