"""One MLflow run per Dagster run, with a nested run per registered model under it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg

from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.registry.versions import Provenance


@contextmanager
def tracked(context: dg.AssetExecutionContext, mlflow: Any) -> Iterator[Provenance]:
    """Where a training is recorded: this Dagster run, and its MLflow run as the parent.

    dagster-mlflow opens that run and ends it only through a hook of jobs, which an ad-hoc materialisation does not
    have: it is ended here after each asset, and taken up again by the next one of the same Dagster run.
    """
    parent = mlflow.active_run()
    if parent is None:
        same_run = f"tags.dagster_run_id = '{context.run_id}'"
        experiment = [mlflow.experiment.experiment_id]
        (found,) = mlflow.search_runs(experiment, filter_string=same_run, output_format="list")
        parent = mlflow.start_run(run_id=found.info.run_id)
    status = "FAILED"
    try:
        yield Provenance(dagster_run_id=context.run_id, parent_run_id=parent.info.run_id)
        status = "FINISHED"
    except NotTrainableError:  # nothing is wrong: it waits
        status = "FINISHED"
        raise
    finally:
        mlflow.end_run(status=status)
