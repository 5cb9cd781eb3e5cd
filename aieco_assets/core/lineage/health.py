"""Whether lineage arrives: for incidents and for `aieco doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from aieco_assets.core.lineage.destination import destination_of
from aieco_assets.core.lineage.progress import Progress, read_progress
from aieco_assets.core.monitoring.incidents import Trouble
from aieco_assets.core.settings import Settings

PATIENCE = timedelta(minutes=15)


def lineage_troubles(settings: Settings, now: datetime | None = None) -> list[Trouble]:
    """One while the destination has taken nothing for longer than a restart takes, and one while it refuses events."""
    if not settings.lineage:
        return []
    to = destination_of(settings.lineage)
    progress = read_progress(settings, to.digest)
    since = progress.failing_since
    if since is None or (now or datetime.now(timezone.utc)) - since < PATIENCE:
        return []
    return [Trouble("lineage_waits", to.name, f"Lineage {said(progress, to.name)}: look at {to.name}.")]


def said(progress: Progress, name: str) -> str:
    """How shipping goes, in words."""
    refused = f", {progress.refused:,} were refused ({progress.refused_reason})" if progress.refused else ""
    taken = f"{progress.taken:,} events are in {name}{refused}"
    if progress.failing_since is None:
        return taken
    since = progress.failing_since.astimezone(timezone.utc)
    return f"waits since {since:%Y-%m-%d %H:%M} UTC ({progress.reason}); {taken}"
