"""The asset of a declared model, and what must hold of it."""

from typing import Any

import dagster as dg

from aieco_assets.core.customers.declared.spec import ModelSpec
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.models.checks import NO_CHAMPION
from aieco_assets.defs.models.slices import slice_check, slice_metadata
from aieco_assets.defs.models.tracking import tracked
from aieco_assets.defs.models.ui_metadata import version_metadata
from aieco_assets.defs.retries import retried

_KINDS = {"lightgbm": "lightgbm", "linear": "scikitlearn"}


def model_assets(spec: ModelSpec) -> dg.Definitions:
    """`models/<name>` with its checks."""
    read = [["features", "customer_rfm"], ["features", "purchases"], ["marts", "fct_orders"]]

    @dg.asset(
        **catalog(f"models/{spec.name}", {"mlflow", _KINDS[spec.trainer]}),
        description=f"Foresees {spec.meaning}, learned from earlier month ends and judged on a later one. Grain: one "
        "version per features, labels and declaration; none while history is too short.",
        deps=[*read, *(["features", one] for one in spec.declared_features)],
    )
    @retried
    def declared_model(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
    ) -> dg.MaterializeResult:
        from aieco_assets.core.customers.declared.training import train_declared

        with tracked(context, mlflow) as provenance:
            trained = train_declared(settings, spec, provenance)
        content = trained.content
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": int(content["rows"]),
                "changed": int(trained.created),
                **version_metadata(settings, spec.name, trained),
                "trained_on": f"{content['trained_as_of'][0]}...{content['trained_as_of'][-1]}",
                "judged_on": content["as_of"],
                "metrics": dg.MetadataValue.json(content["metrics"]),
                **slice_metadata(settings, spec.name, trained.version),
            },
            data_version=dg.DataVersion(f"{trained.version}-{content['data_digest'][:16]}"),
        )

    made: Any = declared_model  # of keywords in a dictionary pyright can't tell what the decorator gives
    return dg.Definitions(assets=[made], asset_checks=[_readable(spec), slice_check(spec.name)])


def _readable(spec: ModelSpec) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(["models", spec.name]),
        name=f"{spec.name}_champion_can_be_read",
        blocking=True,
        description="The champion's files are as registered, and every customer gets a number.",
    )
    def champion_can_be_read(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        from aieco_assets.core.customers.declared.training import champion_speaks

        found = champion_speaks(settings, spec.name)
        if found is None:
            return dg.AssetCheckResult(passed=True, description=NO_CHAMPION)
        return dg.AssetCheckResult(passed=found[1], metadata={"version": found[0]})

    return champion_can_be_read
