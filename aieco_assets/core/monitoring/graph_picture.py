"""The graph as Dagster last had it, kept in Postgres for those who do not know Dagster: above all the service.

The daemon writes it each minute, and `aieco run` when it has ended. Moments are kept, not ages: how fresh something is
is worked out when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from pydantic import TypeAdapter, ValidationError

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.lineage.records import Column
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

NONE, FRESH, WARN, STALE = "none", "fresh", "warn", "stale"
MADE, FAILED, MISSING = "materialized", "failed", "missing"


@dataclass(frozen=True)
class CheckResult:
    """The last verdict of a check on an asset; `passed` is None before there is one."""

    name: str
    passed: bool | None
    blocking: bool


@dataclass(frozen=True)
class Policy:
    """The age, in seconds, from which an asset is nearly and really stale; None: never."""

    warn_after: float | None = None
    stale_after: float | None = None


@dataclass(frozen=True)
class AssetPicture:
    """One asset. `status` is empty of one that lies outside, `policy` None of one that may have any age.

    `waits`: for what, in words, where there is too little yet to make it from. `edges`: column of this asset -> (asset,
    column) that it is made from.
    """

    key: str
    parents: tuple[str, ...] = ()
    description: str = ""
    owners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    edges: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    status: str = ""
    made_at: datetime | None = None
    rows: int | None = None
    waits: str = ""
    policy: Policy | None = None
    checks: tuple[CheckResult, ...] = ()

    def freshness(self, now: datetime) -> str:
        """none, fresh, warn or stale."""
        absent = self.waits and self.made_at is None  # what can't be there yet is not late
        return NONE if absent else freshness(self.policy, self.made_at, now)


@dataclass(frozen=True)
class GraphPicture:
    """The assets in the order of the graph, and when they were looked at."""

    seen_at: datetime
    assets: tuple[AssetPicture, ...]


_ASSETS = TypeAdapter(tuple[AssetPicture, ...])


def freshness(policy: Policy | None, made_at: datetime | None, now: datetime) -> str:
    """By how old it is; what has a policy and was never made is stale."""
    if policy is None:
        return NONE
    if made_at is None:
        return STALE
    age = (now - made_at) / timedelta(seconds=1)
    if policy.stale_after is not None and age > policy.stale_after:
        return STALE
    return WARN if policy.warn_after is not None and age > policy.warn_after else FRESH


def write_picture(settings: Settings, picture: GraphPicture) -> None:
    """In place of the one before; of an unchanged graph the time alone is written."""
    assets = json.dumps(_ASSETS.dump_python(picture.assets, mode="json"))
    with connect(settings.warehouse) as connection:
        same = connection.execute(
            "update monitoring.graph_picture set seen_at = greatest(seen_at, %s) where assets = %s::jsonb",
            (picture.seen_at, assets),
        )
        if same.rowcount == 0:
            connection.execute(
                "insert into monitoring.graph_picture as known (assets, seen_at) values (%s::jsonb, %s)"
                " on conflict (only_row) do update set assets = excluded.assets, seen_at = excluded.seen_at"
                " where known.seen_at <= excluded.seen_at",
                (assets, picture.seen_at),
            )


def has_picture(settings: Settings) -> bool:
    with connect(settings.warehouse) as connection:
        return connection.execute("select from monitoring.graph_picture").fetchone() is not None


def read_picture(settings: Settings) -> GraphPicture:
    """The latest. Raises AiecoError before there is one."""
    with connect(settings.warehouse) as connection:
        found = connection.execute("select seen_at, assets from monitoring.graph_picture").fetchone()
    if found is None:
        raise AiecoError("Nobody has looked at the graph yet: run `aieco run`, or start the daemon by `aieco up`.")
    seen_at, assets = found
    try:
        known = _ASSETS.validate_python(assets, strict=False)
    except ValidationError:  # of another release, or a count that an erasure took for a customer's number
        raise AiecoError("What is kept of the graph can't be read: the daemon writes it anew in a minute.") from None
    return GraphPicture(seen_at.astimezone(timezone.utc), known)
