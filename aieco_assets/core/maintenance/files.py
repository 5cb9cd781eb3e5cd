"""Files of a home that nobody looks at any more: output of old runs, reports of old days, logs that grew long."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

from aieco_assets.core.maintenance.result import Freed, size_of
from aieco_assets.core.settings import Settings

LOG_BYTES, TAIL_BYTES = 10 << 20, 1 << 20


def remove_old_output(settings: Settings, age: timedelta, dry_run: bool) -> Freed:
    """What the steps of runs printed (Dagster's compute logs), a folder each run."""
    return _remove("folders of what old runs printed", _old(settings.dagster_home / "storage", "*", age), dry_run)


def remove_old_reports(settings: Settings, age: timedelta, dry_run: bool) -> Freed:
    """Drift reports by day, some 4 MB each; the numbers of each day stay in monitoring.drift."""
    return _remove("old drift reports", _old(settings.reports / "drift", "*.html", age), dry_run)


def cut_logs(settings: Settings, dry_run: bool) -> Freed:
    """Keep the end of logs that grew long. Whoever has one open appends to it, and goes on."""
    long = [path for path in (settings.home / "logs").glob("*.log") if path.stat().st_size > LOG_BYTES]
    size = sum(path.stat().st_size - TAIL_BYTES for path in long)
    for path in [] if dry_run else long:
        with open(path, "r+b") as file:
            file.seek(-TAIL_BYTES, 2)
            tail = file.read()
            file.seek(0)
            file.write(tail)
            file.truncate()
    return Freed("long logs cut to their end", len(long), size)


def _old(folder: Path, pattern: str, age: timedelta) -> list[Path]:
    limit = time.time() - age.total_seconds()
    return [path for path in folder.glob(pattern) if path.stat().st_mtime < limit]


def _remove(what: str, paths: list[Path], dry_run: bool) -> Freed:
    size = size_of(paths)
    for path in [] if dry_run else paths:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return Freed(what, len(paths), size)
