"""The gate of the clv model: which version may foresee purchases for everybody else."""

from __future__ import annotations

from typing import Any

from aieco_assets.core.customers.bgnbd import Vector, histories
from aieco_assets.core.customers.evaluation import (
    SMALLEST_GROUP,
    by_group,
    chance_of_better,
    country_groups,
    errors,
)
from aieco_assets.core.customers.holdout import Holdout
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.registry.promotion import Verdict

# A challenger's holdout RMSE must be this much lower than the champion's: less is chance, and no reason to change.
MARGIN = 0.01
# How much worse purchases may be foreseen by one that foresees their value better, or at all.
TOLERANCE = 0.01
# No country group may be this much worse, unless that may well be chance.
SLICE_MARGIN = 0.10
LIKELY = 0.95


def judge(holdout: Holdout, challenger: ClvModel, champion: ClvModel | None, champion_version: int | None) -> Verdict:
    """Challenger (fitted up to the start of the holdout) against champion, or against the naive baseline where there is
    no champion, on the same customers: clearly better at purchases, or at their value and no worse at purchases.
    Country groups are held against the champion's only.

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
    worse = _worse_groups(holdout, ours, rival) if champion else []
    numbers: dict[str, Any] = {
        "holdout_rmse": mine,
        "naive_rmse" if champion is None else "champion_rmse": theirs,
        "chance_of_better": chance_of_better(ours, rival, actual),
        "worse_groups": worse,
    }
    told = f"holdout RMSE {mine:.4f}, {against} has {theirs:.4f} on the same customers"
    if worse:
        return Verdict(False, f"{told}, but it is much worse in {', '.join(worse)}", numbers)
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


def _worse_groups(holdout: Holdout, ours: Vector, rival: Vector) -> list[str]:
    groups = country_groups(holdout.calibration["country"])
    found = []
    for row in by_group(groups, {"ours": ours, "rival": rival}, holdout.actual):
        inside = groups == row["group"]
        if (
            row["customers"] >= SMALLEST_GROUP
            and row["ours_rmse"] > row["rival_rmse"] * (1 + SLICE_MARGIN)
            and chance_of_better(ours[inside], rival[inside], holdout.actual[inside]) < 1 - LIKELY
        ):
            found.append(f"{row['group']} ({row['ours_rmse']:.4f} against {row['rival_rmse']:.4f})")
    return found
