"""dagster-mlflow's tracking resource, imported when a step needs it: MLflow costs the code location two seconds."""

from collections.abc import Iterator
from typing import Any

import dagster as dg


@dg.resource(
    config_schema={
        "experiment_name": dg.Field(str, default_value="aieco"),
        "extra_tags": dg.Field(dg.Permissive(), default_value={}),
    },
    required_resource_keys={"settings"},
    description="One MLflow run per Dagster run (tag dagster_run_id); assets log nested runs under it.",
)
def mlflow_tracking(context: dg.InitResourceContext) -> Iterator[Any]:
    from dagster_mlflow import mlflow_tracking as of_dagster_mlflow

    from aieco_assets.core.registry.tracking import use_tracking

    use_tracking(context.resources.settings, experiment=context.resource_config["experiment_name"])
    try:
        yield from of_dagster_mlflow.resource_fn(context)  # pyright: ignore[reportCallIssue]
    finally:
        import mlflow

        # An asset that failed before it came to its tracking leaves the run open, and MLflow would end it at exit,
        # when Postgres may be gone.
        if mlflow.active_run() is not None:
            mlflow.end_run(status="FAILED")
