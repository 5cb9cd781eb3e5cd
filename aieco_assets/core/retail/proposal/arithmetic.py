"""What multiplies to what, what is taken off, and what grows with the pieces, among the numbers of a sample. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal.profile import Profile

if TYPE_CHECKING:
    import numpy as np

_ROWS = 3_000


class Arithmetic:
    """The numeric columns of a sample, and what they say about each other; what was found is remembered."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.values = {
            name: column.numbers.values[:_ROWS]
            for name, column in profile.columns.items()
            if column.numbers is not None
        }
        self._identities: dict[tuple[str, str, str], float] = {}
        self._discounts: dict[tuple[str, str, str, str], str] = {}
        self._less: dict[str, str] = {}
        self._kinds: dict[tuple[str, str, str], tuple[float, str]] = {}

    def identity(self, quantity: str, price: str, amount: str) -> float:
        """Share of the lines of more or less than one piece in which quantity x price is the amount."""
        key = (quantity, price, amount)
        if key not in self._identities:
            self._identities[key] = self._holds(
                self.values[quantity] * self.values[price], self.values[amount], self._telling(quantity, price)
            )
        return self._identities[key]

    def _telling(self, quantity: str, price: str) -> np.ndarray:
        """Lines that can tell a product from one of its factors."""
        import numpy as np

        first, second = self.values[quantity], self.values[price]
        return ~np.isin(first, (0.0, 1.0)) & ~np.isin(second, (0.0, 1.0))

    def _holds(self, left: np.ndarray, right: np.ndarray, where: np.ndarray) -> float:
        import numpy as np

        where = where & ~np.isnan(left) & ~np.isnan(right)
        if where.sum() < 4:
            return 0.0
        near = np.abs(np.abs(left) - np.abs(right)) <= 0.006 + 0.004 * np.abs(right)
        return float(near[where].mean())

    def discounted(self, *names: str) -> str:
        """How quantity x price less a discount is the amount: in words, empty where it is not."""
        if names not in self._discounts:
            self._discounts[names] = self._discount(*names)  # pyright: ignore[reportArgumentType]
        return self._discounts[names]  # pyright: ignore[reportArgumentType]

    def _discount(self, quantity: str, price: str, amount: str, discount: str) -> str:
        import numpy as np

        full, paid, less = self.values[quantity] * self.values[price], self.values[amount], self.values[discount]
        where = (less != 0) & ~np.isnan(less)
        if where.sum() < 4:
            return ""
        plain = self._holds(full, paid, ~where)
        if (~where).sum() >= 4 and plain < 0.95:
            return ""
        rate = np.where(np.abs(less) > 1, less / 100, less)
        for said, left in (
            ("", full - np.abs(less)),
            (" a piece", full - np.abs(less * self.values[quantity])),
            (" (a rate)", full * (1 - np.abs(rate))),
        ):
            if self._holds(left, paid, where) >= 0.95:
                return said or " "
        return ""

    def lowers(self, quantity: str, price: str, name: str) -> bool:
        """Whether a column can be money that is taken off: never more than the line, and no rate."""
        import numpy as np

        less, full = np.abs(self.values[name]), np.abs(self.values[quantity] * self.values[price])
        there = (less > 0) & ~np.isnan(full)
        if there.sum() < 4:
            return False
        rates = (
            (self.values[name][there] > 0).all()
            and np.isin(np.round(less[there] * 100) % 5, (0,)).mean() > 0.95
            and np.unique(less[there]).size <= 25
        )
        return bool((less[there] <= full[there] + 0.01).mean() > 0.98) and not rates

    def lowered(self, amount: str, amounts: dict[str, float]) -> str:
        """In words, where an amount is another one less a column that is mostly 0: a discount, and no tax."""
        import numpy as np

        if amount not in self._less:
            paid, self._less[amount] = self.values[amount], ""
            for discount in self.values.keys() - {amount}:
                off = np.abs(self.values[discount])
                where = off > 0
                if not 4 <= where.sum() <= 0.8 * len(off):
                    continue
                for full in amounts.keys() - {amount, discount}:
                    if (
                        self._holds(self.values[full] - off, paid, where)
                        > 0.95
                        < self._holds(self.values[full], paid, ~where)
                    ):
                        self._less[amount] = f"{full} less {discount}"
        return self._less[amount]

    def kind(self, quantity: str, money: str, item: str) -> tuple[float, str]:
        """Above 0 where the money stays as it is when an item's pieces change, below where it goes with them."""
        key = (quantity, money, item)
        if key not in self._kinds:
            self._kinds[key] = self._lean(*key)
        return self._kinds[key]

    def _lean(self, quantity: str, money: str, item: str) -> tuple[float, str]:
        import numpy as np

        codes = self.profile[item].codes[:_ROWS]
        pieces, value = np.abs(self.values[quantity]), np.abs(self.values[money])
        where = (codes >= 0) & (pieces > 0) & (value > 0)
        sort = np.lexsort((pieces[where], codes[where]))
        codes, pieces, value = codes[where][sort], pieces[where][sort], value[where][sort]
        pair = (codes[1:] == codes[:-1]) & (pieces[1:] != pieces[:-1])
        if pair.sum() < 5:
            if len(pieces) and (pieces == 1).mean() > 0.98:
                return 0.3, "a line is one piece"
            return 0.0, "no item is sold in different numbers"
        same = np.abs(value[1:] - value[:-1])[pair] <= 0.03 * value[1:][pair]
        each = value / pieces
        goes = np.abs(each[1:] - each[:-1])[pair] <= 0.03 * each[1:][pair]
        stays, grows = float(same.mean()), float(goes.mean())
        # Prices change, too: where neither holds in many lines the logarithms tell.
        slope = np.log(value[1:][pair] / value[:-1][pair]) / np.log(pieces[1:][pair] / pieces[:-1][pair])
        steep = float(np.clip(np.median(slope), 0, 1))
        lean = (stays - grows) * 4 + (0.5 - steep) * 3
        if lean > 0:
            return lean, f"{money} of an item stays the same for another {quantity} ({stays:.0%} of the pairs)"
        return lean, f"{money} of an item goes with {quantity} ({grows:.0%} of the pairs)"

    def is_line_number(self, order: str | None, name: str) -> bool:
        """Whether it counts the lines of an order: one more in each next line."""
        import numpy as np

        values = self.values.get(name)
        if values is None or not order or self.profile[name].whole < 1:
            return False
        codes = self.profile[order].codes[: len(values)]
        next_line = codes[1:] == codes[:-1]
        if next_line.sum() < 3:
            return False
        return bool((np.diff(values)[next_line] == 1).mean() > 0.95)
