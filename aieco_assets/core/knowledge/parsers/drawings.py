"""Charts and diagrams (SmartArt) of Office files: their words and the values that they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Item, text
from aieco_assets.core.knowledge.parsers.package import Package
from aieco_assets.core.knowledge.parsers.xlsx_formats import shown_value
from aieco_assets.core.knowledge.tables import plain_table

if TYPE_CHECKING:
    from lxml.etree import _Element

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
CHART, DIAGRAM = f"{_C}chart", f"{_DGM}relIds"  # what refers to them in a drawing
_MOST_POINTS = 10_000


def drawing(reference: _Element, package: Package, part: str) -> Iterator[Item]:
    """The chart or diagram that a CHART or DIAGRAM of this part refers to."""
    if reference.tag == CHART:
        yield from chart(package.xml(package.related(part, reference.get(f"{_R}id", ""))))
    else:
        yield from diagram(package.xml(package.related(part, reference.get(f"{_R}dm", ""))))


def chart(root: _Element | None) -> Iterator[Item]:
    """Its title and, as a table, what it shows: a row per category, a column per series."""
    title = root.find(f"{_C}chart/{_C}title") if root is not None else None
    words = " ".join("".join(title.itertext(f"{A}t", f"{_C}v")).split()) if title is not None else ""
    if words:
        yield text(words)
    series = list(root.iter(f"{_C}ser")) if root is not None else []
    rows: dict[int, list[str]] = {}
    names = []
    for place, one in enumerate(series):
        names.append(
            " ".join("".join(name.itertext(f"{_C}v")).split()) if (name := one.find(f"{_C}tx")) is not None else ""
        )
        for kind, column in (("cat", 0), ("xVal", 0), ("val", place + 1), ("yVal", place + 1)):
            for number, value in _points(one.find(_C + kind)):
                row = rows.setdefault(number, [""] * (len(series) + 1))
                row[column] = row[column] or value
    if rows:
        yield plain_table([["", *names], *(rows[number] for number in sorted(rows))], header_rows=1)


def _points(values: _Element | None) -> Iterator[tuple[int, str]]:
    if values is None:
        return
    code = values.findtext(f".//{_C}formatCode") or "General"
    for count, point in enumerate(values.iter(f"{_C}pt")):
        told, number = point.findtext(f"{_C}v") or "", point.get("idx", "")
        if count >= _MOST_POINTS or not number.isdigit():
            return
        numeric = point.getparent().tag == f"{_C}numCache"
        try:
            yield int(number), shown_value(float(told), point.get("formatCode", code), False) if numeric else told
        except ValueError:
            yield int(number), told


def diagram(root: _Element | None) -> Iterator[Item]:
    """The words of a diagram, a line for each of its shapes."""
    for point in root.iter(f"{_DGM}pt") if root is not None else ():
        if point.get("type", "node") in ("node", "asst"):
            lines = ("".join(paragraph.itertext(f"{A}t")) for paragraph in point.iter(f"{A}p"))
            if words := " ".join(" ".join(lines).split()):
                yield text(words)
