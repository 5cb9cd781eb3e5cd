"""The metrics that signals are kept of: what each means, its unit, what it can be, and what it is measured on.

A policy that names another metric, or a limit that a metric can't reach, is refused by what is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from aieco_assets.core.contracts import CHURN, CLV, LLM, RAG, SEGMENTS
from aieco_assets.core.monitoring.drift import CATEGORICAL, NUMERIC

ANSWER, PREDICTION = "answer", "prediction"  # kinds of the inference log
CUSTOMER_RFM, TRANSACTIONS, DOCUMENTS = "customer_rfm", "transactions", "documents"
MODELS = (CLV, CHURN, SEGMENTS, RAG)
TRIED = (LLM, RAG)  # on live questions


@dataclass(frozen=True)
class Metric:
    """`low` and `high`: the least and the most that it can be. `entities`: what it is measured on.

    `raised_by`: the action that makes it larger by being taken, empty for most.
    """

    name: str
    description: str
    unit: str
    low: float
    high: float
    entities: Sequence[str]
    sample: str  # what `sample_size` counts
    raised_by: str = ""


_CALLS = (ANSWER, PREDICTION)
_METRICS = (
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
    # From evaluation.rag_runs.
    Metric("golden_correct_rate", "Share of golden questions answered right.", "share", 0, 1, (RAG,), "questions"),
    # From monitoring.drift and the loads.
    Metric("drift_share", "Share of the features that drifted.", "share", 0, 1, (CUSTOMER_RFM,), "customers"),
    Metric(
        "drift_score",
        "Distance of a feature from its training data (normed Wasserstein; Jensen-Shannon of categories).",
        "standard deviations",
        0,
        inf,
        (*NUMERIC, *CATEGORICAL),
        "customers",
    ),
    Metric(
        "reject_rate", "Share of rows rejected, of those landed on the day.", "share", 0, 1, (TRANSACTIONS,), "rows"
    ),
    Metric("quarantine_rate", "Share of documents kept out.", "share", 0, 1, (DOCUMENTS,), "documents"),
    # From the predictions, before and after their labels come.
    Metric("mean_prediction", "Mean churn risk.", "probability", 0, 1, (CHURN,), "customers"),
    Metric(
        "prediction_shift",
        "Normed Wasserstein distance of the risks from those of the month end before.",
        "standard deviations",
        0,
        inf,
        (CHURN,),
        "customers",
    ),
    Metric(
        "estimated_accuracy",
        "Accuracy expected of the predictions before labels come (CBPE).",
        "share",
        0.5,
        1,
        (CHURN,),
        "customers",
    ),
    Metric("estimated_roc_auc", "ROC AUC expected likewise (CBPE).", "area", 0, 1, (CHURN,), "customers"),
    Metric("brier_score", "Mean squared error of the risks once labels came.", "score", 0, 1, (CHURN,), "customers"),
    Metric("calibration_error", "Expected calibration error by tenths.", "share", 0, 1, (CHURN,), "customers"),
    Metric("target_rate", "Share of customers that churned.", "share", 0, 1, (CHURN,), "customers"),
    Metric("calibration_ratio", "Purchases that came over those expected.", "ratio", 0, inf, (CLV,), "customers"),
    # From service.canaries and service.trials.
    Metric("canary_succeeded", "A challenger passed all steps: 1.", "count", 0, inf, TRIED, "answers"),
    Metric("canary_stopped", "A challenger was stopped for being worse: 1.", "count", 0, inf, TRIED, "answers"),
    # From monitoring.decisions.
    Metric("retrainings", "Retrainings by policies.", "runs", 0, inf, MODELS, "decisions", "retrain"),
    Metric("evaluations", "Evaluations by policies.", "runs", 0, inf, MODELS, "decisions", "evaluate"),
    Metric("promotions", "Promotions by policies.", "moves", 0, inf, MODELS, "decisions", "promote"),
    Metric("rollbacks", "Rollbacks by policies.", "moves", 0, inf, MODELS, "decisions", "rollback"),
)
METRICS = {metric.name: metric for metric in _METRICS}
