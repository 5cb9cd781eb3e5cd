"""What a table is read as: the columns of all roles together, what it is proposed to be, and what has to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aieco_assets.core.retail.proposal.money import Money
from aieco_assets.core.retail.proposal.profile import Profile

NEAR = 1.3  # two readings whose scores differ by less are as likely as each other
# Least score with which a role that may be missing is taken; in the zone below it a person is asked.
ENOUGH = {
    "order": 3.0,
    "customer": 2.2,
    "description": 1.5,
    "category": 2.0,
    "country": 2.5,
    "store": 2.5,
    "currency": 3.0,
    "order_type": 3.0,
}


@dataclass(frozen=True)
class Question:
    """What the values cannot decide. `entry`: of shop.yaml. `choices`: what can be answered -> in words."""

    entry: str
    text: str
    choices: Mapping[str, str]


@dataclass
class Proposal:
    """The roles of a table's columns. `missing`: what a shop must have and this table has not."""

    profile: Profile
    columns: dict[str, Any]
    reasons: dict[str, str]
    questions: list[Question]
    missing: list[str]
    score: float
    money: Money | None = None
    written: dict[str, Any] = field(default_factory=dict)
    fill_down: bool = False


@dataclass(frozen=True)
class Reading:
    order: str | None
    item: str
    customer: str | None
    time: str | None
    money: Money | None
    rest: dict[str, str]
    score: float

    def role(self, role: str) -> str | None:
        return getattr(self, role) if role in ("order", "item", "customer", "time") else self.rest.get(role)
