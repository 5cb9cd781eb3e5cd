"""A table as one box on its page, and what of its cells is an amount."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aieco_assets.core.knowledge.parsers.pdf.lines import Line
from aieco_assets.core.knowledge.tables import Table

AMOUNT = re.compile(r"[(+\-−–~<>≤≥£$€¥\s]*\d[\d.,'\s]*[%)€£$]*")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass
class PlacedTable:
    """A table as one box on its page. `columns`: left and right of each, in points. `height`: of its text.
    `lead`: lines to be read before it.
    """

    table: Table
    left: float
    bottom: float
    right: float
    top: float
    columns: list[tuple[float, float]]
    height: float
    lead: list[Line] = field(default_factory=list)
    text: str = ""  # a box without words of its own is never a line of a column


def is_amount(text: str) -> bool:
    return bool(AMOUNT.fullmatch(text)) and not _YEAR.fullmatch(text)
