"""One page: what is seen on it as spans, and spans as items (paragraphs, tables) in reading order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsers.pdf.aligned_tables import tables_between_rules, with_tables
from aieco_assets.core.knowledge.parsers.pdf.characters import ASKEW, read_pieces
from aieco_assets.core.knowledge.parsers.pdf.columns import parted
from aieco_assets.core.knowledge.parsers.pdf.drawings import Drawings, read_drawings
from aieco_assets.core.knowledge.parsers.pdf.forms import field_spans
from aieco_assets.core.knowledge.parsers.pdf.lines import Line, TextBlock, blocks_of, lines_of
from aieco_assets.core.knowledge.parsers.pdf.placed_tables import PlacedTable
from aieco_assets.core.knowledge.parsers.pdf.ruled_tables import ruled_tables
from aieco_assets.core.knowledge.parsers.pdf.spans import Span, joined_askew, spans_of
from aieco_assets.core.knowledge.parsers.pdf.visibility import Inks, drawn_once, not_struck, on_page

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_LARGE = 1.3  # of the body's lines
MOST_SPANS = 12_000  # of a page: a map, whose words have no order


@dataclass
class Direction:
    """What runs in one direction on a page, turned to run from left to right. `low`, `high`: the page's edges."""

    angle: int
    spans: list[Span]
    drawings: Drawings
    low: float
    high: float


@dataclass
class Sheet:
    """A page as it was found. `told`: its text where that was read in another way, in lines. `nonsense`: its characters
    stand for no letters.
    """

    directions: list[Direction] = field(default_factory=list)
    told: str = ""
    nonsense: bool = False

    @property
    def characters(self) -> int:
        return len(self.told) + sum(len(span.text) for one in self.directions for span in one.spans)

    @cached_property
    def heights(self) -> Counter[float]:
        """Of its spans, rounded to half a point, by how many characters are that high."""
        halves: dict[int, int] = {}
        for direction in self.directions:
            for span in direction.spans:
                half = int((span.top - span.bottom) * 2 + 0.5)
                halves[half] = halves.get(half, 0) + len(span.text)
        return Counter({half / 2: count for half, count in halves.items()})

    def texts(self) -> Iterator[str]:
        yield self.told
        for direction in self.directions:
            yield "\n".join([span.text for span in direction.spans])

    def biggest(self, body: float) -> str:
        """The lines in the largest letters, which name a document that does not name itself; empty if none is large."""
        spans = [span for span in self.directions[0].spans if sum(map(str.isalpha, span.text)) > 2]
        tallest = max((span.height for span in spans), default=0.0)
        if tallest < _LARGE * body:
            return ""
        return " ".join([span.text for span in spans if span.height > 0.95 * tallest][:3])


def read_sheet(pdf: PdfDocument, page: PdfPage, textpage: PdfTextPage, text: str) -> Sheet:
    """`text`: of the page, a character for each of pdfium's."""
    edges = page.get_bbox()

    @cache
    def drawings() -> Drawings:
        return read_drawings(page)

    sheet = Sheet()
    inks = Inks(textpage)
    for angle, pieces in read_pieces(textpage, text).items():
        turned = _turned_box(edges, angle)
        kept = drawn_once(on_page(pieces, turned) if angle != ASKEW else pieces)
        drawn = drawings().turned(angle)
        spans = spans_of(not_struck(inks.seen(kept, drawn), drawn), bool(angle), drawn.down)
        inks.embolden(spans)
        if spans:
            sheet.directions.append(Direction(angle, spans, drawn, turned[1], turned[3]))
    # Most of the text first: a stamp at the side of a page is no beginning.
    sheet.directions.sort(key=lambda one: -sum(len(span.text) for span in one.spans))
    for direction in sheet.directions[1:]:
        for span in direction.spans:
            span.aside = True
    fields = field_spans(pdf, page)
    if fields:
        upright = next((one for one in sheet.directions if one.angle == 0), None)
        if upright is None:
            upright = Direction(0, [], drawings(), edges[1], edges[3])
            sheet.directions.append(upright)
        upright.spans = upright.spans + fields
    return sheet


def _turned_box(box: tuple[float, float, float, float], angle: int) -> tuple[float, float, float, float]:
    left, bottom, right, top = box
    if angle == 90:
        return bottom, -right, top, -left
    if angle == 180:
        return -right, -top, -left, -bottom
    if angle == 270:
        return -top, left, -bottom, right
    return box


@dataclass
class Items:
    """Of a page, in reading order. `unordered`: their order can't be told from where they stand."""

    items: list[TextBlock | PlacedTable]
    unordered: bool = False


def items_of(sheet: Sheet) -> Items:
    found = Items([])
    for direction in sheet.directions:
        if direction.angle == ASKEW or len(direction.spans) > MOST_SPANS:
            spans = joined_askew(direction.spans) if direction.angle == ASKEW else direction.spans
            found.items += [TextBlock([Line([span])]) for span in spans]
            found.unordered |= len(direction.spans) > MOST_SPANS
            continue
        tables, rest = ruled_tables(direction.spans, direction.drawings)
        between, rest = tables_between_rules(rest, direction.drawings)
        tables += between
        scattered = several = 0
        for group in parted([*rest, *tables]):
            spans = [one for one in group if isinstance(one, Span)]
            lines = lines_of(spans)
            for line in lines:
                line.bold = all(cell.bold for cell in line.cells)
            for part in _between(lines, [one for one in group if isinstance(one, PlacedTable)]):
                if isinstance(part, PlacedTable):
                    found.items += [TextBlock([line]) for line in part.lead]
                    found.items.append(part)
                    continue
                for item in _grouped(with_tables(part, direction.drawings)):
                    found.items.append(item)
                    if isinstance(item, TextBlock):
                        several += len(item.lines)
                        scattered += sum(line.is_scattered for line in item.lines)
        found.unordered |= scattered >= 6 and scattered > 0.3 * several
    return found


def _between(lines: list[Line], tables: list[PlacedTable]) -> list[list[Line] | PlacedTable]:
    """Runs of lines and the tables, from top to bottom."""
    found: list[list[Line] | PlacedTable] = []
    rest = lines
    for table in sorted(tables, key=lambda one: -one.top):
        middle = (table.top + table.bottom) / 2
        above = [line for line in rest if line.middle > middle]
        rest = rest[len(above) :]
        found += [above, table] if above else [table]
    return [*found, rest] if rest else found


def _grouped(parts: list[Line | PlacedTable]) -> list[TextBlock | PlacedTable]:
    found: list[TextBlock | PlacedTable] = []
    lines: list[Line] = []
    for part in [*parts, None]:
        if isinstance(part, Line):
            lines.append(part)
            continue
        if lines:
            found += blocks_of(lines)
            lines = []
        if part is not None:
            found.append(part)
    return found


def body_height(sheets: list[Sheet]) -> float:
    """Of the lines of running text: the height in which most characters are set."""
    heights: Counter[float] = Counter()
    for sheet in sheets:
        heights.update(sheet.heights)
    return heights.most_common(1)[0][0] if heights else 0.0
