"""One mapping for a sample of transactions: all roles together, with reasons, and questions where two are as likely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.proposal.first_lines import filled_down
from aieco_assets.core.retail.proposal.names import name_score
from aieco_assets.core.retail.proposal.profile import profile
from aieco_assets.core.retail.proposal.questions import asked
from aieco_assets.core.retail.proposal.readings import ENOUGH, Proposal, Reading
from aieco_assets.core.retail.proposal.reasons import told
from aieco_assets.core.retail.proposal.roles import Scores
from aieco_assets.core.retail.proposal.writing import how_written

if TYPE_CHECKING:
    import polars as pl

    from aieco_assets.core.retail.proposal.money import Money

_CANDIDATES = 6
_FAR = 7.0  # what an order number and an item lack against the best pair is not made up for by the rest
_REST = ("description", "category", "country", "store", "currency", "order_type")


def propose(frame: pl.DataFrame, given: Mapping[str, str] | None = None) -> Proposal:
    """Look at a sample of text columns. `given`: answers, entry of shop.yaml -> value, empty: it has none.

    Pure. Where a role that every shop has is played by no column, `missing` says so and the rest is still told.
    """

    given = dict(given or {})
    fixed = {
        entry.removeprefix("columns."): value or None for entry, value in given.items() if entry.startswith("columns.")
    }
    frame, fill_down = filled_down(frame)
    found = profile(frame, given.get("written.decimal", ""))
    scores = Scores(found)
    readings = _readings(scores, fixed)
    if not readings:
        return Proposal(found, {}, {}, [], _lacking(scores), -9.0)
    best = readings[0]
    columns = _columns(scores, best)
    if fixed.get("discounts") and best.money:
        columns["discounts"] = best.money.doubtful
    missing = [
        role
        for role in ("time", "item", "amount")
        if not columns.get(role) and not (role == "amount" and columns.get("unit_price"))
    ]
    proposal = Proposal(found, columns, told(scores, best), [], missing, best.score, best.money)
    written, questions = how_written(found, columns, given)
    proposal.written = written
    proposal.fill_down = fill_down
    if not missing:
        proposal.questions = [*asked(scores, readings, fixed), *questions]
    return proposal


def _lacking(scores: Scores) -> list[str]:
    return [*(() if scores.dates else ("time",)), "item", "amount"]


def _best(
    score: Any, names: list[str], fixed: dict[str, str | None], role: str, least: float = -4.0
) -> list[str | None]:
    if role in fixed:
        return [fixed[role]]
    scored = sorted(((score(name), name) for name in names), reverse=True, key=lambda pair: pair[0])
    return [name for value, name in scored[:_CANDIDATES] if value > least]


def _readings(scores: Scores, fixed: dict[str, str | None]) -> list[Reading]:
    """Every reading of the table worth a look, best first."""
    names = [*scores.profile.columns]
    orders = _best(lambda name: scores.of("order", name), names, fixed, "order", 0.0)
    if "order" not in fixed:
        orders.append(None)
    pairs = []
    for order in orders:
        base = scores.of("order", order) if order else ENOUGH["order"]
        for item in _best(lambda name, order=order: scores.of("item", name, order), names, fixed, "item"):
            pairs += [(base + scores.of("item", item, order), order, item)] if item else []
    least = max((base for base, *_ in pairs), default=0.0) - _FAR
    found = [
        reading for base, order, item in pairs if base > least for reading in _with(scores, fixed, order, item, base)
    ]
    return sorted(found, key=lambda reading: reading.score, reverse=True)


def _with(scores: Scores, fixed: dict[str, str | None], order: str | None, item: str, base: float) -> list[Reading]:
    names = [name for name in scores.profile.columns if name not in (order, item)]
    customers = _best(lambda name: scores.of("customer", name, order, item), names, fixed, "customer", 0.0)[:3]
    if "customer" not in fixed:
        customers.append(None)
    found = []
    for customer in customers:
        value = scores.of("customer", customer, order, item) if customer else ENOUGH["customer"]
        if not order and not customer:
            value -= 4.0
        times = _best(lambda name, c=customer: scores.of("time", name, order, item, c), scores.dates, fixed, "time")[
            :3
        ] or [None]
        for time in times:
            when = scores.of("time", time, order, item, customer) if time else -6.0
            taken = {name for name in (order, item, customer, time) if name}
            monies: list[Money | None] = [*scores.numbers.readings(order, item, taken, fixed)[:4]]
            for money in monies or [None]:
                spent = taken | (money.used if money else set())
                rest, more = _rest(scores, fixed, order, item, customer, [name for name in names if name not in spent])
                total = base + value + when + (money.score if money else -6.0) + more
                found.append(Reading(order, item, customer, time, money, rest, total))
    return found


def _rest(
    scores: Scores,
    fixed: dict[str, str | None],
    order: str | None,
    item: str,
    customer: str | None,
    names: list[str],
) -> tuple[dict[str, str], float]:
    """The best assignment of the roles that a shop may lack, above what each needs to be taken."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    roles = [role for role in _REST if role not in fixed]
    rest = {role: name for role in _REST if (name := fixed.get(role))}
    names = [name for name in names if name not in rest.values()]
    if not names or not roles:
        return rest, 0.0
    table = np.array(
        [
            [max(0.0, scores.beside(role, name, order, item, customer) - ENOUGH[role]) for name in names]
            for role in roles
        ]
    )
    rows, columns = linear_sum_assignment(-table)
    total = 0.0
    for row, column in zip(rows, columns, strict=True):
        if table[row, column] > 0:
            rest[roles[row]] = names[column]
            total += float(table[row, column])
    return rest, total


def _columns(scores: Scores, reading: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {role: reading.role(role) for role in ("order", "time", "item", *_REST, "customer")}
    if reading.money:
        found |= {
            "quantity": reading.money.quantity,
            "unit_price": reading.money.unit_price,
            "amount": reading.money.amount,
        }
        found["discounts"] = reading.money.discounts
    found["time"] = _with_clock(scores, reading)
    return {role: value for role, value in found.items() if value}


def _with_clock(scores: Scores, reading: Reading) -> str | tuple[str, str] | None:
    """The date, and beside a date without hours the column that has them."""

    dates = scores.profile[reading.time].dates if reading.time else None
    if not reading.time or not dates or dates.clock:
        return reading.time
    order = reading.order
    clocks = [
        name
        for name, column in scores.profile.columns.items()
        if column.clock
        and column.filled > 0.9
        and (not order or scores.profile.held(order, name) > 0.9 or scores.profile.repeats(order) < 0.02)
    ]
    clocks.sort(key=lambda name: -name_score("clock", name))
    return (reading.time, clocks[0]) if clocks else reading.time
