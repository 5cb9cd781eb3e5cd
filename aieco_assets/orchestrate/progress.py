"""What becomes of each asset of a run, read from Dagster's events as they happen."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import dagster as dg

from aieco_assets.core.errors import named
from aieco_assets.defs.asset_status import rows_of, waits_of
from aieco_assets.orchestrate.outcomes import AssetOutcome, Failure, Listener


class RunProgress:
    """Follows one run's events. Steps of a dbt command make several assets: each is timed by its own event."""

    def __init__(self, keys: Iterable[str], listen: Listener) -> None:
        self.assets = {key: AssetOutcome(key) for key in keys}
        self.failure: Failure | None = None
        self.listen = listen
        self.last = time.monotonic()

    def __call__(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        if event.is_step_start:
            self.last = time.monotonic()
            self._step_started(event)
        elif event.is_step_materialization:
            self._materialized(event)
        elif event.is_step_failure:
            self._failed(event)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event)

    def _step_started(self, event: Any) -> None:
        key = str(event.step_key).replace("__", "/", 1)
        if (asset := self.assets.get(key)) is not None:
            asset.status = "running"
            self.listen("started", asset)

    def _materialized(self, event: Any) -> None:
        materialization = event.step_materialization_data.materialization
        asset = self.assets.get(materialization.asset_key.to_user_string())
        if asset is None or asset.status == "materialized":
            return
        now = time.monotonic()
        asset.status, asset.seconds = "materialized", now - self.last
        self.last = now
        asset.rows = rows_of(materialization.metadata)
        asset.waits = waits_of(materialization.metadata)
        self.listen("finished", asset)

    def _checked(self, event: Any) -> None:
        evaluation = event.event_specific_data
        if evaluation.passed:
            return
        key = evaluation.asset_key.to_user_string()
        description = evaluation.description or "see its metadata in `aieco up`"
        reason = f"check {evaluation.check_name} failed: {description}"
        if evaluation.severity != dg.AssetCheckSeverity.ERROR:
            self.listen("warned", AssetOutcome(key, reason=reason))
            return
        if self.failure:
            return
        self.failure = (key, reason)
        asset = self.assets.get(key) or AssetOutcome(key)
        asset.status, asset.reason = "failed", self.failure[1]
        self.listen("failed", asset)

    def _failed(self, event: Any) -> None:
        key = str(event.step_key).replace("__", "/", 1)
        reason = one_sentence(event.step_failure_data.error)
        asset = self.assets.get(key) or AssetOutcome(key)
        asset.status, asset.reason, asset.seconds = "failed", reason, time.monotonic() - self.last
        if self.failure is None:
            self.failure = (key, reason)
        self.listen("failed", asset)


def one_sentence(error: Any) -> str:
    """The message of the AiecoError at the root of a step's failure, else the innermost error's first line.

    Checks are not tried again as assets are, so what LanceDB says of its store may come here as it is.
    """
    innermost = error
    while innermost is not None and innermost.cause is not None and innermost.cls_name != "AiecoError":
        innermost = innermost.cause
    if innermost is None:
        return "no reason was recorded"
    message = innermost.message.strip()
    prefix = f"{innermost.cls_name}: "
    text = message.split(prefix, 1)[1] if prefix in message else message
    if (told := named(said := RuntimeError(text))) is not said:
        return str(told)
    return text.splitlines()[0] if text else str(innermost.cls_name)
