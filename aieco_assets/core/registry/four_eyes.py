"""Champions that two people have to ask for (AIECO_PROMOTION_PEOPLE=2): who has asked, and whether that is enough.

A policy and a gate are no people: they can ask, and a person still has to agree. A rollback takes one person, for it
mends what goes wrong now.
"""

from __future__ import annotations

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import append, keep_head
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

POLICY = "policy "  # begins the name of an actor that is none of the people
DAYS = 14  # after which a request is forgotten


def ask(settings: Settings, model: str, version: int, who: str, reason: str) -> list[str]:
    """Writes the request down, once for each person, and says who has asked for that version, first to last."""
    if " and " in who:
        raise AiecoError(f"{who!r} is not one person: name one.")
    with connect(settings.warehouse) as connection:
        connection.execute(
            "delete from registry.promotion_requests where asked_at < now() - make_interval(days => %s)", (DAYS,)
        )
        new = connection.execute(
            "insert into registry.promotion_requests (model, version, person, reason) values (%s, %s, %s, %s)"
            " on conflict do nothing returning person",
            (model, version, who, reason),
        ).fetchone()
        people = connection.execute(
            "select person from registry.promotion_requests where model = %s and version = %s"
            " order by asked_at, person",
            (model, version),
        ).fetchall()
        detail = {"version": version, "reason": reason}
        head = append(connection, [Entry(who, "promotion_asked", f"model:{model}", detail)]) if new else None
    keep_head(settings, head)
    return [person for (person,) in people if not person.startswith(POLICY)]


def settle(settings: Settings, model: str) -> None:
    """The champion has changed: what was asked before is void."""
    with connect(settings.warehouse) as connection:
        connection.execute("delete from registry.promotion_requests where model = %s", (model,))


def waiting(model: str, version: int, people: list[str]) -> str:
    """What is told to whoever asked."""
    asked = f"a second person: {people[0]} has asked for it" if people else "two people"
    return f"Version {version} of {model} waits for {asked} (`aieco promote {model} {version}`, or MLflow's pages)."
