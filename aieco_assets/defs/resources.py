"""What assets are given to work with. The only module with @dg.definitions: Dagster drops its other objects."""

import dagster as dg

from aieco_assets.core.settings import get_settings
from aieco_assets.defs.lake.store import lake_bucket
from aieco_assets.defs.mlflow_resource import mlflow_tracking
from aieco_assets.defs.warehouse.dbt_run import warehouse_dbt


@dg.definitions
def resources() -> dg.Definitions:
    settings = get_settings()
    return dg.Definitions(
        resources={
            "settings": settings,
            "s3": lake_bucket,
            "mlflow": mlflow_tracking,
            "dbt": warehouse_dbt(),
        },
        # Each step of the multiprocess executor would import everything again; several runs still go side by side.
        executor=dg.in_process_executor,
    )
