"""How well each column of a sample would play each role, beside a given order number and item. Pure."""

from __future__ import annotations

from aieco_assets.core.retail.proposal import vocabulary as known
from aieco_assets.core.retail.proposal.evidence import HOLDS
from aieco_assets.core.retail.proposal.key_columns import SpineScores
from aieco_assets.core.retail.proposal.names import name_score
from aieco_assets.core.retail.proposal.words import concepts


class Scores(SpineScores):
    """The scores of all roles; those here are of roles that a shop may lack."""

    def description(self, name: str, order: str | None, item: str) -> float:
        """The text of an item."""
        profile, column = self.profile, self.profile[name]
        if column.is_number or column.is_date or column.clock or name in (order, item):
            return -9.0
        held = profile.held(item, name) if profile.repeats(item) > 0.02 else 0.9
        score = name_score("description", name) + (1.5 if held > 0.85 else -4.0 if held < 0.6 else 0.0)
        score += 2.0 * column.worded + (0.5 if column.length > 9 else -0.5)
        share = column.distinct / max(1, profile[item].distinct)
        score += 1.0 if 0.5 <= share <= 2.5 else -2.5 if share < 0.2 else -0.5
        if self.groups(order) and profile.repeats(order) > 0.1 and profile.held(order, name) > 0.97:
            score -= 4.0
        return score - 1.0

    def category(self, name: str, order: str | None, item: str) -> float:
        """A group of items: what an item tells, and many items have."""
        profile, column = self.profile, self.profile[name]
        if column.is_date or column.clock or name in (order, item) or (column.is_number and column.whole < 1):
            return -9.0
        score = name_score("category", name)
        if column.distinct < 2:
            return score - 2.0
        held = profile.held(item, name) if profile.repeats(item) > 0.02 else 0.9
        score += 2.0 if held > 0.97 else -5.0 if held < 0.85 else -1.0
        share = column.distinct / max(1, profile[item].distinct)
        score += 1.5 if share <= 0.34 and column.distinct >= 3 else -2.0 if share > 0.6 else 0.0
        score -= 2.0 if column.is_number else 0.0
        score -= 0.5 if column.filled < 0.9 else 0.0
        if self.groups(order) and profile.repeats(order) > 0.1 and profile.held(order, name) > 0.97:
            score -= 4.0
        values = column.values
        score -= 4.0 * max(
            known.share(values, what) for what in (known.UNITS, known.COLOURS, known.FLAGS, known.PAYMENT)
        )
        return score - 4.0 * known.countries(values)

    def country(self, name: str, order: str | None, item: str) -> float:
        """Names or codes of countries."""
        column = self.profile[name]
        if column.is_number or column.is_date or column.clock or name in (order, item):
            return -9.0
        found = known.countries(column.values)
        score = name_score("country", name) + (5.0 * found if found >= 0.6 else -5.0)
        if known.share(column.values, known.UNITS) > 0.9 or known.share(column.values, known.FLAGS) > 0.9:
            score -= 4.0
        if self.profile.held(item, name) > 0.97 and column.distinct > 1 and self.profile.repeats(item) > 0.1:
            score -= 5.0  # where an item comes from
        return score - 1.0

    def beside(self, role: str, name: str, order: str | None, item: str, customer: str | None) -> float:
        """The score in a role that a shop may lack; what always goes with a customer is none of the order's."""
        score = self.of(role, name, order, item)
        if (
            role == "store"
            and customer
            and self.profile[name].distinct > 1
            and self.profile.held(customer, name) > 0.995
        ):
            score -= 3.0 if self.profile.repeats(customer) > 0.1 else 0.0
        return score

    def store(self, name: str, order: str | None, item: str) -> float:
        """A branch or a till: one in an order, few, all seen soon, and each with many orders."""
        profile, column = self.profile, self.profile[name]
        if not self._code(name) or name in (order, item):
            return -9.0
        score = name_score("store", name) - 1.5
        if column.distinct < 2:
            return score - 3.0 + (3.0 if name_score("store", name) >= 5 else 0.0)
        values = column.values
        score -= 4.0 * max(known.share(values, what) for what in (known.PAYMENT, known.FLAGS, known.EMAIL, known.PHONE))
        score -= 3.0 * max(
            known.countries(values), known.share(values, known.CANCELLED), known.share(values, known.RETURNS)
        )
        score -= 4.0 if known.share(values, known.SOLD) + known.share(values, known.CANCELLED) > 0.6 else 0.0
        score -= 3.0 * known.share(values, known.UNITS)
        if self.groups(order):
            held = profile.held(order, name)
            score += 1.5 if held >= HOLDS else -5.0 if held < 0.95 else 0.0
        score -= 5.0 if profile.held(item, name) > 0.97 and profile.repeats(item) > 0.1 else 0.0
        orders = profile[order].distinct if order else profile.rows
        score += min(1.5, max(-1.5, 12 * (profile.growth(name) - 0.75)))
        each = orders / column.distinct
        score += 1.0 if each >= 8 else 0.0 if each >= 4 else -1.5
        score -= 1.5 if column.filled < 0.9 else 0.0
        if not concepts(name):  # persons at tills are as few as branches, which mostly have numbers
            score += 0.7 if sum(any(map(str.isdigit, value)) for value in values) > 0.8 * len(values) else -0.5
        return score

    def currency(self, name: str, order: str | None, item: str) -> float:
        """Codes of currencies."""
        column = self.profile[name]
        if column.is_number or column.is_date:
            return -9.0
        found = sum(value.lower() in known.CURRENCIES for value in column.values[:20]) / max(1, len(column.values[:20]))
        return name_score("currency", name) * 0.5 + (6.0 if found == 1 else -6.0)

    def order_type(self, name: str, order: str | None, item: str) -> float:
        """A column of which a value says return or cancelled, beside one that says neither."""
        column = self.profile[name]
        if column.is_number or column.is_date or not 2 <= column.distinct <= 15:
            return -9.0
        told = [
            value
            for value in column.values
            if known.RETURNS.search(known.folded(value)) or known.CANCELLED.search(known.folded(value))
        ]
        if not told or len(told) == len(column.values):
            return -9.0
        sold = known.share([value for value in column.values if value not in told], known.SOLD)
        return name_score("order_type", name) * 0.7 + 2.0 + 2.0 * sold
