"""Which numbers are pieces, the price of one, and what the line came to: told by what multiplies to what. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal.arithmetic import Arithmetic
from aieco_assets.core.retail.proposal.names import name_score
from aieco_assets.core.retail.proposal.words import concepts

if TYPE_CHECKING:
    import numpy as np

_TOP = 9  # numeric columns that are tried with each other


@dataclass(frozen=True)
class Money:
    """One reading of the numbers. Of price and amount one is mapped; `other`: what an identity explains beside it.

    `doubtful`: discounts by name that could be shares as well as money, and that no amount explains.
    """

    quantity: str | None
    unit_price: str | None
    amount: str | None
    discounts: tuple[str, ...]
    other: str | None
    score: float
    reason: str
    doubtful: tuple[str, ...] = ()

    @property
    def used(self) -> set[str]:
        return {name for name in (self.quantity, self.unit_price, self.amount, self.other, *self.discounts) if name}


class Numbers(Arithmetic):
    """All readings of the numeric columns, by their score."""

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
        kind, said = self.kind(quantity, price, item)
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
                how = self.discounted(quantity, price, amount, discount)
                if how:
                    said = f"{quantity} x {price} less {discount}{how} = {amount}"
                    total = score + amounts[amount] + max(0.0, prices[price]) * 0.5 + 6
                    found.append(Money(quantity, None, amount, (), price, total, said))
        lowered = [name for name in prices if name not in (quantity, price) and name_score("discount", name) >= 5]
        if lowered and not found[1:]:
            absolute = [name for name in lowered if self.lowers(quantity, price, name)]
            if absolute:
                said = f"{found[0].reason}; {', '.join(absolute)} by name and size what is taken off"
                found.append(Money(quantity, price, None, tuple(absolute), None, found[0].score + 0.5, said))
            elif doubtful := tuple(name for name in lowered if (self.values[name] > 0).sum() > 3):
                found[0] = replace(found[0], doubtful=doubtful)
        return found

    def _with_amount(
        self, quantity: str | None, amount: str, score: float, amounts: dict[str, float], item: str
    ) -> list[Money]:
        if not quantity:
            return [
                Money(None, None, amount, (), None, amounts[amount] + 0.0, "there are no pieces: what a line came to")
            ]
        kind, said = self.kind(quantity, amount, item)
        if less := self.lowered(amount, amounts):
            kind, said = kind - 3.5, f"{said}; {less}"
        return [Money(quantity, None, amount, (), None, score + amounts[amount] - kind, said)]

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


def _fits(reading: Money, fixed: dict[str, str | None]) -> bool:
    have = {"quantity": reading.quantity, "unit_price": reading.unit_price, "amount": reading.amount}
    return all(have[role] == name for role, name in fixed.items() if role in have)
