"""The metrics that signals are kept of: what each means, its unit, what it can be, and what it is measured on.

A policy that names another metric, or a limit that a metric can't reach, is refused by what is written here.
The docs site has the same as a page.
"""

from __future__ import annotations

from math import inf, isinf

from aieco_assets.core.contracts import CHURN, CLV, JOBS, LLM, RAG, SEGMENTS, WAITED_FOR
from aieco_assets.core.monitoring.signal import Metric
from aieco_assets.core.monitoring.signal_catalogue_models import MODEL_METRICS

ANSWER, PREDICTION = "answer", "prediction"  # kinds of the inference log
TRANSACTIONS, DOCUMENTS, PLATFORM = "transactions", "documents", "platform"
MODELS = (CLV, CHURN, SEGMENTS, RAG)
TRIED = (LLM, RAG)  # on live questions
_CALLS = (ANSWER, PREDICTION)

_SERVICE = (
    # From service.inference_log, without shadows.
    Metric("requests", "Calls of the service.", "calls", 0, inf, _CALLS, "calls"),
    Metric("error_rate", "Share of questions whose answer failed.", "share", 0, 1, (ANSWER,), "questions"),
    Metric("abstention_rate", "Share of answers that abstained.", "share", 0, 1, (ANSWER,), "answers"),
    Metric("verified_rate", "Share of answers that were verified.", "share", 0, 1, (ANSWER,), "answers"),
    Metric("thumbs_down_rate", "Share of ratings that were thumbs down.", "share", 0, 1, (ANSWER,), "ratings"),
    Metric("latency_p50_ms", "Median time of a call, queue included.", "ms", 0, inf, _CALLS, "calls"),
    Metric("latency_p99_ms", "Time that 99 of 100 calls stay under.", "ms", 0, inf, _CALLS, "calls"),
    Metric("tokens_per_answer", "Mean of tokens read and written.", "tokens", 0, inf, (ANSWER,), "answers"),
    Metric("top_score", "Mean score of the best hit of retrieval.", "score", -inf, inf, (ANSWER,), "answers"),
    Metric(
        "top_score_shift",
        "Cohen's d of the best hit's score against the 28 days before: 0.2 is small, 0.8 large.",
        "standard deviations",
        -inf,
        inf,
        (ANSWER,),
        "answers",
    ),
    Metric(
        "abstention_shift",
        "Cohen's h of the abstention rate against the 28 days before: 0.2 is small, 0.8 large.",
        "radians",
        -3.1416,
        3.1416,
        (ANSWER,),
        "answers",
    ),
    Metric(
        "topic_shift",
        "Cramér's V, corrected for chance, of what is asked about (the document of the best hit) against the 28 days "
        "before: 0.1 is small, 0.5 large.",
        "association",
        0,
        1,
        (ANSWER,),
        "answers",
    ),
)
_DATA = (
    Metric(
        "reject_rate", "Share of rows rejected, of those landed on the day.", "share", 0, 1, (TRANSACTIONS,), "rows"
    ),
    Metric("quarantine_rate", "Share of documents kept out.", "share", 0, 1, (DOCUMENTS,), "documents"),
    # From evaluation.rag_runs.
    Metric("golden_correct_rate", "Share of golden questions answered right.", "share", 0, 1, (RAG,), "questions"),
)
_OPERATIONS = (
    # From Dagster's records. Reference of a lag: the age at which the asset is stale.
    Metric("asset_lag_hours", "Age of an asset at the end of the day.", "hours", 0, inf, WAITED_FOR, "assets"),
    Metric("stale_share", "Share of the assets made before that were stale.", "share", 0, 1, (PLATFORM,), "assets"),
    Metric(
        "failed_check_share",
        "Share of the checks made on the day whose last result was a failure.",
        "share",
        0,
        1,
        (PLATFORM,),
        "checks",
    ),
    Metric("failed_run_share", "Share of the runs that failed.", "share", 0, 1, (PLATFORM,), "runs"),
    Metric("run_seconds", "Median time of a job's runs, beside the 28 days before.", "s", 0, inf, JOBS, "runs"),
)
_ACTIONS = (
    # From service.canaries and service.trials.
    Metric("canary_succeeded", "A challenger passed all steps: 1.", "count", 0, inf, TRIED, "answers"),
    Metric("canary_stopped", "A challenger was stopped for being worse: 1.", "count", 0, inf, TRIED, "answers"),
    # From monitoring.decisions.
    Metric("retrainings", "Retrainings by policies.", "runs", 0, inf, MODELS, "decisions", "retrain"),
    Metric("evaluations", "Evaluations by policies.", "runs", 0, inf, MODELS, "decisions", "evaluate"),
    Metric("promotions", "Promotions by policies.", "moves", 0, inf, MODELS, "decisions", "promote"),
    Metric("rollbacks", "Rollbacks by policies.", "moves", 0, inf, MODELS, "decisions", "rollback"),
)
GROUPS = {
    "The service": _SERVICE,
    "Data and golden questions": _DATA,
    "The models": MODEL_METRICS,
    "Assets, checks and runs": _OPERATIONS,
    "Challengers and policies": _ACTIONS,
}
METRICS = {metric.name: metric for group in GROUPS.values() for metric in group}
# Those whose signals name what they are compared with; of the others `timesReference` would never conclude.
COMPARED = frozenset(
    (
        *("requests", "latency_p50_ms", "latency_p99_ms", "abstention_rate", "verified_rate", "tokens_per_answer"),
        *("top_score", "top_score_shift", "abstention_shift", "drift_score", "training_drift_score"),
        *("mean_prediction", "target_rate", "target_shift", "brier_score", "calibration_ratio", "interval_coverage"),
        *("forecast_wape", "asset_lag_hours", "run_seconds"),
    )
)


def catalogue_page() -> str:
    """The lists of the docs site."""
    return "\n".join(f"## {title}\n\n{_HEAD}\n{''.join(map(_row, group))}" for title, group in GROUPS.items())


_HEAD = "| metric | what it is | unit | from | to | of | sample |\n| --- | --- | --- | --- | --- | --- | --- |"
_NAMED = 8  # entities; of more, their number and the first


def _row(metric: Metric) -> str:
    named = ", ".join(f"`{entity}`" for entity in metric.entities)
    if len(metric.entities) > _NAMED:
        named = f"{len(metric.entities)}, such as `{metric.entities[0]}`"
    low, high = ("" if isinf(one) else f"{one:g}" for one in (metric.low, metric.high))
    return f"| `{metric.name}` | {metric.description} | {metric.unit} | {low} | {high} | {named} | {metric.sample} |\n"
