import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.features import assets as features
from aieco_assets.defs.retries import retried
from aieco_assets.defs.warehouse import assets as warehouse
from aieco_assets.defs.warehouse.dbt_integration import DbtCliResource
from aieco_assets.defs.warehouse.dbt_run import generate_docs

MODELS = (warehouse.daily_models, warehouse.whole_history_models, features.features)


@dg.asset(
    **catalog("docs/warehouse", {"dbt", "html"}),
    description="The dbt docs site of the warehouse in one file: models, columns, tests, lineage. Grain: one page.",
    deps=sorted(key for models in MODELS for key in models.keys),
)
@retried
def warehouse_docs(dbt: DbtCliResource, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    page = generate_docs(dbt, settings)
    return dg.MaterializeResult(
        metadata={
            "report": dg.MetadataValue.url(page.as_uri()),
            "report_path": dg.MetadataValue.path(str(page)),
            "bytes": page.stat().st_size,
        }
    )
