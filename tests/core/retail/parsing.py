"""Reads files by the rules of a test's own shop, without storage."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from aieco_assets.core.retail.reading_rules import Rules
from aieco_assets.core.retail.rows import ParsedFile, parse_file
from aieco_assets.core.retail.shop.find import read_mapping
from aieco_assets.core.retail.shop.mapping import Shop

FIRST_DAY, LAST_DAY = date(2010, 1, 1), date(2011, 12, 31)
# The least that a mapping says, of a shop whose columns are called so.
PLAIN = {"order": "order", "time": "time", "item": "item", "quantity": "quantity", "unit_price": "price"}


def shop(columns: dict[str, Any] | None = None, **entries: Any) -> Shop:
    """The mapping that a `shop.yaml` of these entries gives."""
    return read_mapping(yaml.safe_dump({"columns": columns or PLAIN, **entries}), "shop.yaml")


def parsed_of(
    data: bytes | str, name: str = "a.csv", mapping: Shop | None = None, undated_under: date | None = None, **rules: Any
) -> ParsedFile:
    """`rules`: lookups, or other first and last days than those of the years 2010 and 2011."""
    content = data.encode() if isinstance(data, str) else data
    days = {"first_day": FIRST_DAY, "last_day": LAST_DAY}
    return parse_file(content, name, Rules(**{**days, "mapping": mapping, **rules}), undated_under)
