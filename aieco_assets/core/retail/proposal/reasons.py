"""Why a column is taken for what it is, in words that its reader can check. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.retail.proposal.names import name_score

if TYPE_CHECKING:
    from aieco_assets.core.retail.proposal.readings import Reading
    from aieco_assets.core.retail.proposal.roles import Scores


def told(scores: Scores, reading: Reading) -> dict[str, str]:
    """Role -> reasons, for the roles that the shop has."""
    profile = scores.profile
    found: dict[str, str] = {}
    order, item, customer = reading.order, reading.item, reading.customer
    if order:
        lines = profile.rows / max(1, profile[order].distinct)
        found["order"] = f"{profile[order].distinct} numbers for {profile.rows} lines, {lines:.1f} lines each"
    if reading.time:
        dates = profile[reading.time].dates
        shared = f", one for each {order}" if order and profile.held(order, reading.time) > 0.97 else ""
        found["time"] = f"dates as {dates.formats[0]}{shared}" if dates else "by its name"
    below = [name for name in scores.varied if name not in (order, item) and profile.held(item, name) > 0.97]
    tells = f", and tells {', '.join(below[:3])}" if below else ""
    found["item"] = f"{profile[item].distinct} values that come back{' in other orders' if order else ''}{tells}"
    if customer:
        each = (profile[order].distinct if order else profile.rows) / max(1, profile[customer].distinct)
        unit = "orders" if order else "lines"
        found["customer"] = (
            f"one for each {order or 'line'}, {profile[customer].distinct} of them with {each:.1f} {unit} each"
        )
    if money := reading.money:
        if money.quantity:
            column = profile[money.quantity]
            found["quantity"] = "whole numbers" if column.whole == 1 else "numbers of pieces or of a unit"
        found["unit_price" if money.unit_price else "amount"] = money.reason
        if money.discounts:
            found["discounts"] = "by name, and never more than the line"
    says = {
        "description": f"text that follows from {item}",
        "category": f"few values that follow from {item}",
        "country": "names or codes of countries",
        "store": "few values, all seen soon, one for each order",
        "currency": "codes of currencies",
        "order_type": "a value says that it is a return or was cancelled",
    }
    found |= {role: says[role] for role in reading.rest}
    for role in found:
        name = reading.role(role) or getattr(reading.money, role, None)
        if isinstance(name, str) and name_score(role, name) >= 3:
            found[role] += "; its name says so"
    return found
