"""The MLflow store: opened quickly, migrated once, never calling home."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.advisory_locks import held, see_nothing
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg
    from mlflow.tracking import MlflowClient

EXPERIMENT = "aieco"
# Any constant: held by whoever creates or migrates MLflow's tables, which MLflow itself does without a lock.
_MIGRATION_LOCK = 7_214_003
_opening = threading.Lock()
_clients: dict[str, MlflowClient] = {}


def mlflow_client(settings: Settings) -> MlflowClient:
    """The client of `settings.tracking_uri`, opened once per process and address.

    Raises AiecoError when the server or the database does not answer.
    """
    uri = settings.tracking_uri
    with _opening:
        if uri in _clients:
            return _clients[uri]
        _quiet_environment()
        if is_server(settings):
            return _clients.setdefault(uri, _opened(settings))
        # The first process to come creates some 60 tables (2.5 s); this also fails at once where MLflow would retry.
        with connect(settings.database("mlflow")) as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            see_nothing(connection)
            return _clients.setdefault(uri, _opened(settings))


def experiment_id(settings: Settings, name: str = EXPERIMENT) -> str:
    """Id of the experiment, created when missing. A tracking server places its artifacts; else they go under home."""
    from mlflow.exceptions import MlflowException

    client = mlflow_client(settings)
    with registry_errors(settings):
        found = client.get_experiment_by_name(name)
        if found is not None:
            return found.experiment_id
        location = None if is_server(settings) else str(settings.artifacts / name)
        try:
            return client.create_experiment(name, artifact_location=location)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            created = client.get_experiment_by_name(name)  # another process was quicker
            assert created is not None
            return created.experiment_id


def use_tracking(settings: Settings, experiment: str = EXPERIMENT) -> str:
    """Points MLflow's fluent functions (`mlflow.start_run` …) of this process at the settings; the experiment's id.

    MLflow writes its choices into the environment for child processes; ours read the settings instead,
    and a password has no business there.
    """
    found = experiment_id(settings, experiment)
    import mlflow

    before = {name: os.environ.get(name) for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")}
    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.tracking_uri)
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
    mlflow.set_experiment(experiment_id=found)
    return found


@contextmanager
def model_lock(settings: Settings, name: str) -> Iterator[psycopg.Connection]:
    """One writer per registered model, across processes. Yields an autocommit connection to the warehouse."""
    with held(settings.warehouse, f"registry/{name}"), connect(settings.warehouse, autocommit=True) as connection:
        yield connection


@contextmanager
def registry_errors(settings: Settings) -> Iterator[None]:
    """A registry that can't be reached becomes one sentence; every other error stays what it is."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except OperationalError as error:
        raise _unreachable(settings) from error
    except MlflowException as error:
        if error.error_code == "TEMPORARILY_UNAVAILABLE" or "failed with exception" in str(error):
            raise _unreachable(settings) from error
        if any(f"failed with error code {status}" in str(error) for status in (401, 403)):
            raise AiecoError(
                f"The model registry at {_place(settings)} does not let us in: set MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD to a user who may do this."
            ) from None
        raise


def _unreachable(settings: Settings) -> Unavailable:
    return Unavailable(
        f"The model registry at {_place(settings)} does not answer: start it, or mend MLFLOW_TRACKING_URI."
    )


def _place(settings: Settings) -> str:
    parts = urlsplit(settings.tracking_uri)
    return f"{parts.hostname or 'local'}:{parts.port or ''}{parts.path}"


def is_server(settings: Settings) -> bool:
    return urlsplit(settings.tracking_uri).scheme in ("http", "https")


def _opened(settings: Settings) -> MlflowClient:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=settings.tracking_uri, registry_uri=settings.tracking_uri)
    with registry_errors(settings):
        client.get_experiment_by_name(EXPERIMENT)  # a store opens at its first use: here, under the lock
    return client


def _quiet_environment() -> None:
    """No telemetry, no minutes of retries against a server that is down, no bars and lines about its own work."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
