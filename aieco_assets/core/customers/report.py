"""Numbers of a trained clv model: flat metrics for the registry, tables for the model card."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.customers.bgnbd import Vector, histories
from aieco_assets.core.customers.evaluation import (
    by_decile,
    by_group,
    chance_of_better,
    country_groups,
    coverage,
    errors,
    uncertain_errors,
)
from aieco_assets.core.customers.gammagamma import spending
from aieco_assets.core.customers.holdout import Holdout
from aieco_assets.core.customers.intervals import intervals
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.customers.value_candidates import VALUINGS, expected_values, holding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Judged:
    """A model fitted up to the start of the holdout, and what it foresaw there."""

    holdout: Holdout
    model: ClvModel

    @cached_property
    def purchases(self) -> Vector:
        return self.model.expected_purchases(*histories(self.holdout.calibration), self.holdout.days)

    @cached_property
    def value(self) -> Vector:
        return self.model.expected_value(self.holdout.calibration, self.purchases, self.holdout.days)

    def valuings(self) -> list[dict[str, Any]]:
        """Every candidate of what the purchases are worth with its errors on the holdout, the best first."""
        holdout, rows = self.holdout, []
        for name in VALUINGS:
            value = expected_values(name, holdout.calibration, self.purchases, holdout.days, self.model.spend)
            rows.append({"candidate": name, **errors(value, holdout.actual_value)})
        return sorted(rows, key=lambda row: row["rmse"])


def metrics_of(judged: Judged, latest: pd.DataFrame, log_likelihood: float, spend_log_likelihood: float) -> Any:
    """Flat numbers. Purchases in days per customer, value in money per customer, over the holdout; `_low` and `_high`
    are bounds of 90 % by bootstrap."""
    holdout = judged.holdout
    lying = intervals(judged.model, holdout.calibration, [holdout.days])[holdout.days]
    frequency, value = spending(latest)
    paid = frequency > 0
    _, naive = holdout.baseline()
    naive_value = naive * holdout.spend_of_the_past()
    found: dict[str, float] = {
        "customers": len(latest),
        "repeat_buyers": int((latest["frequency"] > 0).sum()),
        "log_likelihood": log_likelihood,
        "spend_log_likelihood": spend_log_likelihood,
        # Gamma-Gamma takes these two as unrelated.
        "frequency_and_spend_correlation": _correlation(frequency[paid], value[paid]),
        "holdout_days": holdout.days,
        "holdout_customers": len(holdout.actual),
        "holdout_mean": float(holdout.actual.mean()),
        "holdout_interval_coverage": coverage(lying.purchases, holdout.actual),
        "holdout_value_mean": float(holdout.actual_value.mean()),
        "holdout_value_interval_coverage": coverage(holding(lying.value, judged.value), holdout.actual_value),
    }
    found |= _named("holdout", uncertain_errors(judged.purchases, holdout.actual))
    found |= _named("holdout_value", uncertain_errors(judged.value, holdout.actual_value))
    found |= _named("naive", errors(naive, holdout.actual))
    found |= _named("naive_value", errors(naive_value, holdout.actual_value))
    found["holdout_chance_of_better"] = chance_of_better(judged.purchases, naive, holdout.actual)
    found["holdout_value_chance_of_better"] = chance_of_better(judged.value, naive_value, holdout.actual_value)
    return found


def report_of(judged: Judged) -> dict[str, Any]:
    """Tables: calibration by decile of the expected purchases, errors by country group, the baselines."""
    holdout = judged.holdout
    baseline, naive = holdout.baseline()
    compared = {"model": judged.purchases, "naive": naive}
    return {
        "deciles": by_decile(judged.purchases, holdout.actual),
        "country_groups": by_group(country_groups(holdout.calibration["country"]), compared, holdout.actual),
        "baselines": {name: errors(expected, holdout.actual) for name, expected in holdout.naive().items()},
        "baseline": baseline,
        "valuings": judged.valuings(),
    }


def _correlation(one: Vector, other: Vector) -> float:
    """Pearson's; 0 where one of them does not vary."""
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0


def _named(prefix: str, found: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in found.items()}
