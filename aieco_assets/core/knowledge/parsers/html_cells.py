"""Cells of html tables, and the numbers of list items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsers.docx_styles import formatted

if TYPE_CHECKING:
    from bs4 import Tag

_LIST_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def cells_of(row: Tag) -> list[Tag]:
    from bs4 import Tag

    return [cell for cell in row.children if isinstance(cell, Tag) and cell.name in ("td", "th")]


def is_strong(cell: Tag) -> bool | None:
    """Whether all its words are bold; None where it has none."""
    from bs4 import Tag
    from bs4.element import PreformattedString

    found: bool | None = None
    for child in cell.children:
        if isinstance(child, Tag):
            if child.name in ("b", "strong"):
                inner = True if child.get_text(strip=True) else None
            else:
                inner = is_strong(child)
        else:
            inner = False if str(child).strip() and not isinstance(child, PreformattedString) else None
        if inner is False:
            return False
        found = found or inner
    return found


def span(cell: Tag, name: str) -> int:
    told = str(cell.get(name, "")).strip()
    if name == "rowspan" and told == "0":
        return 65_534  # to the last row
    return int(told) if told.isdigit() else 1


def bullet(item: Tag) -> str:
    listed = item.parent
    if listed is None or listed.name != "ol":
        return "• "
    start = str(listed.get("start", "1"))
    place = int(start) if start.lstrip("-").isdigit() else 1
    for before in listed.find_all("li", recursive=False):
        value = str(before.get("value", ""))
        place = int(value) if value.isdigit() else place
        if before is item:
            break
        place += 1
    return f"{formatted(place, _LIST_FORMS.get(str(listed.get('type', '1')), 'decimal'))}. "
