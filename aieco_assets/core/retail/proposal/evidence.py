"""What the columns of a sample say beside a given order number, as the scores of all roles need it. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal import vocabulary as known
from aieco_assets.core.retail.proposal.money import Numbers
from aieco_assets.core.retail.proposal.profile import Profile

if TYPE_CHECKING:
    from typing import TypeGuard

HOLDS = 0.985  # the share from which on one column follows from another; the rest are mistakes


class Evidence:
    """Remembers what was scored. `numbers`: the numeric columns of the sample."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.numbers = Numbers(profile)
        self._known: dict[tuple[str, ...], float] = {}

    def of(self, role: str, *columns: str | None) -> float:
        """The score of a column in a role, beside the order, the item and the customer that the role looks at."""
        key = (role, *map(str, columns))
        if key not in self._known:
            self._known[key] = getattr(self, role)(*columns)
        return self._known[key]

    @cached_property
    def dates(self) -> list[str]:
        """Columns that hold dates; where one is told by nothing but its name, it is last."""
        return [name for name, column in self.profile.columns.items() if column.is_date]

    @cached_property
    def varied(self) -> list[str]:
        """Columns with more than one value."""
        return [name for name, column in self.profile.columns.items() if column.distinct > 1]

    def _code(self, name: str) -> bool:
        """Whether it can be an id: no date, no clock, no fraction."""
        column = self.profile[name]
        return not column.clock and not column.is_date and (not column.is_number or column.whole == 1)

    def groups(self, order: str | None) -> TypeGuard[str]:
        """Whether an order number stands for one order: it has several lines, and they share a time.

        Numbers that begin again each day, as tills count, are known by their name only, and prove nothing of others.
        """
        if not order or self.profile.repeats(order) <= 0.02:
            return False
        return max((self.profile.held(order, date) for date in self.dates if date in self.varied), default=1.0) >= 0.9

    def _shape(self, name: str) -> float:
        """What speaks against an id of orders or items: addresses, telephones, sentences."""
        values = self.profile[name].values
        against = 4.0 * known.share(values, known.EMAIL) + 3.0 * known.share(values, known.PHONE)
        return against + 3.0 * (known.countries(values) if len(values) > 1 else 0)
