"""What the policies would have decided, day by day, by the function that decides: beside what they did decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from aieco_assets.core.policy.decide import ACTED, Decision, decide
from aieco_assets.core.policy.records import measured_days, read_signals
from aieco_assets.core.policy.schema import Policy
from aieco_assets.core.policy.windows import longest
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

_TICK = time(0, 30)  # when a day that nobody decided would have been


@dataclass(frozen=True)
class Live:
    """A decision as it was taken. `version`: of the policy then."""

    version: str
    outcome: str
    evidence: Mapping[str, Any]
    actions: list[dict[str, Any]]
    decided_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class Replayed:
    """A decision now, and the live one of that day; None where there was none."""

    decision: Decision
    live: Live | None

    @property
    def agrees(self) -> bool | None:
        """Whether both say the same; None where there is no live one, or one by another version of the policy.

        They differ where signals of days that were decided are written anew.
        """
        live, now = self.live, self.decision
        if live is None or live.version != now.version:
            return None
        actions = [action.to_json() for action in now.actions]
        told = (now.outcome, now.evidence, actions, now.due_at)
        return told == (live.outcome, live.evidence, live.actions, live.due_at)


def replay(settings: Settings, policies: Sequence[Policy], days: int, now: datetime) -> list[Replayed]:
    """The last `days` days with signals, oldest first. Writes nothing.

    Where a policy decided live by its present version, it goes on from what was decided live before.
    """
    today = now.astimezone(timezone.utc).date()
    first = today - timedelta(days=days)
    with connect(settings.warehouse) as connection:
        known = measured_days(connection, first, today)
        live = _live(connection)
        signals = read_signals(connection, policies, first - timedelta(days=longest(policies)), today)
    past: dict[str, list[tuple[date, str]]] = {policy.name: [] for policy in policies}
    replayed = []
    for day in known:
        taking_part = [policy for policy in policies if not _passed_over(live[policy.name], day)]
        for policy in taking_part:
            if _begins(live[policy.name], policy, day, first):
                before = live[policy.name].items()
                past[policy.name] = [(when, one.outcome) for when, one in before if when < day]
        # Those that were decided together have the same moment; others the nominal one.
        moments = {one.decided_at for policy in taking_part if (one := live[policy.name].get(day))}
        decided = decide(taking_part, signals, past, day, min(moments, default=_moment(day)))
        for one in decided:
            replayed.append(Replayed(one, live[one.policy].get(day)))
            if one.outcome in ACTED:
                past[one.policy].append((day, one.outcome))
    return replayed


def _begins(live: Mapping[date, Live], policy: Policy, day: date, first: date) -> bool:
    """Whether a stretch of days begins that this version decided live, of those from `first` on."""
    before = [when for when in live if first <= when < day]
    decided = day in live and live[day].version == policy.version
    return decided and not (before and live[before[-1]].version == policy.version)


def _passed_over(live: Mapping[date, Live], day: date) -> bool:
    """A day whose signals came after a later one was decided: nobody decided it, nor will."""
    return bool(live) and day not in live and min(live) < day < max(live)


def _moment(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), _TICK, timezone.utc)


def _live(connection: Any) -> dict[str, dict[date, Live]]:
    found: dict[str, dict[date, Live]] = defaultdict(dict)
    for policy, day, *values in connection.execute(
        "select policy, day, version, outcome, evidence, coalesce((select jsonb_agg(action order by position)"
        " from monitoring.decision_actions where decision_id = id), '[]'), decided_at, due_at"
        " from monitoring.decisions order by day"
    ):
        found[policy][day] = Live(*values)
    return found
