"""MLflow: runs that ended long ago and that no version of a model came from, with their artifacts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aieco_assets.core.maintenance.result import Freed
from aieco_assets.core.registry.tracking import EXPERIMENT, is_server, mlflow_client, registry_errors
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

_PAGE = 500


def remove_unused_runs(settings: Settings, age: timedelta, dry_run: bool) -> Freed:
    """Runs of this platform's experiment; the sources of versions stay, and so do the parents of those.

    A tracking server only marks them as deleted: its own `mlflow gc` removes rows and files.
    """
    client = mlflow_client(settings)
    with registry_errors(settings):
        experiment = client.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            return Freed("MLflow runs that no model came from")
        needed = {str(version.run_id) for version in _versions(client)}
        runs = list(_ended(client, experiment.experiment_id, age))
        needed |= {parent for run in _runs(client, needed) if (parent := run.data.tags.get("mlflow.parentRunId"))}
        unused = [run for run in runs if run.info.run_id not in needed]
        size = 0
        for run in unused:
            size += 0 if is_server(settings) else _bytes(client, run.info.run_id)
            if not dry_run:
                _delete(settings, client, run)
    return Freed("MLflow runs that no model came from", len(unused), size)


def _versions(client: MlflowClient) -> Iterator[Any]:
    token = None
    while True:
        page = client.search_model_versions("", max_results=_PAGE, page_token=token)
        yield from page
        if not (token := page.token):
            return


def _ended(client: MlflowClient, experiment: str, age: timedelta) -> Iterator[Run]:
    before = int((time.time() - age.total_seconds()) * 1000)
    token = None
    while True:
        page = client.search_runs([experiment], f"attributes.end_time < {before}", max_results=_PAGE, page_token=token)
        yield from page
        if not (token := page.token):
            return


def _runs(client: MlflowClient, ids: set[str]) -> Iterator[Run]:
    from mlflow.exceptions import MlflowException

    for one in ids - {"", "None"}:
        try:
            yield client.get_run(one)
        except MlflowException:  # of a version whose run somebody deleted
            continue


def _bytes(client: MlflowClient, run_id: str, path: str | None = None) -> int:
    found = client.list_artifacts(run_id, path)
    return sum(_bytes(client, run_id, one.path) if one.is_dir else one.file_size or 0 for one in found)


def _delete(settings: Settings, client: MlflowClient, run: Run) -> None:
    """As `mlflow gc` does it: marked, then files, then rows, so that a killed one is found again and finished by it."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    client.delete_run(run.info.run_id)
    if is_server(settings):
        return
    get_artifact_repository(str(run.info.artifact_uri)).delete_artifacts()
    client._tracking_client.store._hard_delete_run(run.info.run_id)  # type: ignore[attr-defined]
