"""A home that was moved to another disk: MLflow keeps full paths of its artifacts, which lie within the home."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.registry.tracking import EXPERIMENT
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

_LOCK = 7_214_004
# Where MLflow 3 keeps places of artifacts.
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def follow_home(settings: Settings) -> None:
    """Has MLflow look for its artifacts in this home, where it names one that this one was before it was moved.

    Nothing happens while the artifacts of another home are still there and the Postgres is not this home's own: two
    homes may share a server.
    """
    from psycopg import sql

    with connect(settings.database("mlflow")) as connection:
        # The first run has not made the tables yet.
        ((known,),) = connection.execute("select to_regclass('experiments') is not null").fetchall()
        if not known:
            return
        before = _artifacts_named(connection)
        if before is None or not _has_moved(settings, before):
            return
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        for table, column in _PLACES:
            connection.execute(
                sql.SQL("update {} set {} = %s || substr({}, %s) where starts_with({}, %s)").format(
                    sql.Identifier(table), *[sql.Identifier(column)] * 3
                ),
                (str(settings.artifacts), len(str(before)) + 1, f"{before}/"),
            )
    logging.getLogger(__name__).info("The home has moved: artifacts of %s are those of %s.", before, settings.artifacts)


def _artifacts_named(connection: psycopg.Connection[Any]) -> Path | None:
    """Where MLflow believes the artifacts of a home to be; None where they are behind a tracking server."""
    row = connection.execute("select artifact_location from experiments where name = %s", (EXPERIMENT,)).fetchone()
    place = Path(row[0].removeprefix("file://")) if row else None
    return place.parent if place and place.is_absolute() and place.name == EXPERIMENT else None


def _has_moved(settings: Settings, before: Path) -> bool:
    if before == settings.artifacts or not (settings.artifacts / EXPERIMENT).is_dir():
        return False
    if not before.exists():
        return True
    is_own = settings.warehouse == EmbeddedPostgres(settings.home).url()
    return is_own and not before.samefile(settings.artifacts)
