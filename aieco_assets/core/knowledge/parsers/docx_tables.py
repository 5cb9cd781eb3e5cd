"""Tables of Word: their rows and cells as they are seen, and whether they are tables at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsers.docx_parts import GONE, INTO, content
from aieco_assets.core.knowledge.parsers.docx_styles import VAL, Styles, W, is_on

if TYPE_CHECKING:
    from lxml.etree import _Element


def rows_of(table: Iterable[_Element]) -> Iterator[_Element]:
    for element in table:
        if element.tag == f"{W}tr":
            if not _row_gone(element):
                yield element
        elif element.tag == f"{W}sdt":
            yield from rows_of(content(element))
        elif element.tag in INTO:
            yield from rows_of(element)


def cells_of(row: Iterable[_Element]) -> Iterator[_Element]:
    for element in row:
        if element.tag == f"{W}tc":
            if element.find(f"{W}tcPr/{W}cellDel") is None:
                yield element
        elif element.tag == f"{W}sdt":
            yield from cells_of(content(element))
        elif element.tag in INTO:
            yield from cells_of(element)


def _row_gone(row: _Element) -> bool:
    properties = row.find(f"{W}trPr")
    if properties is None:
        return False
    return any(child.tag in GONE for child in properties) or is_on(properties.find(f"{W}hidden"))


def is_layout(cells: list[list[_Element]], styles: Styles) -> bool:
    """Whether a table only puts things beside each other.

    It has one column, holds headings with text of their own under them, or tables in its first row or in most rows: a
    table inside a row of values is no layout.
    """
    if max(map(len, cells), default=0) < 2:
        return True
    nested = [any(next(cell.iter(f"{W}tbl"), None) is not None for cell in row) for row in cells]
    if nested[0] or 2 * sum(nested) > len(cells):
        return True
    return any(_is_section(cell, styles) for row in cells for cell in row)


def _is_section(cell: _Element, styles: Styles) -> bool:
    """Whether it holds a heading and something else; one that is alone in its cell heads a column or a row."""
    filled = [p for p in cell.iter(f"{W}p") if any(t.text for t in p.iter(f"{W}t"))]
    return len(filled) > 1 and any(is_heading(paragraph, styles) for paragraph in filled)


def is_heading(paragraph: _Element, styles: Styles) -> bool:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return style is not None and styles.is_heading(style.get(VAL, ""))


def is_strong(cell: _Element, styles: Styles) -> bool:
    """Whether it looks like a heading: shaded, bold or in a style for headings."""
    shade = cell.find(f"{W}tcPr/{W}shd")
    if shade is not None and shade.get(f"{W}fill", "auto").lower() not in ("auto", "ffffff"):
        return True
    runs = [run for run in cell.iter(f"{W}r") if run.find(f"{W}t") is not None]
    return bool(runs) and all(_is_bold(run, styles) for run in runs)


def _is_bold(run: _Element, styles: Styles) -> bool:
    own = run.find(f"{W}rPr/{W}b")
    if own is not None:
        return is_on(own)
    character = run.find(f"{W}rPr/{W}rStyle")
    paragraph = next(run.iterancestors(f"{W}p"), None)
    styled = paragraph.find(f"{W}pPr/{W}pStyle") if paragraph is not None else None
    if paragraph is not None and is_heading(paragraph, styles):
        return True
    names = (style.get(VAL, "") for style in (character, styled) if style is not None)
    return any(is_on(styles.property(name, "rPr/b")) for name in names)


def sets_off(look: _Element | None, name: str, bit: int) -> bool:
    """Whether a table's look has its `name` (firstRow) on."""
    if look is None:
        return False
    told = look.get(W + name)
    if told is not None:
        return told not in ("0", "false")
    value = look.get(VAL, "0")
    return bool(int(value, 16) & bit) if value and all(c in "0123456789abcdefABCDEF" for c in value) else False
