"""What can run out in a home: its disk, and the way of the inference log to Postgres."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone

from aieco_assets.core.monitoring.incidents import CRITICAL, WARNING, Trouble
from aieco_assets.core.monitoring.journal import spool_of
from aieco_assets.core.settings import Settings

FREE_BYTES = 2 * 2**30  # less is told; a quarter of it wakes somebody
SHIPPED_WITHIN = timedelta(minutes=15)


def disk_troubles(settings: Settings) -> list[Trouble]:
    """The disk of the home, if it is nearly full."""
    free = shutil.disk_usage(settings.home).free
    if free > FREE_BYTES:
        return []
    return [
        Trouble(
            "disk_nearly_full",
            str(settings.home),
            f"{free / 2**30:.1f} GiB are free for {settings.home}: free some space, or move AIECO_HOME.",
            CRITICAL if free < FREE_BYTES / 4 else WARNING,
        )
    ]


def spool_troubles(settings: Settings, now: datetime) -> list[Trouble]:
    """The spool of the inference log, if rows have waited in it for longer than any shipping takes."""
    spool = spool_of(settings)
    oldest = spool.oldest
    if oldest is None or now - oldest < SHIPPED_WITHIN:
        return []
    return [
        Trouble(
            "spool_growing",
            str(spool.folder),
            f"{spool.bytes:,} bytes of the inference log wait on disk since {oldest.astimezone(timezone.utc):%H:%M}"
            " UTC: look at the service's log, or materialise monitoring/inference_log.",
        )
    ]
