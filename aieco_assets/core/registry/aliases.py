"""Which version is in production, and the append-only history of how it came there.

MLflow keeps the present alias, Postgres the history, and no transaction spans both. So a move is first written
down as an intent, then made in MLflow, then recorded. Whoever comes next settles what a crash left behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, PREVIOUS
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import append, keep_head
from aieco_assets.core.governance.audit_events import of_move
from aieco_assets.core.registry.tracking import mlflow_client, model_lock, registry_errors
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import psycopg

_COLUMNS = "model, alias, from_version, to_version, actor, reason, metrics, moved_at"


@dataclass(frozen=True)
class AliasMove:
    """One row of registry.alias_moves: who or what moved an alias, when, why and on which numbers."""

    model: str
    alias: str
    from_version: int | None
    to_version: int | None
    actor: str
    reason: str
    metrics: dict[str, Any]
    moved_at: datetime


def set_alias(
    settings: Settings,
    name: str,
    alias: str,
    version: int,
    actor: str,
    reason: str,
    metrics: Mapping[str, Any] | None = None,
    replacing: int | None = None,
) -> bool:
    """Points `alias` at `version` and records it; False when it was there already.

    A new champion makes the old one `previous`. Raises AiecoError for a version that does not exist, and when
    `replacing` is given and is not the version that the alias points at: somebody else moved it.
    """
    with model_lock(settings, name) as connection:
        _settle(settings, connection, name)
        if version not in {known.version for known in versions(settings, name)}:
            raise AiecoError(
                f"Model {name} has no version {version}: `aieco history {name}` lists those that were used."
            )
        current = _alias_version(settings, name, alias)
        if current == version:
            return False
        if replacing not in (None, current):
            raise AiecoError(
                f"The {alias} of model {name} has become version {current} meanwhile: see `aieco history {name}`."
            )
        why = (actor, reason, dict(metrics or {}))
        if alias == CHAMPION and current is not None:
            before = _alias_version(settings, name, PREVIOUS)
            if before != current:
                _move(settings, connection, (name, PREVIOUS, before, current), *why)
        _move(settings, connection, (name, alias, current, version), *why)
        return True


def history(settings: Settings, name: str) -> list[AliasMove]:
    """Every alias move of a model, oldest first."""
    with model_lock(settings, name) as connection:
        _settle(settings, connection, name)
        rows = connection.execute(
            f"select {_COLUMNS} from registry.alias_moves"  # noqa: S608 - our own constant
            " where model = %s order by moved_at, id",
            (name,),
        ).fetchall()
    return [AliasMove(*row) for row in rows]


def _move(
    settings: Settings,
    connection: psycopg.Connection,
    move: tuple[str, str, int | None, int],
    actor: str,
    reason: str,
    metrics: dict[str, Any],
) -> None:
    from psycopg.types.json import Jsonb

    name, alias, _, version = move
    connection.execute(
        "insert into registry.alias_intents (model, alias, from_version, to_version, actor, reason, metrics)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (*move, actor, reason, Jsonb(metrics)),
    )
    with registry_errors(settings):
        mlflow_client(settings).set_registered_model_alias(name, alias, str(version))
    _record_intent(settings, connection, name, alias)


def _record_intent(settings: Settings, connection: psycopg.Connection, name: str, alias: str) -> None:
    with connection.transaction():
        made = connection.execute(
            f"insert into registry.alias_moves ({_COLUMNS}) select {_COLUMNS} from registry.alias_intents"  # noqa: S608
            " where model = %s and alias = %s returning from_version, to_version, actor, reason",
            (name, alias),
        ).fetchall()
        connection.execute("delete from registry.alias_intents where model = %s and alias = %s", (name, alias))
        head = append(connection, [entry for move in made if (entry := of_move(name, alias, *move))])
    keep_head(settings, head)


def _settle(settings: Settings, connection: psycopg.Connection, name: str) -> None:
    """Makes history and MLflow agree: finishes or drops what a crash left, and records moves made by other hands."""
    intents = connection.execute(
        "select alias, to_version from registry.alias_intents where model = %s", (name,)
    ).fetchall()
    for alias, to_version in intents:
        if _alias_version(settings, name, alias) == to_version:
            _record_intent(settings, connection, name, alias)
        else:  # the crash came before the move: it never happened
            connection.execute("delete from registry.alias_intents where model = %s and alias = %s", (name, alias))
    for alias in (CHAMPION, CHALLENGER, PREVIOUS):
        now = _alias_version(settings, name, alias)
        last = connection.execute(
            "select to_version from registry.alias_moves where model = %s and alias = %s order by id desc limit 1",
            (name, alias),
        ).fetchone()
        recorded = last[0] if last else None
        if now != recorded:
            _record_foreign(settings, connection, (name, alias, recorded, now))


def _record_foreign(
    settings: Settings, connection: psycopg.Connection, move: tuple[str, str, int | None, int | None]
) -> None:
    why = ("outside aieco", "found moved when the registry was next read")
    with connection.transaction():
        connection.execute(
            "insert into registry.alias_moves (model, alias, from_version, to_version, actor, reason)"
            " values (%s, %s, %s, %s, %s, %s)",
            (*move, *why),
        )
        head = append(connection, [entry for entry in [of_move(*move, *why)] if entry])
    keep_head(settings, head)


def _alias_version(settings: Settings, name: str, alias: str) -> int | None:
    found = version_by_alias(settings, name, alias)
    return found.version if found else None
