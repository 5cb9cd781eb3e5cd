"""Opening the platform: a home that can be written, a Postgres that answers, its databases and tables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.relocation import follow_home
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import ensure_databases
from aieco_assets.core.storage.schema import ensure_schema

SIBLING_DATABASES = ("dagster", "mlflow")
# Postgres' pg_ctl starts its server through a shell, and MLflow takes a path for an address.
_READ_OTHERWISE = re.compile(r'["$`\\\n]|%[0-9A-Fa-f]{2}')


@contextmanager
def open_platform(settings: Settings) -> Iterator[Settings]:
    """Settings with a Postgres behind them: the one named by AIECO_POSTGRES_URL, else the embedded one.

    The embedded server runs at least until the block ends; the last block to end stops it.
    Raises AiecoError when the home can't be written or the server does not answer.
    """
    ensure_home(settings.home)
    embedded = EmbeddedPostgres(settings.home)
    given = settings.postgres_url.get_secret_value()
    if given and given != embedded.url():
        yield _prepared(settings)
        return
    with embedded.lease() as url:
        yield _prepared(settings.model_copy(update={"postgres_url": SecretStr(url)}))


def ensure_home(home: Path) -> None:
    """Makes it. Raises AiecoError for one that can't be written, or whose path other programs read as another."""
    if found := _READ_OTHERWISE.search(str(home)):
        raise AiecoError(
            f"{home} can't be a home for the {found[0]!r} in it, which Postgres or MLflow reads as something else: "
            "set AIECO_HOME to another folder."
        )
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise AiecoError(f"{home} cannot be written ({error.strerror}): set AIECO_HOME to a folder that can.") from None


def _prepared(settings: Settings) -> Settings:
    warehouse = settings.warehouse
    names = [urlsplit(settings.database(suffix)).path.lstrip("/") for suffix in ("", *SIBLING_DATABASES)]
    fresh_cluster = warehouse == EmbeddedPostgres(settings.home).url()
    ensure_databases(urlsplit(warehouse)._replace(path="/postgres").geturl() if fresh_cluster else warehouse, names)
    ensure_schema(warehouse)
    follow_home(settings)
    return settings
