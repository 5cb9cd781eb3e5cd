"""What a question asks of the warehouse, as its words have it; nothing of it is looked up yet."""

from __future__ import annotations

from dataclasses import dataclass

from aieco_assets.core.metrics.periods import Period
from aieco_assets.core.metrics.statements import GROUPINGS


@dataclass(frozen=True)
class Having:
    """Only the lines of those orders, customers, items … (`of`) whose own `measure`, a metric, is within bounds.

    `of`: a key of ENTITIES, or the shop's own word for one.
    `bounds`: number by more_than, at_least, less_than or at_most. `currency`: an ISO code where the number had one.
    """

    of: str
    measure: str
    bounds: tuple[tuple[str, float], ...]
    currency: str = ""


@dataclass(frozen=True)
class Asked:
    """A metric question.

    `places`: countries as written; `store`: a number after the word store. `item`, `place`: words that only the
    warehouse knows to be an item, a category, a store or a country; empty: none (`is_named`: they must be one to the
    letter). `without`, `without_words`: the same of what is left out. `weekdays`: 1 is Monday. `group`, `second`: what
    it is grouped by, as written where it is no key of GROUPINGS. `order`: how groups are ordered (key, most, least);
    `top`: how many of them, 0: as many as there are. `how`: "" for the number itself; share (of the same without the
    limits, or of all groups), average (of the groups), change or compare (of `period` with `versus`, or of two
    `sides`). `firm` is False where only a period tells it from a question about a document: `what was the revenue in
    2024`.
    """

    metric: str
    places: tuple[str, ...] = ()
    store: str = ""
    place: str = ""
    is_named: bool = False
    item: str = ""
    period: Period | None = None
    group: str = ""
    second: str = ""
    order: str = "key"
    top: int = 0
    firm: bool = True
    without: tuple[str, ...] = ()
    without_words: str = ""
    weekdays: tuple[int, ...] = ()
    having: Having | None = None
    how: str = ""
    versus: Period | None = None
    sides: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it is a question for the warehouse whatever the warehouse holds."""
        loose = self.item or self.place or self.without_words or self.sides
        return self.firm and not loose and all(group in GROUPINGS for group in self.groups)

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(group for group in (self.group, self.second) if group)

    @property
    def limits(self) -> int:
        """How many things but a period and a grouping limit it."""
        named = (self.places, self.store, self.place, self.item, self.without, self.without_words)
        return sum(bool(one) for one in (*named, self.weekdays, self.having))
