"""Everything that would grow for ever in a home that changes daily, brought back to what is needed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from aieco_assets.core.maintenance.event_log import trim_event_log
from aieco_assets.core.maintenance.files import cut_logs, remove_old_output, remove_old_reports
from aieco_assets.core.maintenance.lake import remove_orphans
from aieco_assets.core.maintenance.models import remove_unused_runs
from aieco_assets.core.maintenance.result import Freed
from aieco_assets.core.maintenance.vectors import compact_vectors
from aieco_assets.core.settings import Settings

RUNS_KEPT = timedelta(days=30)
REPORTS_KEPT = timedelta(days=90)


def maintain(settings: Settings, dry_run: bool = False) -> Iterator[Freed]:
    """What each step removed, as it is done. Needs nobody to stop work, and may be killed and run again.

    Old bentos are not among it: building one leaves three. With `dry_run` nothing is removed; what compaction will
    free is known only afterwards.
    """
    yield compact_vectors(settings, dry_run)
    yield remove_orphans(settings, dry_run)
    yield from trim_event_log(settings, RUNS_KEPT, dry_run)
    yield remove_old_output(settings, RUNS_KEPT, dry_run)
    yield remove_unused_runs(settings, RUNS_KEPT, dry_run)
    yield remove_old_reports(settings, REPORTS_KEPT, dry_run)
    yield cut_logs(settings, dry_run)
