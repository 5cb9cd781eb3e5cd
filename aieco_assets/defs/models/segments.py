"""Groups of customers, by rule and by k-means."""

from typing import Any

import dagster as dg

from aieco_assets.core.contracts import SEGMENTS
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.models.tracking import tracked
from aieco_assets.defs.models.ui_metadata import version_metadata
from aieco_assets.defs.retries import retried

KEY = dg.AssetKey(["models", "segments"])


@dg.asset(
    **catalog("models/segments", {"mlflow", "scikitlearn"}),
    description="Fifths of recency, frequency and spend behind the segments by rule, and k-means centroids, of the "
    "latest month end. Grain: one version per features and recipe.",
    deps=[["features", "customer_rfm"]],
)
@retried
def segments(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.customers.segments.training import train_segments
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart

    with tracked(context, mlflow) as provenance:
        trained = train_segments(settings, provenance)
    content = trained.content
    chart = bar_chart(list(content["sizes"]), list(content["sizes"].values()))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": int(content["metrics"]["customers"]),
            "changed": int(trained.created),
            **version_metadata(settings, SEGMENTS, trained),
            "as_of": content["as_of"],
            "metrics": dg.MetadataValue.json(content["metrics"]),
            "clusters": dg.MetadataValue.table([dg.TableRecord(centre) for centre in content["centres"]]),
            "sizes": dg.MetadataValue.md(as_markdown(chart, "customers by segment")),
        },
        data_version=dg.DataVersion(f"{trained.version}-{content['data_digest'][:16]}"),
    )


@dg.asset_check(asset=KEY, description="The champion's clusters come out again from customers drawn anew.")
def clusters_are_stable(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.customers.segments.training import STABLE
    from aieco_assets.core.registry.models import champion, load_json

    found = champion(settings, SEGMENTS)
    if found is None:
        return dg.AssetCheckResult(passed=True, description="There is no champion yet; nobody is in a segment.")
    metrics = load_json(settings, found)["metrics"]
    return dg.AssetCheckResult(
        passed=metrics["stability"] >= STABLE,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Adjusted Rand index {metrics['stability']:.2f} on average; 1 is the same, 0 is chance.",
        metadata={"version": found.version, "metrics": dg.MetadataValue.json(metrics)},
    )
