"""Models in the registry: stored as data, each version with what it was made from."""

from typing import Any

import dagster as dg

from aieco_assets.core.contracts import CLV
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.models.slices import slice_metadata
from aieco_assets.defs.models.tracking import tracked
from aieco_assets.defs.models.ui_metadata import clv_metadata, version_metadata
from aieco_assets.defs.retries import retried


@dg.asset(
    **catalog("models/embedder", {"mlflow", "huggingface"}),
    description="The embedder of the settings, registered by address and digest; the first is champion, another one "
    "when its gate lets it pass (knowledge/embeddings). Grain: one version per weights.",
)
@retried
def embedder(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.registry.models import register_embedder

    with tracked(context, mlflow) as provenance:
        return _reference_result(settings, register_embedder(settings, provenance))


@dg.asset(
    **catalog("models/llm", {"mlflow", "llama"}),
    description="The LLM of the settings, registered by address and sha256. Grain: one version per weights.",
)
@retried
def llm(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.registry.models import register_llm

    with tracked(context, mlflow) as provenance:
        return _reference_result(settings, register_llm(settings, provenance))


@dg.asset(
    **catalog("models/clv", {"mlflow", "pymc"}),
    description="Purchases (BG/NBD or Pareto/NBD, whichever foresaw better) and their value (Gamma-Gamma or the "
    "customers' own prices, likewise) as of the latest month end, judged on the months before it. Grain: one version "
    "per features and recipe; none while history is too short.",
    deps=[["features", "customer_rfm"]],
)
@retried
def clv(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.customers.clv import train_clv

    with tracked(context, mlflow) as provenance:
        trained = train_clv(settings, provenance)
    content = trained.content
    context.log.info(f"clv version {trained.version} ({content['model']}): {trained.gate or 'put there by a person'}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": int(content["metrics"]["customers"]),
            "changed": int(trained.created),
            **version_metadata(settings, CLV, trained),
            "gate": trained.gate,
            "trained_on": f"{content['calibration_as_of']}...{content['as_of']}",
            **slice_metadata(settings, CLV, trained.version),
            **clv_metadata(content),
        },
        data_version=dg.DataVersion(f"{trained.version}-{content['data_digest'][:16]}"),
    )


def _reference_result(settings: Settings, made: Any) -> dg.MaterializeResult:
    from aieco_assets.core.registry.models import champion

    version = champion(settings, made.name)
    assert version is not None
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": 1,
            "changed": int(made.created),
            "version": made.version,
            "champion": version.version,
            "model": version.tags["model"],
            "uri": version.uri,
            "sha256": version.sha256,
        },
        data_version=dg.DataVersion((version.sha256 or version.uri)[:64]),
    )
