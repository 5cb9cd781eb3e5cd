"""Who will not come back: the churn model, and what must hold of it before it scores anybody."""

from typing import Any

import dagster as dg

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.models.checks import NO_CHAMPION
from aieco_assets.defs.models.slices import slice_metadata
from aieco_assets.defs.models.tracking import tracked
from aieco_assets.defs.models.ui_metadata import version_metadata
from aieco_assets.defs.retries import retried

KEY = dg.AssetKey(["models", "churn"])
# Ranking by days since the last purchase may be this much better before it is worth a warning.
MARGIN = 0.02


@dg.asset(
    **catalog("models/churn", {"mlflow", "lightgbm"}),
    description="Probability of no purchase in the 90 days after a month end, learned from earlier month ends and "
    "judged on a later one. Grain: one version per features, labels and recipe; none while history is too short.",
    deps=[["features", "customer_rfm"], ["features", "purchases"], ["marts", "fct_orders"]],
)
@retried
def churn(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.customers.churn.training import train_churn
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart

    with tracked(context, mlflow) as provenance:
        trained = train_churn(settings, provenance)
    content = trained.content
    importance = bar_chart(list(content["importance"]), list(content["importance"].values()))
    tenths = "\n".join(f"| {size} | {said:.3f} | {seen:.3f} |" for size, said, seen in content["calibration"])
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": int(content["rows"]),
            "changed": int(trained.created),
            **version_metadata(settings, CHURN, trained),
            "trained_on": f"{content['trained_as_of'][0]}...{content['trained_as_of'][-1]}",
            "judged_on": content["as_of"],
            "metrics": dg.MetadataValue.json(content["metrics"]),
            "slices": dg.MetadataValue.json(content["slices"]),
            **slice_metadata(settings, CHURN, trained.version),
            "importance": dg.MetadataValue.md(as_markdown(importance, "mean absolute SHAP value in log-odds")),
            "calibration": dg.MetadataValue.md(f"| customers | risk | churned |\n| ---: | ---: | ---: |\n{tenths}"),
        },
        data_version=dg.DataVersion(f"{trained.version}-{content['data_digest'][:16]}"),
    )


@dg.asset_check(
    asset=KEY, blocking=True, description="The champion's files are as registered, and its risks are risks."
)
def churn_champion_can_be_read(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.customers.churn.scoring import load_churn_champion, predict_churn
    from aieco_assets.core.features.reader import available_as_of, read_rfm

    model = load_churn_champion(settings)
    if model is None:
        return dg.AssetCheckResult(passed=True, description=NO_CHAMPION)
    risk = predict_churn(model, read_rfm(settings, available_as_of(settings)[-1]).head(100))["churn_risk"]
    return dg.AssetCheckResult(passed=bool(risk.between(0, 1).all()), metadata={"version": model.version})


@dg.asset_check(
    asset=KEY, description="The champion finds those who stay away no worse than days since the last purchase do."
)
def churn_is_no_worse_than_recency(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.registry.models import champion, load_json

    found = champion(settings, CHURN)
    if found is None:
        return dg.AssetCheckResult(passed=True, description=NO_CHAMPION)
    metrics = load_json(settings, found)["metrics"]
    ours, recency = metrics["pr_auc"], metrics["recency_pr_auc"]
    return dg.AssetCheckResult(
        passed=ours >= recency - MARGIN,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"PR-AUC {ours:.3f}; recency alone {recency:.3f}; chance {metrics['base_rate']:.3f}.",
        metadata={"version": found.version, "metrics": dg.MetadataValue.json(metrics)},
    )
