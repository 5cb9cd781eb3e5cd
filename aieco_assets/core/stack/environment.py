"""The environment that every process of the platform is started with; `aieco env` prints it.

`python -m aieco_assets.core.stack.environment COMMAND …` becomes that command, with this environment: what containers
are started by, whose secrets name Postgres once and not in each form that Dagster, dbt and MLflow read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import PACKAGED, Settings, get_settings
from aieco_assets.core.stack.dbt import dbt_environment

TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "BENTOML_DO_NOT_TRACK": "True",
    "EVIDENTLY_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def platform_environment(settings: Settings) -> dict[str, str]:
    """Variables by which dagster, dbt, psql, mlflow and bentoml find this platform. Holds the Postgres password."""
    environment = {
        "AIECO_HOME": str(settings.home),
        "AIECO_POSTGRES_URL": settings.warehouse,
        # Dagster's NOTIFY takes no server-side parameters: psycopg 3, SQLAlchemy's default driver, dies on it.
        "AIECO_DAGSTER_POSTGRES_URL": settings.database("dagster").replace(
            "postgresql://", "postgresql+psycopg2://", 1
        ),
        # A range of days makes one event per day and asset: written singly they cost more than the data itself.
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
        # A code server answers once a run has loaded the graph: over a minute on a busy machine.
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "240",
        # Threads that spin while they wait slow each other down by the multiple on a machine that does other work too.
        "OMP_WAIT_POLICY": "passive",
        "AIECO_SERVICE_URL": settings.service_url or service_address(settings),
        "DAGSTER_HOME": str(settings.dagster_home),
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
        "BENTOML_HOME": str(settings.bentoml_home),
        **dbt_environment(settings.warehouse),
        **TELEMETRY_OFF,
    }
    sources = {"AIECO_DOCUMENTS": settings.documents, "AIECO_TRANSACTIONS": settings.transactions}
    environment |= {name: value for name, value in sources.items() if value}
    if settings.embedder == settings.llm == PACKAGED:
        environment["HF_HUB_OFFLINE"] = "1"
    return environment


def service_address(settings: Settings) -> str:
    """Where this home's own service listens while it is up."""
    return f"http://{settings.host}:{settings.service_port}"


@contextmanager
def temporary_environment(values: Mapping[str, str]) -> Iterator[None]:
    """os.environ with `values` while inside, for libraries and child processes that read nothing else."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def apply_environment(settings: Settings) -> None:
    """Give this process, and what it starts, the platform's environment."""
    os.environ.update(platform_environment(settings))


def become(command: list[str]) -> None:
    """Ends this process in favour of a command. Raises AiecoError for one that there is not."""
    if not command:
        raise AiecoError("No command was named: python -m aieco_assets.core.stack.environment COMMAND …")
    apply_environment(get_settings())
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        raise AiecoError(f"{command[0]} can't be started ({error.strerror}).") from None


if __name__ == "__main__":
    try:
        become(sys.argv[1:])
    except AiecoError as error:
        sys.exit(f"aieco: {error}")
