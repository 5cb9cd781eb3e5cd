"""The model card (Mitchell et al. 2019): what the churn model is for, on what it was judged, where it ends."""

from __future__ import annotations

from typing import Any

from aieco_assets.core.customers.churn.table import LIMITS
from aieco_assets.core.predictions.baseline import against_baseline


def model_card(content: dict[str, Any]) -> str:
    """Markdown of a version's content (model.json)."""
    metrics = content["metrics"]
    groups = "\n".join(
        f"| {one['name']} | {one['customers']} | {one['base_rate']:.3f} | {one['brier']:.3f} |"
        for one in content["slices"]
    )
    return f"""# Churn

**Purpose.** The probability that a customer buys nothing in the {content["window_days"]} days after a month end, for
choosing whom to write to. Not for prices, credit or terms.

**Data.** Customer features as of {content["trained_as_of"][0]} to {content["trained_as_of"][-1]} ({content["rows"]}
rows, {content["train_base_rate"]:.1%} churned); judged on {metrics["customers"]:.0f} customers as of
{content["as_of"]}, whose 90 days nothing in training knew. The trees in use were then fitted to these, too.

**Numbers.** PR-AUC {metrics["pr_auc"]:.3f} (90 % interval {metrics["pr_auc_low"]:.3f} to {metrics["pr_auc_high"]:.3f});
chance {metrics["base_rate"]:.3f}; days since the last purchase alone {metrics["recency_pr_auc"]:.3f}.
Brier score {metrics["brier"]:.3f}, base rate {metrics["base_rate_brier"]:.3f}; calibration error
{metrics["calibration_error"]:.3f}.

**Against the naive baseline.** {_verdict(metrics)}

| country group | customers | churned | Brier score |
| --- | ---: | ---: | ---: |
{groups}

**Limits.** {LIMITS}
"""


def _verdict(metrics: dict[str, float]) -> str:
    return against_baseline(
        "a list by days since the last purchase",
        "PR-AUC",
        metrics["pr_auc"],
        metrics["recency_pr_auc"],
        metrics["chance_of_better"],
        lower=False,
    )
