"""What can be wrong with the graph: its assets, gates, runs and the decisions that wait for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aieco_assets.core.monitoring.incidents import CRITICAL, Trouble, open_incidents, recover
from aieco_assets.core.policy.records import waiting_for_approval
from aieco_assets.core.settings import Settings

RUN_FAILED = "run_failed"
# Rows of `aieco status --json`.
Assets = Iterable[Mapping[str, Any]]


def stale_troubles(assets: Assets) -> list[Trouble]:
    """Assets that are older than their freshness policy lets them be; one that was never made is none of them."""
    return [
        Trouble("stale_asset", row["key"], f"{row['key']} was last made at {row['materialized_at']} and is stale.")
        for row in assets
        if row["freshness"] == "stale" and row["materialized_at"]
    ]


def gate_troubles(failed: Iterable[tuple[str, str]]) -> list[Trouble]:
    """Of the blocking checks that failed: asset and name of each."""
    return [
        Trouble(
            "check_failed",
            f"{asset}: {check}",
            f"Check {check} of {asset} failed: what comes after it is not made.",
            CRITICAL,
        )
        for asset, check in failed
    ]


def approval_troubles(settings: Settings) -> list[Trouble]:
    return [
        Trouble("approval_awaited", one, f"Decision {one} waits for a person: aieco policy approve {one}")
        for one in waiting_for_approval(settings)
    ]


def run_trouble(run_id: str, job: str, chosen: Sequence[str], message: str) -> Trouble:
    """A run that failed: of its job, or of the assets that were chosen, where the job's name says nothing."""
    subject = ", ".join(sorted(chosen)) or job
    return Trouble(RUN_FAILED, subject, f"Run {run_id} of {job} failed: {message}")


def recover_runs(
    settings: Settings, assets: Assets, succeeded_at: Callable[[str], datetime | None], now: datetime
) -> None:
    """Ends the incidents of runs whose job has succeeded since, or every one of whose assets was made since.

    `succeeded_at`: when a job last did.
    """
    status = {row["key"]: row["status"] for row in assets}
    for subject, last_seen in open_incidents(settings, RUN_FAILED).items():
        chosen = subject.split(", ")
        if status.keys() >= {*chosen}:
            is_over = all(status[key] != "failed" for key in chosen)
        else:
            latest = succeeded_at(subject)
            is_over = latest is not None and latest > last_seen
        if is_over:
            recover(settings, RUN_FAILED, subject, now)
