"""Which churn model may speak of customers: one that knows more than chance, and clearly more than the champion."""

from __future__ import annotations

from typing import Any

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.customers.churn.booster import from_text, risks
from aieco_assets.core.customers.churn.judging import average_precision, brier, slices
from aieco_assets.core.customers.churn.training_set import Labelled
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.promotion import Verdict
from aieco_assets.core.registry.versions import load_files
from aieco_assets.core.settings import Settings

# The trees in use, and those that were judged: fitted without the month end that they were judged on.
TREES_FILE, JUDGED_FILE = "trees.txt", "judged.txt"
# A challenger's PR-AUC must be this much higher than the champion's: less is chance, and no reason to change.
MARGIN = 0.01
# How much worse one country group may fare.
SLICE_MARGIN = 0.1


def weigh(settings: Settings, number: int, test: Labelled, content: dict[str, Any]) -> Verdict:
    """Version `number` against chance, and against the champion on the same customers, overall and by country group.

    Both models are judged by the fit that had not seen what these customers did next.
    """
    metrics = content["metrics"]
    ours, chance = metrics["pr_auc"], metrics["base_rate"]
    numbers = {name: metrics[name] for name in ("pr_auc", "base_rate", "recency_pr_auc", "brier")}
    if ours <= chance:
        return Verdict(False, f"PR-AUC {ours:.3f} is no better than chance ({chance:.3f})", numbers)
    present = champion(settings, CHURN)
    if present is None or present.version == number:  # itself: a crash came between promotion and verdict
        return Verdict(True, f"first version; PR-AUC {ours:.3f}, chance {chance:.3f}", numbers)
    said = risks(from_text(load_files(settings, present)[JUDGED_FILE]), test.table)
    theirs = average_precision(test.churned, said)
    against = {one.name: one.brier for one in slices(test.churned, said, list(test.features["country"]))}
    worse = [one["name"] for one in content["slices"] if one["brier"] > against[one["name"]] * (1 + SLICE_MARGIN)]
    return Verdict(
        passed=ours > theirs * (1 + MARGIN) and not worse,
        reason=f"PR-AUC {ours:.3f}, version {present.version} has {theirs:.3f} on the same customers; it takes "
        f"{MARGIN:.0%} more; "
        f"Brier score worse for {', '.join(worse) or 'no country group'}",
        numbers=numbers | {"champion_pr_auc": theirs, "champion_brier": brier(test.churned, said)},
    )
