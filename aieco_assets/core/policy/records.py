"""Decisions and their actions in Postgres: written once, claimed, done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import append, keep_head
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.policy.decide import ACTED, WAITING, Decision, Past
from aieco_assets.core.policy.schema import Action, Policy
from aieco_assets.core.policy.windows import Signal, Signals
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.advisory_locks import try_to_hold
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_ENGINE_LOCK = 62  # of the session that decides and acts
PENDING, CLAIMED, DONE, FAILED = "pending", "claimed", "done", "failed"


@dataclass(frozen=True)
class OpenAction:
    """An action that is due and not ended. `claimed`: an engine began it, and may have been killed since."""

    decision: str
    position: int
    policy: str
    day: date
    action: Action
    claimed: bool
    evidence: Mapping[str, Any] = field(repr=False)

    @property
    def key(self) -> str:
        return f"{self.decision}#{self.position}"


@contextmanager
def engine(settings: Settings) -> Iterator[bool]:
    """Whether we are the one engine; another one is at work where not. A killed one lets go with its connection."""
    lock = try_to_hold(settings.warehouse, _ENGINE_LOCK)
    with lock or nullcontext():
        yield lock is not None


def measured_days(connection: Connection, first: date, today: date) -> list[date]:
    """The days from `first` on, before today, whose signals were written after they were over, oldest first.

    What `aieco run` writes of a day at noon is half a day: nothing is decided on it.
    """
    rows = connection.execute(
        "select day from monitoring.signal_days where day >= %s and day < %s"
        " and computed_at >= (day + 1)::timestamp at time zone 'UTC' order by day",
        (first, today),
    )
    return [day for (day,) in rows]


def read_signals(connection: Connection, policies: Sequence[Policy], first: date, last: date) -> Signals:
    """The signals that the policies look at, of these days."""
    wanted = {(trigger.metric, trigger.entity) for policy in policies for trigger in policy.triggers}
    found: dict[tuple[str, str], dict[date, Signal]] = {pair: {} for pair in wanted}
    rows = connection.execute(
        "select metric, entity, day, value, sample_size, reference from monitoring.signals"
        " join unnest(%s::text[], %s::text[]) as wanted (metric, entity) using (metric, entity)"
        " where day between %s and %s",
        ([metric for metric, _ in wanted], [entity for _, entity in wanted], first, last),
    )
    for metric, entity, day, *values in rows:
        found[metric, entity][day] = Signal(*values)
    return found


def read_past(connection: Connection) -> Past:
    """By policy, the days on which it acted, oldest first."""
    past: dict[str, list[tuple[date, str]]] = {}
    for policy, day, outcome in connection.execute(
        "select policy, day, outcome from monitoring.decisions where outcome = any(%s) order by day", (list(ACTED),)
    ):
        past.setdefault(policy, []).append((day, outcome))
    return past


def write(connection: Connection, decision: Decision) -> bool:
    """Whether it is new: another engine may have decided the day. Commits nothing."""
    from psycopg.types.json import Jsonb

    new = connection.execute(
        "insert into monitoring.decisions (id, policy, version, day, outcome, evidence, due_at, decided_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning id",
        (
            *(decision.id, decision.policy, decision.version, decision.day, decision.outcome),
            *(Jsonb(decision.evidence), decision.due_at, decision.decided_at),
        ),
    ).fetchone()
    for position, action in enumerate(decision.actions if new else ()):
        connection.execute(
            "insert into monitoring.decision_actions (decision_id, position, action) values (%s, %s, %s)",
            (decision.id, position, Jsonb(action.to_json())),
        )
    return new is not None


def due_actions(settings: Settings, now: datetime) -> list[OpenAction]:
    """What is to be done now, in the order of the decisions; nothing of those that wait for a person."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select id, position, policy, day, action, state, evidence from monitoring.decision_actions"
            " join monitoring.decisions on id = decision_id where state in ('pending', 'claimed') and due_at <= %s"
            " and (outcome <> %s or approved_at is not null) order by decided_at, id, position",
            (now, WAITING),
        ).fetchall()
    return [
        OpenAction(id_, position, policy, day, Action.model_validate(action), state == CLAIMED, evidence)
        for id_, position, policy, day, action, state, evidence in rows
    ]


def claim(settings: Settings, action: OpenAction) -> None:
    """Says that it is begun. Whoever finds it claimed has to look whether it was done."""
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update monitoring.decision_actions set state = 'claimed', claimed_at = coalesce(claimed_at, now())"
            " where decision_id = %s and position = %s and state in ('pending', 'claimed')",
            (action.decision, action.position),
        )


def end(settings: Settings, action: OpenAction, result: str, failed: bool = False) -> bool:
    """Says what came of it; False when somebody had said so before."""
    with connect(settings.warehouse) as connection:
        ended = connection.execute(
            "update monitoring.decision_actions set state = %s, result = %s, ended_at = now()"
            " where decision_id = %s and position = %s and state in ('pending', 'claimed') returning position",
            (FAILED if failed else DONE, result, action.decision, action.position),
        ).fetchone()
    return ended is not None


def waiting_for_approval(settings: Settings) -> list[str]:
    """Decisions that wait for a person, oldest first."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select id from monitoring.decisions where outcome = %s and approved_at is null order by day, id",
            (WAITING,),
        ).fetchall()
    return [id_ for (id_,) in rows]


def approve(settings: Settings, decision: str, person: str) -> None:
    """Lets a decision that waits be carried out. Raises AiecoError when it does not wait, and names those that do."""
    with connect(settings.warehouse) as connection:
        done = connection.execute(
            "update monitoring.decisions set approved_by = %s, approved_at = now()"
            " where id = %s and outcome = %s and approved_at is null returning id",
            (person, decision, WAITING),
        ).fetchone()
        head = append(connection, [Entry(person, "approved", f"decision:{decision}")] if done else [])
    if done:
        keep_head(settings, head)
        return
    with connect(settings.warehouse) as connection:
        waiting = connection.execute(
            "select id from monitoring.decisions where outcome = %s and approved_at is null order by day desc limit 5",
            (WAITING,),
        ).fetchall()
        by = connection.execute("select approved_by from monitoring.decisions where id = %s", (decision,)).fetchone()
    open_ones = ", ".join(name for (name,) in waiting) or "none does"
    if by and by[0]:
        raise AiecoError(f"Decision {decision} was approved by {by[0]} before: `aieco policy explain {decision}`.")
    raise AiecoError(f"Decision {decision} does not wait for anybody: of those that do, {open_ones}.")
