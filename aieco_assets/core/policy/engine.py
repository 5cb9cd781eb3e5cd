"""One tick: every policy decides the days that are new to it, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from aieco_assets.core.governance.audit import append_change, keep_head
from aieco_assets.core.policy.decide import ACTED, Decision, decide
from aieco_assets.core.policy.records import measured_days, read_past, read_signals, write
from aieco_assets.core.policy.schema import Policy
from aieco_assets.core.policy.windows import longest
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

# Whoever decides holds it to the end of the transaction: a second tick waits, and finds the days decided.
_DECIDE_LOCK = 63


def tick(settings: Settings, policies: Sequence[Policy], now: datetime) -> list[Decision]:
    """Decides and records the days whose signals are written and over; returns the new decisions, oldest first.

    A policy that has decided nothing yet begins with the last such day. All days of a tick are there or none is.
    """
    _note_changes(settings, policies)
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_DECIDE_LOCK,))
        today = now.astimezone(timezone.utc).date()
        known = measured_days(connection, date.min, today)
        last = dict(connection.execute("select policy, max(day) from monitoring.decisions group by policy").fetchall())
        pending = {policy.name: _pending(known, last.get(policy.name)) for policy in policies}
        days = sorted({day for days in pending.values() for day in days})
        if not days:
            return []
        since = days[0] - timedelta(days=longest(policies))
        signals, past = read_signals(connection, policies, since, days[-1]), {**read_past(connection)}
        decided = []
        for day in days:
            taking_part = [policy for policy in policies if day in pending[policy.name]]
            for one in decide(taking_part, signals, past, day, now):
                if write(connection, one):
                    decided.append(one)
                if one.outcome in ACTED:
                    past[one.policy] = [*past.get(one.policy, ()), (day, one.outcome)]
    return decided


def _note_changes(settings: Settings, policies: Sequence[Policy]) -> None:
    """The audit log knows which rules were in force when: files change without anybody's telling us."""
    versions = {f"policy:{policy.name}": policy.version for policy in policies}
    with connect(settings.warehouse) as connection:
        head = append_change(connection, "files of AIECO_POLICIES", versions, "policy")
    keep_head(settings, head)


def _pending(known: Sequence[date], last: date | None) -> set[date]:
    return set(known[-1:]) if last is None else {day for day in known if day > last}
