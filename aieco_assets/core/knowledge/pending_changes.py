"""When the knowledge base needs a run, and a key under which that run is asked for once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.lake import pending_documents
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource

LOOK_EVERY = timedelta(hours=24)


@dataclass(frozen=True)
class Need:
    """`key` is empty when nothing is to be done; `why` says it in one sentence. `urgent`: the source changed."""

    key: str
    why: str
    urgent: bool = False


def need_for_run(settings: Settings, now: datetime | None = None, declared: Sequence[DeclaredSource] = ()) -> Need:
    """Compare sources, lake and published index. Reads only; raises AiecoError when a source is missing or empty."""
    now = now or datetime.now(timezone.utc)
    pending = pending_documents(settings, declared)
    if pending.changes:
        if not pending.settled:
            return Need("", "A document was written in the last seconds: waiting for it to be whole.")
        why = f"{pending.changes} documents came, changed, moved or went."
        # The time of the last change is in the key because a source may return to an earlier state.
        return Need(f"{pending.digest}@{pending.last_change}", why, urgent=True)
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select (select max(last_seen) from lake.documents), (select max(as_of) from lake.knowledge_versions)"
        ).fetchone()
    last_seen, published = row or (None, None)
    if pending.last_change and (published is None or published < pending.last_change):
        # Once an hour: what failed by bad luck is tried again, what fails for a reason does not fill the queue.
        return Need(f"behind@{pending.last_change}@{now:%Y-%m-%dT%H}", "The published index is behind the lake.")
    if last_seen and now - last_seen > LOOK_EVERY:
        return Need(f"look@{now:%Y-%m-%d}", "Nobody has looked for a day.")
    return Need("", f"All {pending.unchanged} documents are as published.")
