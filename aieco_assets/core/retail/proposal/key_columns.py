"""How well a column plays the roles that the others hang on: order, item, customer, time. Pure."""

from __future__ import annotations

import math

from aieco_assets.core.retail.proposal import vocabulary as known
from aieco_assets.core.retail.proposal.evidence import HOLDS, Evidence
from aieco_assets.core.retail.proposal.names import name_score


class SpineScores(Evidence):
    """Scores are about log-odds: above 0 the column is rather it than not."""

    def order(self, name: str) -> float:
        """An order number: its lines stand together and share their times, and differ in the rest."""
        profile, column = self.profile, self.profile[name]
        if not self._code(name) or column.distinct < 2:
            return -9.0
        said = name_score("order", name)
        score = said + (-3.0 if column.filled < 0.97 else 0.0)
        if profile.repeats(name) < 0.02:  # one line an order, or the number of the line: only a name can tell
            return score - 2.0
        best = max((profile.held(name, date) for date in self.dates if date in self.varied), default=1.0)
        score += 3.0 if best >= HOLDS else (0.0 if said >= 5 else -5.0) if best < 0.93 else -1.0
        others = [other for other in self.varied if other != name]
        loose = sum(profile.held(name, other) < 0.7 for other in others)
        score += min(2.0, 0.7 * loose) if loose else -3.0
        score += 1.5 if profile.runs(name) <= 1.1 else 0.0
        score += 3.0 * math.log(column.distinct) / math.log(max(profile.rows, 3)) - 1.5
        score += min(1.5, 0.4 * sum(profile.held(name, other) >= HOLDS for other in others))
        return score - self._shape(name)

    def item(self, name: str, order: str | None) -> float:
        """An item: comes back in other orders, hardly twice in one, and tells the text, the group, the price."""
        profile, column = self.profile, self.profile[name]
        if not self._code(name) or name == order or column.distinct < 2:
            return -9.0
        score = name_score("item", name) + (-3.0 if column.filled < 0.9 else 0.0)
        lines = self.varied
        if order:
            if profile.repeats(order) > 0.05 and profile.held(order, name) > 0.95:
                return score - 6.0
            alone = 1 - profile.repeats(order, name)
            score += 1.5 if alone > 0.93 else -3.0 if alone < 0.7 else 0.0
            lines = [other for other in lines if other != order and profile.held(order, other) < 0.97]
        score -= 3.0 if column.distinct < 4 else 0.0
        score -= 3.0 if profile.repeats(name) < 0.02 else 0.0
        others = [
            other
            for other in lines
            if other != name and self.profile.repeats(other) > 0.02 and not profile[other].is_date
        ]
        below = [other for other in others if profile.held(name, other) >= 0.97]
        above = [other for other in others if profile.held(other, name) >= 0.985 and profile.held(name, other) < 0.97]
        score += min(3.0, 1.2 * len(below)) - min(4.0, 1.5 * sum(self._code(other) for other in above))
        score += 0.8 if column.worded < 0.3 else -0.6 if column.worded > 0.7 else 0.0
        score += 2.0 * math.log(column.distinct) / math.log(max(profile.rows, 3)) - 0.7
        if column.numbers is not None:
            if self.numbers.is_line_number(order, name):
                return score - 6.0
            score -= 1.5 if column.length < 2.2 else 0.0
        score -= 0.8 if known.is_barcode(column.values) else 0.0
        return score - self._shape(name)

    def customer(self, name: str, order: str | None, item: str) -> float:
        """A customer: one in an order, several orders each, and ever new ones."""
        profile, column = self.profile, self.profile[name]
        if not self._code(name) or name in (order, item) or column.distinct < 3:
            return -9.0
        said = name_score("customer", name)
        score = said
        if profile.held(item, name) > 0.97 and profile.repeats(item) > 0.1:
            return score - 5.0
        parts = [other for other in self.varied if other not in (name, order) and not profile[other].is_date]
        if self.groups(order):
            held = profile.held(order, name)
            score += 2.5 if held >= HOLDS else -6.0 if held < 0.95 else 0.0
            orders = profile[order].distinct
            parts = [other for other in parts if profile.held(order, other) >= 0.97]
            if profile.held(name, order) >= 0.995:
                score -= 1.5 if said <= 0 else 0.0
        else:
            orders = profile.rows
            score += 1.0 if profile.repeats(name) > 0.05 else -4.0 if column.distinct > 50 else -1.0
        finer = [p for p in parts if profile.held(p, name) >= 0.985 and profile.held(name, p) < 0.97 and self._code(p)]
        coarser = [p for p in parts if profile.held(name, p) >= 0.985 and profile.held(p, name) < 0.97]
        score += min(1.6, 0.8 * len(coarser)) - min(3.0, 1.2 * len(finer))
        each = orders / column.distinct
        score += 1.5 if each < 12 else -2.5 if each > 40 else 0.0
        growth = profile.growth(name)
        score += 3.0 * (0.85 - growth) - (1.5 if growth > 0.97 and each > 5 else 0.0)
        values = column.values
        score += 2.0 * known.share(values, known.EMAIL) - 2.5 * known.share(values, known.PHONE)
        score -= 4.0 * max(
            known.share(values, known.PAYMENT), known.share(values, known.FLAGS), known.countries(values)
        )
        score -= 1.0 if column.worded > 0.6 else 0.0
        score -= 3.0 if column.worded > 0.6 and column.length > 24 else 0.0
        return score - (2.0 if column.filled < 0.3 else 0.0)

    def time(self, name: str, order: str | None, item: str, customer: str | None = None) -> float:
        """When it was sold: one for an order, none of an item or a customer, before what follows from it."""
        import numpy as np

        profile, column = self.profile, self.profile[name]
        if column.dates is None:
            return -9.0
        score = 1.0 + name_score("time", name) - (3.0 if column.filled < 0.95 else 0.0)
        if column.distinct < 2:
            return score - 2.0
        if self.groups(order):
            held = profile.held(order, name)
            score += 2.5 if held >= HOLDS else -4.0 if held < 0.9 else -0.5
        score -= 4.0 if profile.held(item, name) > 0.97 and profile.repeats(item) > 0.2 else 0.0
        own = column.dates.values[0]
        steps = np.diff(own[~np.isnat(own)].astype("int64"))
        score += 1.0 if len(steps) and max((steps >= 0).mean(), (steps <= 0).mean()) > 0.985 else 0.0
        score += 0.7 if column.dates.clock else 0.0
        for other in self.dates:
            if other == name or other not in self.varied:
                continue
            found = self.profile[other].dates
            there = ~np.isnat(own) & ~np.isnat(found.values[0])  # pyright: ignore[reportOptionalMemberAccess]
            if there.sum() < 5:
                continue
            gap = (found.values[0][there] - own[there]).astype("timedelta64[h]").astype("int64")  # pyright: ignore[reportOptionalMemberAccess]
            days = np.abs(gap) < 24 * 120
            if days.mean() < 0.9:
                continue
            first = (gap > -24).mean()
            score += 1.2 if first > 0.99 and (gap > 0).mean() > 0.3 else 0.0
            score -= 1.8 if (gap < 24).mean() > 0.99 and (gap < 0).mean() > 0.3 else 0.0
        if customer and profile.repeats(customer) > 0.1 and profile.held(customer, name) > 0.97:
            score -= 4.0
        return score
