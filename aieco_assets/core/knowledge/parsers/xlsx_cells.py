"""The cells of a sheet that are seen, with their values as Excel shows them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers.xlsx_formats import Format, formats_of, shown_value

if TYPE_CHECKING:
    from lxml.etree import _Element

    from aieco_assets.core.knowledge.parsers.package import Package

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MAX_SHOWN = 2_000_000  # filled cells of a workbook
Place = tuple[int, int]  # row and column, from 1
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")


@dataclass(frozen=True)
class Area:
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Shown:
    text: str
    strong: bool = False


@dataclass
class Workbook:
    """What the sheets share."""

    strings: list[str]
    formats: list[Format]
    date1904: bool
    recalculated: bool  # Excel computes all formulas when it opens the file: zeros saved by a program are no results
    shown: int = 0

    @classmethod
    def of(cls, package: Package, main: str, root: _Element) -> Workbook:
        properties, calculation = root.find(f"{S}workbookPr"), root.find(f"{S}calcPr")
        strings = package.xml(package.related_kind(main, "sharedStrings"))
        styles = package.xml(package.related_kind(main, "styles"))
        return cls(
            [_rich_text(item) for item in strings.iter(f"{S}si")] if strings is not None else [],
            formats_of(styles) if styles is not None else [],
            properties is not None and properties.get("date1904") in ("1", "true"),
            calculation is not None and calculation.get("fullCalcOnLoad") in ("1", "true"),
        )

    def format(self, style: str | None) -> Format:
        number = int(style) if style and style.isdigit() else 0
        return self.formats[number] if number < len(self.formats) else Format("General", False, False)


@dataclass
class Sheet:
    """`cells`: what is seen. `unsaved`: formulas without a result, which `fill` puts in."""

    name: str
    part: str
    cells: dict[Place, Shown] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    headings: list[Area] = field(default_factory=list)  # header rows of Excel's own tables
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    unsaved: dict[Place, str | None] = field(default_factory=dict)  # place -> style

    def fill(self, book: Workbook, computed: Mapping[tuple[str, Place], str | float | bool]) -> int:
        """Puts computed results in; returns how many formulas stay without one."""
        missing = 0
        for place, style in self.unsaved.items():
            value = computed.get((self.name, place))
            form = book.format(style)
            if value is None:
                missing += 1
            elif not form.struck and (words := shown_value(value, form.code, book.date1904)):
                self.cells[place] = Shown(words, form.strong)
        return missing


def read_sheet(package: Package, part: str, name: str, book: Workbook) -> Sheet:
    """Raises UnreadableDocument when the sheet is broken or holds too much."""
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    sheet = Sheet(name, part)
    data = package.read(part)
    if data is None:
        raise package.broken(f"the sheet {name} is missing")
    wanted = [S + tag for tag in ("row", "cols", "mergeCells", "sheetFormatPr")]
    try:
        for _, element in etree.iterparse(io.BytesIO(data), tag=wanted, huge_tree=True, resolve_entities=False):
            if element.tag == f"{S}row":
                _read_row(element, sheet, book)
            elif element.tag == f"{S}cols":
                _read_columns(element, sheet)
            elif element.tag == f"{S}mergeCells":
                sheet.merged = [area for merged in element if (area := _area(merged.get("ref", "")))]
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise package.broken(str(error)) from None
    for table in package.all_related(part, "table"):
        root = package.xml(table)
        area = _area(root.get("ref", "")) if root is not None else None
        if area and root is not None and root.get("headerRowCount", "1") != "0":
            sheet.headings.append(Area(area.top, area.left, area.top, area.right))
    return sheet


def _read_columns(columns: _Element, sheet: Sheet) -> None:
    for column in columns:
        if column.get("hidden") in ("1", "true") or column.get("width") == "0":
            last = min(int(column.get("max", "0")), 16_384)
            sheet.hidden_columns.update(range(int(column.get("min", "1")), last + 1))


def _read_row(row: _Element, sheet: Sheet, book: Workbook) -> None:
    told = row.get("r", "")
    number = int(told) if told.isdigit() else 0
    if row.get("hidden") in ("1", "true") or row.get("ht") == "0":
        sheet.hidden_rows.add(number)
        return
    column = 0
    for cell in row:
        match = _PLACE.fullmatch(cell.get("r", ""))
        column = _column(match[1]) if match else column + 1
        if not len(cell):  # formatted and empty, as most cells of a careless workbook
            continue
        place = (number, column)
        value = cell.findtext(f"{S}v")
        if cell.find(f"{S}f") is not None and (not value or (book.recalculated and value == "0")):
            sheet.unsaved[place] = cell.get("s")
            continue
        form = book.format(cell.get("s"))
        words = "" if form.struck else _cell_text(cell, value, form.code, book)
        if words.strip():
            sheet.cells[place] = Shown(words, form.strong)
            book.shown += 1
            if book.shown > MAX_SHOWN:
                raise UnreadableDocument(f"it has more than {MAX_SHOWN:,} filled cells")


def _cell_text(cell: _Element, value: str | None, code: str, book: Workbook) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(f"{S}is")
        return shown_value(_rich_text(inline), code, book.date1904) if inline is not None else ""
    if value is None:
        return ""
    if kind == "s":
        place = int(value) if value.isdigit() else -1
        words = book.strings[place] if 0 <= place < len(book.strings) else ""
        return shown_value(words, code, book.date1904)
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind in ("str", "e"):
        return shown_value(value, code, book.date1904)
    if kind == "d":
        return value.replace("T", " ").removesuffix(" 00:00:00")
    try:
        return shown_value(float(value), code, book.date1904)
    except ValueError:
        return value


def _rich_text(item: _Element) -> str:
    """A shared or inline string without what is struck out and without the reading aids of Japanese."""
    told = []
    for part in item:
        if part.tag == f"{S}t":
            told.append(part.text or "")
        elif part.tag == f"{S}r":
            struck = part.find(f"{S}rPr/{S}strike")
            if struck is None or struck.get("val", "1") in ("0", "false"):
                told.append(part.findtext(f"{S}t") or "")
    return "".join(told)


def _area(reference: str) -> Area | None:
    first, _, last = reference.partition(":")
    one, other = _PLACE.fullmatch(first), _PLACE.fullmatch(last or first)
    if one is None or other is None:
        return None
    return Area(int(one[2]), _column(one[1]), int(other[2]), _column(other[1]))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
