"""The metrics of the models: what they are given, what they say, and how right they were."""

from __future__ import annotations

from math import inf

from aieco_assets.core.contracts import CHURN, CLV, DAILY_SALES, SEGMENTS
from aieco_assets.core.monitoring.drift_features import CATEGORICAL, COLUMNS, CUSTOMER_RFM, NUMERIC
from aieco_assets.core.monitoring.signal import Metric

PREDICTING = (CLV, CHURN, SEGMENTS, DAILY_SALES)
_LABELLED = (CLV, CHURN, DAILY_SALES)
_ROWS = "customers; of daily_sales days"

MODEL_METRICS = (
    # From monitoring.drift.
    Metric("drift_share", "Share of the features that drifted.", "share", 0, 1, (CUSTOMER_RFM,), "customers"),
    Metric(
        "drift_score",
        "Distance of a feature from the month that clv was trained on (normed Wasserstein; of categories "
        "Jensen-Shannon).",
        "standard deviations",
        0,
        inf,
        (*NUMERIC, *CATEGORICAL),
        "customers",
    ),
    Metric(
        "training_drift_share",
        "Share of a model's inputs that drifted from what its champion was trained on last.",
        "share",
        0,
        1,
        PREDICTING,
        _ROWS,
    ),
    Metric(
        "training_drift_score",
        "The distance of each of these inputs, as model.input.",
        "standard deviations",
        0,
        inf,
        tuple(f"{model}.{column}" for model, columns in COLUMNS.items() for column in columns),
        _ROWS,
    ),
    # From the predictions, before their labels come.
    Metric("mean_prediction", "Mean churn risk.", "probability", 0, 1, (CHURN,), "customers"),
    Metric(
        "prediction_shift",
        "Normed Wasserstein distance of what a model says from what it said a month end before (of daily_sales: 28 "
        "days before); of segments the Jensen-Shannon distance of their shares.",
        "standard deviations",
        0,
        inf,
        PREDICTING,
        _ROWS,
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
    # And after.
    Metric("brier_score", "Mean squared error of the risks once labels came.", "score", 0, 1, (CHURN,), "customers"),
    Metric("calibration_error", "Expected calibration error by tenths.", "share", 0, 1, (CHURN,), "customers"),
    Metric("target_rate", "Share of customers that churned.", "share", 0, 1, (CHURN,), "customers"),
    Metric(
        "target_shift",
        "Effect size of the change of the labels from those of a month end before (of daily_sales: the 28 days "
        "before): Cohen's h of the churned share, Cohen's d of purchases and of sales.",
        "standard deviations",
        -inf,
        inf,
        _LABELLED,
        _ROWS,
    ),
    Metric(
        "calibration_ratio",
        "Purchases (of daily_sales: sales) that came over those expected.",
        "ratio",
        0,
        inf,
        (CLV, DAILY_SALES),
        _ROWS,
    ),
    Metric(
        "interval_coverage",
        "Share of what came that lay inside the bounds: nine of ten are wanted of clv, four of five of daily_sales.",
        "share",
        0,
        1,
        (CLV, DAILY_SALES),
        _ROWS,
    ),
    Metric(
        "forecast_wape",
        "Absolute errors of the forecast over the sales that came (weighted absolute percentage error).",
        "ratio",
        0,
        inf,
        (DAILY_SALES,),
        "days",
    ),
)
