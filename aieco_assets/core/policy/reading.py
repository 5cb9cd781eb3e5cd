"""Policies and decisions as people and other programs read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.decide import ACTED
from aieco_assets.core.policy.near_names import one_of
from aieco_assets.core.policy.replay import Replayed
from aieco_assets.core.policy.schema import Policy, Trigger
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

Lines = list[tuple[str, ...]]


def told(policy: Policy) -> dict[str, Any]:
    """A policy in JSON, with `lines` in words."""
    guards = policy.guards
    lines: Lines = [("for", policy.description)] if policy.description else []
    lines += [("when", _condition(trigger)) for trigger in policy.triggers] or [("when", "another policy names it")]
    lines += [("do", in_words(action.to_json())) for action in policy.actions]
    lines += [("on success", in_words(action.to_json())) for action in policy.on_success]
    lines += [("then", name) for name in policy.then]
    lines.append(("cool-down", guards.cool_down))
    lines += [("budget", f"{guards.budget.runs} in {guards.budget.period}")] if guards.budget else []
    lines += [("waits for", "a person")] if guards.approval else []
    lines += [("not in", guards.quiet_hours + " UTC" * (" " not in guards.quiet_hours))] if guards.quiet_hours else []
    lines += [("dry run", "decides, and does nothing")] if policy.dry_run else []
    said = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {**said, "file": policy.file, "version": policy.version, "lines": lines}


def last_decisions(settings: Settings) -> dict[str, dict[str, str]]:
    """By policy the last day and its outcome."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select distinct on (policy) policy, id, day, outcome from monitoring.decisions order by policy, day desc"
        ).fetchall()
    return {policy: {"id": id_, "day": str(day), "outcome": outcome} for policy, id_, day, outcome in rows}


def replayed_report(found: Sequence[Replayed]) -> dict[str, Any]:
    """{"days", "acted", "differ", "decisions": [{"id", "policy", "day", "outcome", "acts", "actions", "live", "agrees",
    "evidence"}]}, oldest first."""
    rows = [
        {
            **{"id": one.decision.id, "policy": one.decision.policy, "day": str(one.decision.day)},
            **{"outcome": one.decision.outcome, "acts": one.decision.outcome in ACTED},
            "actions": [action.to_json() for action in one.decision.actions],
            "live": one.live.outcome if one.live else None,
            "agrees": one.agrees,
            "evidence": one.decision.evidence,
        }
        for one in found
    ]
    return {
        "days": len({row["day"] for row in rows}),
        "acted": sum(row["acts"] for row in rows),
        "differ": sum(row["agrees"] is False for row in rows),
        "decisions": rows,
    }


def explained(settings: Settings, decision: str) -> dict[str, Any]:
    """A decision with its evidence and actions. Raises AiecoError for one that does not exist, with those near it."""
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select id, policy, version, day::text, outcome, evidence, due_at, approved_by, approved_at, decided_at"
            " from monitoring.decisions where id = %s",
            (decision,),
        ).fetchone()
        known = [
            name for (name,) in connection.execute("select id from monitoring.decisions order by day desc limit 500")
        ]
        actions = connection.execute(
            "select action, state, result, ended_at from monitoring.decision_actions where decision_id = %s"
            " order by position",
            (decision,),
        ).fetchall()
    if row is None:
        if not known:
            raise AiecoError(f"There is no decision {decision}: none was taken yet (`aieco up` has policies decide).")
        try:
            one_of(decision, known, "decision")
        except ValueError as error:
            raise AiecoError(f"{error}.") from None
        raise AiecoError(f"Decision {decision} has just gone: ask again.")
    names = ("id", "policy", "version", "day", "outcome", "evidence", "due_at", "approved_by", "approved_at")
    report = dict(zip((*names, "decided_at"), map(_plain, row), strict=True))
    parts = ("action", "state", "result", "ended_at")
    return {**report, "actions": [dict(zip(parts, map(_plain, one), strict=True)) for one in actions]}


def explained_lines(report: dict[str, Any]) -> Lines:
    """The same in words."""
    evidence = report["evidence"]
    lines: Lines = [("decided", f"{_moment(report['decided_at'])}, by version {report['version']}")]
    for seen in evidence["triggers"]:
        trigger = Trigger.model_validate({name: value for name, value in seen.items() if name not in ("phase", "seen")})
        lines.append(("trigger", f"{_condition(trigger)}: {seen['phase']}"))
        for one in seen["seen"]:
            value = "not measured" if one["value"] is None else f"{one['value']:.4g} of {one['sample_size']}"
            lines.append((one["day"], f"{one['state']}: {value}"))
    lines += [
        (name, str(evidence[name])) for name in ("set_off_by", "acted_on", "cools_until", "would") if name in evidence
    ]
    if report["approved_by"]:
        lines.append(("approved", f"{_moment(report['approved_at'])} by {report['approved_by']}"))
    for one in report["actions"]:
        lines.append(("action", f"{in_words(one['action'])}: {one['state']}. {one['result']}".rstrip(". ")))
    return lines


def in_words(action: Mapping[str, Any]) -> str:
    """An action as its file says it, for people: `retrain churn`, `canary llm (5, 25, 100 %)`."""
    ((kind, target),) = action.items()
    if not isinstance(target, Mapping):
        return f"{kind} {target}"
    steps = f" ({', '.join(map(str, target['steps']))} %)" if target.get("steps") else ""
    return f"{kind} {target['model']}{steps}"


def _condition(trigger: Trigger) -> str:
    side = "above" if trigger.above is not None else "below"
    beyond = f" and {trigger.times_reference:g} times its reference" if trigger.times_reference else ""
    often = f"in more than {trigger.failure_limit} of {trigger.windows} days" if trigger.windows > 1 else "on a day"
    lasting = f"; success: {trigger.consecutive_success_limit} days" if trigger.consecutive_success_limit else ""
    sample = f" (sample of {trigger.minimum_sample} or more)"
    return f"{trigger.metric} of {trigger.entity} {side} {trigger.limit:g}{beyond} {often}{sample}{lasting}"


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _moment(iso: str) -> str:
    return iso[:19].replace("T", " ") + " UTC"
