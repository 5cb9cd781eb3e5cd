"""Which numbers are pieces, the price of one, and what the line came to: told by what multiplies to what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal.names import name_score
from aieco_assets.core.retail.proposal.profile import Profile
from aieco_assets.core.retail.proposal.words import concepts

if TYPE_CHECKING:
    import numpy as np

_ROWS = 3_000
_TOP = 9  # numeric columns that are tried with each other


@dataclass(frozen=True)
class Money:
    """One reading of the numbers. Of price and amount one is mapped; `other`: what an identity explains beside it."""

    quantity: str | None
    unit_price: str | None
    amount: str | None
    discounts: tuple[str, ...]
    other: str | None
    score: float
    reason: str

    @property
    def used(self) -> set[str]:
        return {name for name in (self.quantity, self.unit_price, self.amount, self.other, *self.discounts) if name}


class Numbers:
    """The numeric columns of a sample, and what they say about each other."""

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

    def readings(self, order: str | None, item: str, taken: set[str], fixed: dict[str, str | None]) -> list[Money]:
        """All readings worth a look, best first. `fixed`: role -> column that a person has given (None: has none)."""
        names = [name for name in self.values if name not in taken]
        pieces = {name: self._piece_score(name, order, item) for name in names}
        prices = {name: self._money_score(name, order, item, "unit_price") for name in names}
        amounts = {name: self._money_score(name, order, item, "amount") for name in names}
        given = {name for name in fixed.values() if name}
        best = lambda scores: {*sorted(scores, key=scores.__getitem__, reverse=True)[:_TOP], *(given & {*scores})}  # noqa: E731
        found = []
        for quantity in (None, *best(pieces)):
            score = pieces[quantity] if quantity else 0.0
            if quantity and score < -2 and quantity not in given:
                continue
            for price in best(prices) - {quantity}:
                found.extend(self._with_price(quantity, price, score, prices, amounts, item, order))
            for amount in best(amounts) - {quantity}:
                found.extend(self._with_amount(quantity, amount, score, amounts, item))
        kept = [reading for reading in found if _fits(reading, fixed)]
        return sorted(kept, key=lambda reading: reading.score, reverse=True)

    def _with_price(
        self,
        quantity: str | None,
        price: str,
        score: float,
        prices: dict[str, float],
        amounts: dict[str, float],
        item: str,
        order: str | None,
    ) -> list[Money]:
        if not quantity:
            return []
        kind, said = self._kind(quantity, price, item)
        found = [Money(quantity, price, None, (), None, score + prices[price] + kind, f"{said}")]
        if prices[price] < -4:
            return found
        for amount in amounts.keys() - {quantity, price}:
            if amounts[amount] < -4:
                continue
            exact = self.identity(quantity, price, amount)
            total = score + prices[price] + max(0.0, amounts[amount]) * 0.5 + 6
            if exact >= 0.97:
                said = f"{quantity} x {price} = {amount} in {exact:.0%} of the lines"
                found.append(Money(quantity, price, None, (), amount, total, said))
                continue
            for discount in self.values.keys() - {quantity, price, amount}:
                how = self._discounted(quantity, price, amount, discount)
                if how:
                    said = f"{quantity} x {price} less {discount}{how} = {amount}"
                    total = score + amounts[amount] + max(0.0, prices[price]) * 0.5 + 6
                    found.append(Money(quantity, None, amount, (), price, total, said))
        lowered = [name for name in prices if name not in (quantity, price) and name_score("discount", name) >= 5]
        if lowered and not found[1:]:
            absolute = [name for name in lowered if self._lowers(quantity, price, name)]
            if absolute:
                said = f"{found[0].reason}; {', '.join(absolute)} by name and size what is taken off"
                found.append(Money(quantity, price, None, tuple(absolute), None, found[0].score + 0.5, said))
        return found

    def _with_amount(
        self, quantity: str | None, amount: str, score: float, amounts: dict[str, float], item: str
    ) -> list[Money]:
        if not quantity:
            return [
                Money(None, None, amount, (), None, amounts[amount] + 0.0, "there are no pieces: what a line came to")
            ]
        kind, said = self._kind(quantity, amount, item)
        if less := self._lowered(amount, amounts):
            kind, said = kind - 3.5, f"{said}; {less}"
        return [Money(quantity, None, amount, (), None, score + amounts[amount] - kind, said)]

    def _lowered(self, amount: str, amounts: dict[str, float]) -> str:
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

    def _discounted(self, *names: str) -> str:
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

    def _lowers(self, quantity: str, price: str, name: str) -> bool:
        """Whether a column can be money that is taken off: never more than the line, and no rate."""
        import numpy as np

        less, full = np.abs(self.values[name]), np.abs(self.values[quantity] * self.values[price])
        there = (less > 0) & ~np.isnan(full)
        if there.sum() < 4:
            return False
        rates = np.isin(np.round(less[there] * 100) % 5, (0,)).mean() > 0.95 and np.unique(less[there]).size <= 25
        return bool((less[there] <= full[there] + 0.01).mean() > 0.98) and not rates

    def _kind(self, quantity: str, money: str, item: str) -> tuple[float, str]:
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

    def _piece_score(self, name: str, order: str | None, item: str) -> float:
        import numpy as np

        column, values = self.profile[name], self.values[name]
        there = values[~np.isnan(values)]
        if not len(there):
            return -9.0
        score = name_score("quantity", name)
        score += 1.5 if column.whole > 0.98 else -0.5
        middle = float(np.median(np.abs(there)))
        score += 1.0 if 1 <= middle <= 12 else -1.5 if middle > 200 else 0.0
        score += 0.7 if (np.abs(there) == 1).mean() > 0.15 else 0.0
        score -= 3.0 if (there == 0).mean() > 0.2 else 0.0
        score -= 3.0 if set(np.unique(there)) <= {0.0, 1.0} and column.distinct > 1 else 0.0
        score -= 2.0 if column.distinct == 1 else 0.0
        if column.distinct > 1:
            score -= (
                4.0 if order and self.profile.held(order, name) > 0.97 and self.profile.repeats(order) > 0.1 else 0.0
            )
            score -= 2.5 if self.profile.held(item, name) > 0.9 else 0.0
            score -= 6.0 if self.is_line_number(order, name) or column.distinct == self.profile.rows > 50 else 0.0
        score -= 3.0 if column.filled < 0.9 else 0.0
        return score

    def _money_score(self, name: str, order: str | None, item: str, role: str) -> float:
        import numpy as np

        column, values = self.profile[name], self.values[name]
        there = values[~np.isnan(values)]
        if not len(there):
            return -9.0
        score = name_score(role, name)
        score += 1.5 if column.whole < 0.8 else -1.0 if column.whole == 1 else 0.0
        score -= 3.0 if (there == 0).mean() > 0.3 else 0.0
        score -= 3.0 if column.distinct < 4 and self.profile.rows > 50 else 0.0
        score -= 2.0 if column.filled < 0.9 else 0.0
        score -= 6.0 if column.distinct == self.profile.rows > 50 and column.whole == 1 else 0.0
        if column.distinct > 1:
            score -= 6.0 if self.is_line_number(order, name) else 0.0
            score -= (
                4.0 if order and self.profile.held(order, name) > 0.97 and self.profile.repeats(order) > 0.1 else 0.0
            )
            score += 1.0 if role == "unit_price" and self.profile.held(item, name) > 0.8 else 0.0
        score += self._part_of_another(name, there)
        return score

    def _part_of_another(self, name: str, there: np.ndarray) -> float:
        """Below 0 for a tax or a cost: always the same few shares of another column, or always less than one."""
        import numpy as np

        if concepts(name) & {"tax", "cost", "profit"}:
            return 0.0  # the name has said it
        values = self.values[name]
        for other, found in self.values.items():
            if other == name or self.profile[other].whole > 0.9:
                continue
            where = (np.abs(values) > 0) & (np.abs(found) > 3)
            if where.sum() < 20:
                continue
            ratio = np.round(np.abs(values[where] / found[where]), 2)
            common = np.unique(ratio, return_counts=True)
            few = np.sort(common[1])[::-1][:4].sum() / where.sum()
            if few > 0.9 and ratio.max() < 0.3:
                return -4.0
        return 0.0

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


def _fits(reading: Money, fixed: dict[str, str | None]) -> bool:
    have = {"quantity": reading.quantity, "unit_price": reading.unit_price, "amount": reading.amount}
    return all(have[role] == name for role, name in fixed.items() if role in have)
