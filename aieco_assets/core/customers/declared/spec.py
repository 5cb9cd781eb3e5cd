"""What is said of a model of customers that is declared and not programmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, get_args

from aieco_assets.core.contracts import CHURN, CLV, DAILY_SALES, EMBEDDER, LLM, RAG, SEGMENTS
from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import NUMBERS, RFM_COLUMNS

Target = Literal["buys", "spends"]
TARGETS: dict[str, str] = {
    "buys": "probability of a purchase in the {days} days after a month end",
    "spends": "what a customer spends in the {days} days after a month end, in the shop's currency",
}
Trainer = Literal["lightgbm", "linear"]
TRAINERS: tuple[str, ...] = get_args(Trainer)
TAKEN = (CHURN, CLV, DAILY_SALES, EMBEDDER, LLM, RAG, SEGMENTS)
LONGEST_DAYS = 365


@dataclass(frozen=True)
class ModelSpec:
    """`features`: columns of features.customer_rfm, or declared features by name. `days`: what the target looks at."""

    name: str
    target: str
    days: int
    features: tuple[str, ...]
    trainer: str

    @property
    def declared_features(self) -> tuple[str, ...]:
        """Those with a table of their own."""
        return tuple(one for one in self.features if one not in NUMBERS)

    @property
    def meaning(self) -> str:
        return TARGETS[self.target].format(days=self.days)

    @property
    def recipe(self) -> str:
        """Another way of training is another recipe: the same data are then trained again."""
        said = repr((self.target, self.days, self.features, self.trainer))
        return f"{self.trainer}-1/{sha256(said.encode()).hexdigest()[:8]}"


def checked_spec(
    name: str, target: str, days: int, features: Sequence[str], trainer: str, known: Sequence[str], place: str
) -> ModelSpec:
    """The spec. `known`: the declared features that there are; `place`: where it is said, for messages.

    Raises AiecoError that names what is none, and what there is.
    """
    checked_name(name)
    if name in TAKEN:
        raise AiecoError(f"{place}: the platform has a model {name} of its own; take another name.")
    if target not in TARGETS:
        raise AiecoError(f"{place}: there is no target {target or 'yet'}; take {' or '.join(TARGETS)}.")
    if trainer not in TRAINERS:
        raise AiecoError(f"{place}: there is no trainer {trainer}; take {' or '.join(TRAINERS)}.")
    if not 1 <= days <= LONGEST_DAYS:
        raise AiecoError(f"{place}: days is 1 to {LONGEST_DAYS}, not {days}.")
    if not features or len({*features}) < len(features):
        raise AiecoError(f"{place}: features names at least one, and each once.")
    # `known` are files of dbt: trained would be the column of customer_rfm, without a word.
    if builtin := next((one for one in known if one in RFM_COLUMNS), ""):
        file = f"dbt_project/models/features/{builtin}.sql"
        raise AiecoError(f"{place}: {file} has the name of the built-in feature {builtin}; rename or remove it.")
    if strange := next((one for one in features if one not in (*NUMBERS, *known)), ""):
        raise AiecoError(f"{place}: there is no feature {strange}; take {', '.join((*NUMBERS, *known))}.")
    return ModelSpec(name, target, days, tuple(features), trainer)
