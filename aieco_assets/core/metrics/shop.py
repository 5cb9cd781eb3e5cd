"""What is known of the shop whose numbers are told: its currency, and what it calls its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

UNKNOWN = "Unspecified"  # the marts' name of a missing country, category or store
# Roles that lines can be grouped by, and what everybody calls them.
_NAMES = {
    "country": ("country", "countries", "market"),
    "category": ("category", "categories"),
    "store": ("store", "shop", "branch", "branches"),
    "item": ("item", "product", "article"),
    "customer": ("customer",),
}
_SIGNS = {"GBP": "£", "USD": "$", "EUR": "€"}


def marks(currency: str) -> tuple[str, str]:
    """What stands before and after an amount: £, $ and € before it, other codes after it; nothing when not known."""
    code = currency if re.fullmatch("[A-Z]{3}", currency) else ""
    return _SIGNS.get(code, ""), f" {code}" if code and code not in _SIGNS else ""


@dataclass(frozen=True)
class Shop:
    """`currency`: an ISO 4217 code, empty where it is not known. `columns`: name in the source by role, None: none."""

    currency: str = ""
    columns: Mapping[str, str | None] = field(default_factory=dict)

    def role(self, word: str) -> str:
        """The role that a word means, by the shop's own name for it or everybody's; "" for none."""
        word = _plain(word)
        for role, names in _NAMES.items():
            if word in {form for name in (*names, self._own(role)) if name for form in (name, f"{name}s")}:
                return role
        return ""

    def word(self, role: str) -> str:
        """What people of the shop call a role: a category may be a department there."""
        own = self._own(role) if role == "category" else ""
        return own if re.fullmatch("[a-z]{2,20}(?: [a-z]{2,20}){0,2}", own) else role

    def lacks(self, role: str) -> bool:
        """Whether the mapping says that the shop has no such column."""
        return role in self.columns and self.columns[role] is None

    def split(self, words: str) -> tuple[str, str]:
        """`department toys` or `toys department` as role and value; no role where no word of it is one."""
        parts = words.split()
        for size in range(min(3, len(parts) - 1), 0, -1):
            first, last = " ".join(parts[:size]), " ".join(parts[-size:])
            if role := self.role(first):
                return role, " ".join(parts[size:])
            if role := self.role(last):
                return role, " ".join(parts[:-size])
        return "", words

    def _own(self, role: str) -> str:
        name = self.columns.get(role)
        return _plain(name.rsplit(".", 1)[-1]) if isinstance(name, str) else ""


def _plain(name: str) -> str:
    """`PRODUCT_CATEGORY` and `productCategory` as words."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[\W_]+", " ", name).casefold().split())
