"""Which churn model may speak of customers: one that knows more than chance, clearly more than the champion, and does
not pay for it with one group of them."""

from __future__ import annotations

from typing import Any

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.customers.churn.booster import from_text, risks
from aieco_assets.core.customers.churn.judging import average_precision, brier
from aieco_assets.core.customers.churn.training_set import Labelled
from aieco_assets.core.fairness import measures
from aieco_assets.core.fairness.attributes import slice_columns
from aieco_assets.core.fairness.measures import Vector, flagged
from aieco_assets.core.fairness.record import keep_slices
from aieco_assets.core.fairness.slices import Slice, compare, sentence, worst
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.promotion import Verdict
from aieco_assets.core.registry.versions import load_files, versions
from aieco_assets.core.settings import Settings

# The trees in use, and those that were judged: fitted without the month end that they were judged on.
TREES_FILE, JUDGED_FILE = "trees.txt", "judged.txt"
# A challenger's PR-AUC must be this much higher than the champion's: less is chance, and no reason to change.
MARGIN = 0.01


def weigh(settings: Settings, number: int, test: Labelled, content: dict[str, Any]) -> Verdict:
    """Version `number` against chance, and against the champion on the same customers, overall and slice by slice.

    Both models are judged by the fit that had not seen what these customers did next. What was found of the slices is
    kept on the version's run. Raises AiecoError where AIECO_SLICES names no column.
    """
    metrics = content["metrics"]
    ours, chance = metrics["pr_auc"], metrics["base_rate"]
    numbers = {name: metrics[name] for name in ("pr_auc", "base_rate", "recency_pr_auc", "brier")}
    present = champion(settings, CHURN)
    if present is not None and present.version == number:  # itself: a crash came between promotion and verdict
        present = None
    mine = _judged_risks(settings, number, test)
    said = risks(from_text(load_files(settings, present)[JUDGED_FILE]), test.table) if present else None
    slices = _slices(settings, test, mine, said)
    keep_slices(settings, CHURN, number, slices)
    numbers["slices_compared"] = len(slices)
    refused = worst(slices)
    told = sentence(refused, present.version if present else None) if refused else ""
    if ours <= chance:
        return Verdict(False, f"PR-AUC {ours:.3f} is no better than chance ({chance:.3f})", numbers)
    if present is None or said is None:
        reason = f"first version; PR-AUC {ours:.3f}, chance {chance:.3f}"
        return Verdict(refused is None, f"{reason}, but {told}" if told else reason, numbers)
    theirs = average_precision(test.churned, said)
    reason = f"PR-AUC {ours:.3f}, version {present.version} has {theirs:.3f} on the same customers"
    reason = f"{reason}; it takes {MARGIN:.0%} more"
    return Verdict(
        passed=ours > theirs * (1 + MARGIN) and refused is None,
        reason=f"{reason}, but {told}" if told else f"{reason}; no slice of customers is much worse",
        numbers=numbers | {"champion_pr_auc": theirs, "champion_brier": brier(test.churned, said)},
    )


def _judged_risks(settings: Settings, number: int, test: Labelled) -> Vector:
    version = next(one for one in versions(settings, CHURN) if one.version == number)
    return risks(from_text(load_files(settings, version)[JUDGED_FILE]), test.table)


def _slices(settings: Settings, test: Labelled, ours: Vector, said: Vector | None) -> list[Slice]:
    churned = test.churned
    champion_said = flagged(said, churned) if said is not None else None
    columns = slice_columns(settings, test.features)
    return compare(measures.CHURN, columns, churned.astype(float), flagged(ours, churned), champion_said)
