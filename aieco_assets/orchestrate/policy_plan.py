"""`aieco plan --policy FILE`: what a changed policy file would have decided, and what it would do now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from aieco_assets.core.policy.decide import ACTED, Decision, decide
from aieco_assets.core.policy.files import load_policies, with_file
from aieco_assets.core.policy.reading import in_words
from aieco_assets.core.policy.records import measured_days, read_past, read_signals
from aieco_assets.core.policy.replay import replay
from aieco_assets.core.policy.schema import Policy
from aieco_assets.core.policy.windows import longest
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.orchestrate.display import console


def planned_policy(settings: Settings, file: Path, days: int) -> dict[str, Any]:
    """Shape of `aieco plan --policy FILE --json`: {"policies": {name: added|removed|changed|same}, "days", "acted":
    {"in_force", "with_file"}, "differ": [{"day", "policy", "in_force", "with_file", "actions"}], "now": […]}.

    Writes nothing. Raises AiecoError for a file that is not valid, or does not fit to those that stay.
    """
    now = datetime.now(timezone.utc)
    in_force = load_policies(settings)
    proposed = with_file(in_force, file)
    before = {one.decision.id: one.decision for one in replay(settings, in_force, days, now)}
    after = {one.decision.id: one.decision for one in replay(settings, proposed, days, now)}
    differ = [
        {
            **{"day": str(one.day), "policy": one.policy},
            **{"in_force": _outcome(before.get(id_)), "with_file": _outcome(after.get(id_))},
            "actions": [action.to_json() for action in (after.get(id_) or one).actions],
        }
        for id_, one in sorted((before | after).items(), key=lambda item: (item[1].day, item[0]))
        if _outcome(before.get(id_)) != _outcome(after.get(id_))
    ]
    return {
        "policies": _changes(in_force, proposed),
        "days": len({one.day for one in [*before.values(), *after.values()]}),
        "acted": {name: _acted(found) for name, found in (("in_force", before), ("with_file", after))},
        "differ": differ,
        "now": [
            {
                **{"day": str(one.day), "policy": one.policy, "outcome": one.outcome},
                "actions": [action.to_json() for action in one.actions],
            }
            for one in next_decisions(settings, proposed, now)
        ],
    }


def next_decisions(settings: Settings, policies: Sequence[Policy], now: datetime) -> list[Decision]:
    """What the engine's next tick would decide: the days since a policy's last; of a new one, the last day."""
    with connect(settings.warehouse) as connection:
        known = measured_days(connection, date.min, now.astimezone(timezone.utc).date())
        last = dict(connection.execute("select policy, max(day) from monitoring.decisions group by policy").fetchall())
        pending = {day: [one for one in policies if _is_new(one, day, known, last)] for day in known}
        pending = {day: ones for day, ones in pending.items() if ones}
        if not pending:
            return []
        signals = read_signals(connection, policies, min(pending) - timedelta(days=longest(policies)), known[-1])
        past = {**read_past(connection)}
    decided = []
    for day, taking_part in pending.items():
        for one in decide(taking_part, signals, past, day, now):
            decided.append(one)
            if one.outcome in ACTED:
                past[one.policy] = [*past.get(one.policy, ()), (day, one.outcome)]
    return decided


def print_policy_plan(report: dict[str, Any]) -> None:
    changed = [f"{name} {what}" for name, what in report["policies"].items() if what != "same"]
    acted = report["acted"]
    console.print(
        f"{', '.join(changed) or 'No policy is another'}. On {report['days']} days with signals: "
        f"{acted['in_force']} acts in force, {acted['with_file']} with the file.",
        markup=False,
    )
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("day", "policy", "in force", "with the file", "does"):
        table.add_column(name)
    for row in report["differ"]:
        table.add_row(
            row["day"], escape(row["policy"]), row["in_force"] or "", row["with_file"] or "", escape(_does(row))
        )
    if report["differ"]:
        console.print(table)
    acts = [one for one in report["now"] if one["outcome"] in ACTED]
    for one in acts:
        console.print(f"Now: {one['policy']} of {one['day']}: {one['outcome']}. {_does(one)}", markup=False)
    if not acts:
        console.print("Now: it would do nothing.")


def _is_new(policy: Policy, day: date, known: Sequence[date], last: Mapping[str, date]) -> bool:
    return day > last[policy.name] if policy.name in last else day == known[-1]


def _changes(before: Sequence[Policy], after: Sequence[Policy]) -> dict[str, str]:
    old, new = ({policy.name: policy.version for policy in policies} for policies in (before, after))
    both = {name: "same" if old[name] == new[name] else "changed" for name in old.keys() & new.keys()}
    gone = dict.fromkeys(old.keys() - new.keys(), "removed")
    return dict(sorted({**both, **gone, **dict.fromkeys(new.keys() - old.keys(), "added")}.items()))


def _acted(found: dict[str, Decision]) -> int:
    return sum(one.outcome in ACTED for one in found.values())


def _outcome(decision: Decision | None) -> str | None:
    return decision.outcome if decision else None


def _does(row: dict[str, Any]) -> str:
    return ", ".join(map(in_words, row["actions"]))
