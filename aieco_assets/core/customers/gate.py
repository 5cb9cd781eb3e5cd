"""The gate of the clv model: which version may foresee purchases for everybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aieco_assets.core.customers.bgnbd import Vector, histories
from aieco_assets.core.customers.evaluation import (
    chance_of_better,
    errors,
)
from aieco_assets.core.customers.holdout import Holdout
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.fairness import measures
from aieco_assets.core.fairness.slices import Slice, compare, sentence, worst
from aieco_assets.core.registry.promotion import Verdict

# A challenger's holdout RMSE must be this much lower than the champion's: less is chance, and no reason to change.
MARGIN = 0.01
# How much worse purchases may be foreseen by one that foresees their value better, or at all.
TOLERANCE = 0.01


def judge(
    holdout: Holdout,
    challenger: ClvModel,
    champion: ClvModel | None,
    champion_version: int | None,
    slices: Sequence[Slice] = (),
) -> Verdict:
    """Challenger (fitted up to the start of the holdout) against champion, or against the naive baseline where there is
    no champion, on the same customers: clearly better at purchases, or at their value and no worse at purchases.
    `slices`: what `compare_slices` found; a slice that is much worse refuses it whatever else holds.

    The champion's own training may have seen part of the holdout: that is to its advantage.
    """
    history, actual = histories(holdout.calibration), holdout.actual
    ours = challenger.expected_purchases(*history, holdout.days)
    if champion is None:
        baseline, rival = holdout.baseline()
        against = f"the {baseline}"
    else:
        rival, against = champion.expected_purchases(*history, holdout.days), f"version {champion_version}"
    mine, theirs = errors(ours, actual)["rmse"], errors(rival, actual)["rmse"]
    refused = worst(slices)
    numbers: dict[str, Any] = {
        "holdout_rmse": mine,
        "naive_rmse" if champion is None else "champion_rmse": theirs,
        "chance_of_better": chance_of_better(ours, rival, actual),
        "slices_compared": len(slices),
    }
    told = f"holdout RMSE {mine:.4f}, {against} has {theirs:.4f} on the same customers"
    if refused:
        return Verdict(False, f"{told}, but {sentence(refused, champion_version)}", numbers)
    if champion is None:
        return Verdict(mine < theirs, f"first version: {told}", numbers)
    if champion.spend is None:
        return Verdict(mine <= theirs * (1 + TOLERANCE), f"{told}, which knows no value of purchases", numbers)
    values = [_value_error(holdout, model, bought) for model, bought in ((challenger, ours), (champion, rival))]
    numbers |= {"holdout_value_rmse": values[0], "champion_value_rmse": values[1]}
    worth_more = mine <= theirs * (1 + TOLERANCE) and values[0] < values[1] * (1 - MARGIN)
    told = f"{told}, their value {values[0]:,.1f} against {values[1]:,.1f}; it takes {MARGIN:.0%} less of either"
    return Verdict(mine < theirs * (1 - MARGIN) or worth_more, told, numbers)


def _value_error(holdout: Holdout, model: ClvModel, bought: Vector) -> float:
    value = model.expected_value(holdout.calibration, bought, holdout.days)
    return errors(value, holdout.actual_value)["rmse"]


def compare_slices(
    holdout: Holdout, columns: Mapping[str, Sequence[str | None]], challenger: ClvModel, champion: ClvModel | None
) -> list[Slice]:
    """Purchases, and their value where both know it, by slice; beside the champion, if there is one."""
    history, days = histories(holdout.calibration), holdout.days
    models = [challenger, champion] if champion else [challenger]
    bought = [model.expected_purchases(*history, days) for model in models]
    found = compare(measures.PURCHASES, columns, holdout.actual, *bought)
    if all(model.spend is not None for model in models):
        worth = [
            model.expected_value(holdout.calibration, its, days) for model, its in zip(models, bought, strict=True)
        ]
        found += compare(measures.VALUE, columns, holdout.actual_value, *worth)
    return found
