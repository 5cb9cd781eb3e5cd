"""Parts of Word's XML that hold others: content controls, alternatives for older programs, drawings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsers.docx_styles import VAL, W, is_on
from aieco_assets.core.knowledge.parsers.drawings import CHART, DIAGRAM

if TYPE_CHECKING:
    from lxml.etree import _Element

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
GONE = frozenset(W + name for name in ("del", "moveFrom", "cellDel"))
INTO = frozenset(
    W + name for name in ("ins", "moveTo", "hyperlink", "smartTag", "customXml", "dir", "bdo", "fldSimple")
)
BOX = f"{W}txbxContent"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


def named(parent: _Element | None, name: str) -> str:
    """The value of a child ("pStyle"); empty for none."""
    found = parent.find(W + name) if parent is not None else None
    return "" if found is None else found.get(VAL, "")


def content(control: _Element) -> Iterable[_Element]:
    """What stands in a content control; nothing where it only prompts for its value."""
    properties = control.find(f"{W}sdtPr")
    inner = control.find(f"{W}sdtContent")
    if inner is None or (properties is not None and is_on(properties.find(f"{W}showingPlcHdr"))):
        return ()
    return inner


def chosen(alternatives: _Element) -> Iterable[_Element]:
    """One of the forms in which the same thing is in the file for newer and older programs."""
    for kind in ("Choice", "Fallback"):
        for one in alternatives.findall(MC + kind):
            if len(one):
                return one
    return ()


def drawn(drawing: _Element) -> list[_Element]:
    """The text boxes, charts and diagrams of a drawing, unless it is hidden."""
    if any(one.get("hidden") in ("1", "true") for one in drawing.iter(f"{_DRAWN}docPr")):
        return []
    found = []
    for box in drawing.iter(BOX, CHART, DIAGRAM):
        outer = box.iterancestors(BOX, f"{MC}Fallback")
        shapes = (shape.get("style", "").replace(" ", "") for shape in box.iterancestors())
        if any(_within(one, drawing) for one in outer) or any("visibility:hidden" in style for style in shapes):
            continue
        found.append(box)
    return found


def _within(element: _Element, drawing: _Element) -> bool:
    return any(above is drawing for above in element.iterancestors())
