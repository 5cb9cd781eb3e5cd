"""What a person is asked: only where two readings of the values are about as likely. Pure."""

from __future__ import annotations

from aieco_assets.core.retail.proposal.names import name_score
from aieco_assets.core.retail.proposal.readings import ENOUGH, NEAR, Question, Reading
from aieco_assets.core.retail.proposal.roles import Scores
from aieco_assets.core.retail.proposal.words import concepts

_DOUBT = {"store": 0.6, "category": 0.7}
_WORDS = {
    "order": "the number of the order",
    "item": "the code of the item",
    "customer": "the customer",
    "time": "the time at which it was sold",
    "category": "the category of the item",
    "store": "the branch or till",
    "description": "the text of the item",
    "country": "the country of the customer",
}


def asked(scores: Scores, readings: list[Reading], fixed: dict[str, str | None]) -> list[Question]:
    """The open questions of the best reading. What has been answered (`fixed`) is not asked again."""
    best = readings[0]
    near = [reading for reading in readings[1:] if best.score - reading.score < NEAR]
    questions = []
    for role in ("order", "item", "customer", "time"):
        if role in fixed:
            continue
        rivals = [best.role(role), *(reading.role(role) for reading in near)]
        rivals = [*dict.fromkeys(rivals)]
        if len(rivals) > 1 and not _same(scores, rivals):
            questions.append(_which(scores, role, rivals))
    questions += [
        question for role in ("time", "item") if role not in fixed for question in _denied(scores, role, best)
    ]
    money = _money(scores, best, near, fixed)
    rest = [
        question
        for role in ("description", "category", "store", "country")
        if role not in fixed
        for question in _rest(scores, role, best)
    ]
    return [*questions, *money, *_discounts(scores, best, fixed), *rest]


def _denied(scores: Scores, role: str, best: Reading) -> list[Question]:
    """Whether a column is what every shop has, though its name speaks of something else."""
    name = best.role(role)
    if not name or name_score(role, name) > -3:
        return []
    choices = {name: f"yes: {_shown(scores, name)}", "": "no: no column says it"}
    return [Question(f"columns.{role}", f"Is {name} {_WORDS[role]}? Nothing else can be.", choices)]


def _same(scores: Scores, names: list[str | None]) -> bool:
    """Whether two columns hold the same values line by line, so that it does not matter which one is taken."""
    import numpy as np

    if None in names:
        return False
    first, *others = [scores.profile[name] for name in names if name]
    return all(
        first.texts.equals(other.texts.alias(first.name))
        or (
            first.numbers
            and other.numbers
            and np.array_equal(first.numbers.values, other.numbers.values, equal_nan=True)
        )
        for other in others
    )


def _which(scores: Scores, role: str, names: list[str | None]) -> Question:
    choices = {name or "": _shown(scores, name) if name else "none: the shop has none" for name in names}
    listed = " or ".join(name for name in names if name)
    return Question(
        f"columns.{role}",
        f"Which column is {_WORDS[role]}: {listed}?" if None not in names else f"Is {listed} {_WORDS[role]}?",
        choices,
    )


def _shown(scores: Scores, name: str) -> str:
    return f"{name} ({', '.join(scores.profile[name].values[:3])} …)"


def _money(scores: Scores, best: Reading, near: list[Reading], fixed: dict[str, str | None]) -> list[Question]:
    if not best.money or {"unit_price", "amount", "quantity"} & fixed.keys():
        return []
    own = best.money
    for reading in near:
        other = reading.money
        if not other or reading.order != best.order or reading.item != best.item:
            continue
        if (own.quantity, own.unit_price, own.amount) == (other.quantity, other.unit_price, other.amount):
            continue
        if own.quantity != other.quantity and _same(scores, [own.quantity, other.quantity]):
            continue
        if own.quantity != other.quantity:
            return [
                Question(
                    "columns.quantity",
                    "Which column is the number of pieces?",
                    {
                        name or "": _shown(scores, name) if name else "none: each line is one"
                        for name in (own.quantity, other.quantity)
                    },
                )
            ]
        first, second = own.unit_price or own.amount or "", other.unit_price or other.amount or ""
        if first == second:
            return [
                Question(
                    "columns.unit_price",
                    f"Is {first} the price of one piece, or what the whole line came to?",
                    {first: "the price of one piece", "": "what the whole line came to (columns.amount)"},
                )
            ]
        role = "unit_price" if own.unit_price else "amount"
        if bool(own.unit_price) == bool(other.unit_price):
            return [
                Question(
                    f"columns.{role}",
                    "Which column is what the customer paid?",
                    {name: _shown(scores, name) for name in (first, second)},
                )
            ]
        return [
            Question(
                f"columns.{role}",
                f"Is {first} {'the price of one piece' if role == 'unit_price' else 'what a line came to'}, "
                f"or is {second} {'the price of one piece' if second == other.unit_price else 'what a line came to'}?",
                {first: _shown(scores, first), "": _shown(scores, second)},
            )
        ]
    return []


def _discounts(scores: Scores, best: Reading, fixed: dict[str, str | None]) -> list[Question]:
    """Whether columns that are discounts by name are money: nothing beside them shows what was paid in the end."""
    names = best.money.doubtful if best.money else ()
    if not names or "discounts" in fixed:
        return []
    listed = ", ".join(names)
    return [
        Question(
            "columns.discounts",
            f"Is {listed} money that is taken off a line?",
            {
                listed: f"yes: {'; '.join(_shown(scores, name) for name in names)}",
                "": "no: it is a share, or the price is less it already",
            },
        )
    ]


def _rest(scores: Scores, role: str, best: Reading) -> list[Question]:
    """Of the roles that may be missing: two columns as likely, or one about which nothing is sure."""
    taken = {best.order, best.item, best.customer, best.time, *(best.money.used if best.money else ())}
    others = {name for known, name in best.rest.items() if known != role}
    scored = sorted(
        (
            (scores.beside(role, name, best.order, best.item, best.customer), name)
            for name in scores.profile.columns
            if name not in taken and name not in others
        ),
        reverse=True,
    )[:3]
    likely = [name for value, name in scored if value > ENOUGH[role] and scored[0][0] - value < NEAR]
    if len(likely) > 1 and not _same(scores, [*likely]):
        named = [name for name in likely if name_score(role, name) > 0]
        if len(named) == 1:
            return []
        return [_which(scores, role, [*likely, None])]
    # Where the name says nothing and the values little, one column is no proof.
    if scored and not concepts(scored[0][1]) and abs(scored[0][0] - ENOUGH[role]) < _DOUBT.get(role, 0.0):
        return [_which(scores, role, [scored[0][1], None])]
    return []
