"""Workbooks (xlsx) as Excel shows them: a page per sheet that is seen and holds something, under the sheet's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.parsers.package import Package, open_package
from aieco_assets.core.knowledge.parsers.xlsx_cells import Sheet, Workbook, read_sheet
from aieco_assets.core.knowledge.parsers.xlsx_formulas import results
from aieco_assets.core.knowledge.parsers.xlsx_layout import laid_out

if TYPE_CHECKING:
    from lxml.etree import _Element

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_NO_RESULT = "{count} formulas have no saved result and could not be computed: open the workbook and save it."


def parse(data: bytes) -> ParsedDocument:
    package = open_package(data, "workbook")
    main = package.main()
    root = package.xml(main)
    if root is None or root.tag != f"{S}workbook":
        raise package.broken("it is no workbook of Excel 2007 or newer")
    book = Workbook.of(package, main, root)
    sheets = [read_sheet(package, part, name, book) for name, part in _seen(package, main, root)]
    missing = [(sheet.name, place) for sheet in sheets for place in sheet.unsaved]
    unknown = 0
    if missing:
        computed = results(data, missing)
        unknown = sum(sheet.fill(book, computed) for sheet in sheets)
    pages = []
    for sheet in sheets:
        items = [*laid_out(sheet), *_drawn(package, sheet)]
        if items:
            pages.append(page_of([heading(sheet.name), *items], len(pages) + 1))
    if unknown and not pages:
        raise UnreadableDocument("it holds only formulas without a saved result: open the workbook and save it")
    warnings = (_NO_RESULT.format(count=unknown),) if unknown else ()
    return ParsedDocument(title_of(package.property("title"), pages), tuple(pages), package.facts(), warnings)


def _seen(package: Package, main: str, root: _Element) -> Iterator[tuple[str, str]]:
    """(name, part) of the sheets that are not hidden."""
    for sheet in root.iter(f"{S}sheet"):
        part = package.related(main, sheet.get(f"{_R}id", ""))
        if sheet.get("state", "visible") == "visible" and part:
            yield sheet.get("name", ""), part


def _drawn(package: Package, sheet: Sheet) -> Iterator[Item]:
    """Text boxes that lie on the sheet."""
    root = package.xml(package.related_kind(sheet.part, "drawing"))
    for shape in root.iter(f"{_XDR}sp") if root is not None else ():
        if next(shape.iterancestors(f"{_MC}Fallback"), None) is not None:  # once more, for older programs
            continue
        named = shape.find(f"{_XDR}nvSpPr/{_XDR}cNvPr")
        if named is not None and named.get("hidden") in ("1", "true"):
            continue
        lines = ["".join(paragraph.itertext(f"{_A}t")) for paragraph in shape.iter(f"{_A}p")]
        if any(line.strip() for line in lines):
            yield text("\n".join(lines))
