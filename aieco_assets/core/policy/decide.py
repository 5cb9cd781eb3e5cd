"""The engine: signals and what was decided before, in; decisions, out. Pure, so that a replay is the same function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from aieco_assets.core.policy.chains import ordered
from aieco_assets.core.policy.schema import Action, Policy, days_of
from aieco_assets.core.policy.windows import FAILED, INCONCLUSIVE, SUCCESSFUL, Seen, Signals, look
from aieco_assets.core.quiet_hours import after_quiet_hours

FIRE, HOLD, WAITING, COOLING = "fire", "hold", "waiting_for_approval", "cooling_down"
OVER_BUDGET, DRY_RUN = "over_budget", "dry_run"
# Outcomes that acted, would have, or wait for a person: the cool-down begins, and windows are counted afresh.
ACTED = frozenset({FIRE, WAITING, DRY_RUN})


@dataclass(frozen=True)
class Decision:
    """One policy on one day. `actions`: what is to be done, none unless `outcome` is fire or waiting_for_approval.

    `due_at`: not before this (quiet hours). `evidence`: the windows of each trigger, and what a guard went by.
    """

    policy: str
    version: str
    day: date
    outcome: str
    actions: tuple[Action, ...]
    evidence: Mapping[str, Any] = field(repr=False)
    due_at: datetime
    decided_at: datetime

    @property
    def id(self) -> str:
        return f"{self.policy}.{self.day}"


Past = Mapping[str, Sequence[tuple[date, str]]]  # by policy: (day, outcome) of what was decided before, oldest first


def decide(policies: Sequence[Policy], signals: Signals, past: Past, day: date, now: datetime) -> list[Decision]:
    """What each policy decides on the windows up to `day`. `now` (timezone-aware) moves only `due_at`, no outcome."""
    decided: list[Decision] = []
    for policy in ordered(policies):
        by = [one.policy for one in decided if one.outcome == FIRE and policy.name in _named(policies, one.policy)]
        decided.append(_decide(policy, signals, past.get(policy.name, ()), day, now, by))
    return decided


def _decide(
    policy: Policy, signals: Signals, past: Sequence[tuple[date, str]], day: date, now: datetime, by: Sequence[str]
) -> Decision:
    acted = [when for when, outcome in past if outcome in ACTED and when < day]
    last = acted[-1] if acted else None
    seen = [look(trigger, signals, day, last) for trigger in policy.triggers]
    phase = FAILED if by else _phase(seen)
    wanted = {FAILED: policy.actions, SUCCESSFUL: policy.on_success}.get(phase, ())
    evidence: dict[str, Any] = {"phase": phase, "triggers": [one.to_json() for one in seen]}
    evidence |= {"set_off_by": list(by)} if by else {}
    outcome = INCONCLUSIVE if phase == INCONCLUSIVE else HOLD
    if wanted or (phase == FAILED and policy.then):
        outcome, why = _guarded(policy, wanted, acted, day)
        evidence |= why
    done = wanted if outcome in (FIRE, WAITING) else ()
    due = after_quiet_hours(policy.guards.quiet_hours, now) if done else now
    return Decision(policy.name, policy.version, day, outcome, done, evidence, due, now)


def _phase(seen: Sequence[Seen]) -> str:
    """Of all triggers together: one that failed is enough, and only all of them can be successful."""
    phases = [one.phase for one in seen]
    for phase in (FAILED, INCONCLUSIVE):
        if phase in phases:
            return phase
    return SUCCESSFUL if phases and set(phases) == {SUCCESSFUL} else HOLD


def _guarded(policy: Policy, wanted: Sequence[Action], acted: Sequence[date], day: date) -> tuple[str, dict[str, Any]]:
    """(outcome, what the guard went by) of a policy whose condition is met."""
    guards = policy.guards
    if acted and day < (until := acted[-1] + timedelta(days=days_of(guards.cool_down))):
        return COOLING, {"acted_on": str(acted[-1]), "cools_until": str(until)}
    if guards.budget:
        since = day - timedelta(days=days_of(guards.budget.period))
        spent = [str(when) for when in acted if when > since]
        if len(spent) >= guards.budget.runs:
            return OVER_BUDGET, {"acted_on": spent}
    if policy.dry_run:
        return DRY_RUN, {"would": [action.to_json() for action in wanted]}
    return (WAITING if guards.approval else FIRE), {}


def _named(policies: Sequence[Policy], name: str) -> tuple[str, ...]:
    return next(policy.then for policy in policies if policy.name == name)
