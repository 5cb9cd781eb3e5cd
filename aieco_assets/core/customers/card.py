"""The model card of a clv version: what it is for, what it learned from, how good it is, and where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aieco_assets.core.monitoring.chart import calibration_chart
from aieco_assets.core.predictions.baseline import against_baseline

LIMITS = (
    "It sees only when a customer bought and for how much, net of linked cancellations: no prices, no seasons.",
    "Customers who bought once look alike but for their age; BG/NBD calls all of them alive.",
    "Spending is taken as unrelated to frequency (Gamma-Gamma); returns that no sale is linked to are not taken off.",
    "Money is in the shop's currency.",
    "Customers without an id are not in it, and nobody is before their first purchase.",
    "Intervals hold for a shop that goes on as it did: a new assortment or a crisis is outside of them.",
)

_GROUP = ("group", "customers", "actual", "model_rmse", "model_bias", "naive_rmse")
_CANDIDATE = ("candidate", "holdout_rmse", "log_likelihood", "gradient", "error")


def model_card(content: dict[str, Any]) -> str:
    """Markdown made of the registered content alone: the same content gives the same bytes."""
    metrics, report = content["metrics"], content["report"]
    return "\n".join(
        [
            f"# clv: {content['model']}, value by {content['valuing']}, as of {content['as_of']}",
            "",
            "## Purpose",
            "Expected purchase days and their value per customer over the next 30, 90 and 365 days, with intervals of "
            "90 %, and the probability that a customer will buy again. For planning and for choosing whom to write to; "
            "not for decisions about single people without a look at their history.",
            "",
            "## Data",
            f"features.customer_rfm as of {content['calibration_as_of']} (calibration) and {content['as_of']} (final "
            f"fit): {metrics['customers']:,.0f} customers, {metrics['repeat_buyers']:,.0f} of them repeat buyers. "
            f"Digest {content['data_digest'][:16]}. Judged on the {metrics['holdout_days']:.0f} days in between "
            f"({metrics['holdout_customers']:,.0f} customers), which the judged fit had not seen.",
            "",
            "## Parameters",
            "With credible intervals of 95 % (Laplace). Time is in weeks.",
            "",
            *_table(["parameter", "value", "low", "high"], _parameters(content)),
            "",
            "## Errors on the holdout",
            f"Intervals of 90 % by bootstrap over customers. The baseline is the {report['baseline']}: each customer "
            "goes on as before, at the mean value of the customer's own purchase days.",
            "",
            f"- {_verdict(metrics, report['baseline'], 'purchase days', '')}",
            f"- {_verdict(metrics, report['baseline'], 'value', 'value_')}",
            "",
            *_table(["what", "model", "low", "high", "baseline"], _errors(metrics)),
            "",
            f"Of the customers {metrics['holdout_interval_coverage']:.1%} bought as often as their interval of 90 % "
            f"says, and {metrics['holdout_value_interval_coverage']:.1%} spent what it says.",
            "",
            "## Calibration by decile of what was expected",
            "",
            *_table(["decile", "customers", "expected", "actual"], _columns(report["deciles"])),
            "",
            "## By country group",
            "",
            *_table(
                ["group", "customers", "actual", "RMSE", "bias", "baseline RMSE"],
                _columns(report["country_groups"], _GROUP),
            ),
            "",
            "## Candidates",
            "",
            *_table(
                ["candidate", "holdout RMSE", "log-likelihood", "gradient", "failed because"],
                _columns(content["candidates"], _CANDIDATE),
            ),
            "",
            "## Candidates for the value",
            'Errors on the holdout; "own price at the recent rate" is the baseline itself.',
            "",
            *_table(["candidate", "RMSE", "MAE", "bias"], _columns(report["valuings"])),
            "",
            "## Limits",
            "",
            *[f"- {limit}" for limit in (*LIMITS, *_found_limits(metrics))],
            "",
        ]
    )


def calibration_plot(content: dict[str, Any]) -> str:
    """Expected against actual purchase days by decile, as SVG."""
    deciles = content["report"]["deciles"]
    return calibration_chart([row["expected"] for row in deciles], [row["actual"] for row in deciles])


def _verdict(metrics: dict[str, float], baseline: str, what: str, prefix: str) -> str:
    ours, theirs = metrics[f"holdout_{prefix}rmse"], metrics[f"naive_{prefix}rmse"]
    chance = metrics[f"holdout_{prefix}chance_of_better"]
    return f"{what.capitalize()}. {against_baseline(f'the {baseline}', 'RMSE', ours, theirs, chance)}"


def _parameters(content: dict[str, Any]) -> list[list[Any]]:
    values = {**content["parameters"], **content["spend"]["parameters"]}
    return [[name, values[name], *bounds] for name, bounds in content["intervals"].items()]


def _columns(rows: Sequence[dict[str, Any]], names: Sequence[str] = ()) -> list[list[Any]]:
    return [[row.get(name, "") for name in names or row] for row in rows]


def _found_limits(metrics: dict[str, float]) -> list[str]:
    """What these data in particular say against the model."""
    found = [f"Frequency and spending correlate by {metrics['frequency_and_spend_correlation']:.2f} in these data."]
    if metrics["holdout_value_rmse"] > metrics["naive_value_rmse"]:
        found.append(
            "On the holdout the value of purchases was foreseen worse than by the baseline: a few large customers "
            "weigh in here. Use the purchase days."
        )
    return found


def _errors(metrics: dict[str, float]) -> list[list[Any]]:
    rows = []
    for what, ours, theirs in (("purchase days", "holdout", "naive"), ("value", "holdout_value", "naive_value")):
        for error in ("rmse", "mae", "bias"):
            name = f"{ours}_{error}"
            rows.append(
                [f"{error.upper() if error != 'bias' else error} of {what}", metrics[name], metrics[f"{name}_low"],
                 metrics[f"{name}_high"], metrics[f"{theirs}_{error}"]]
            )  # fmt: skip
    return rows


def _table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(_cell(value) for value in line)} |" for line in lines]


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", "\\|").replace("\n", " ")
