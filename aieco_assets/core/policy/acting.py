"""Carrying out what core can: aliases and messages. What needs an orchestrator is the sensor's (defs/monitoring)."""

from __future__ import annotations

from collections.abc import Callable

from aieco_assets.core.contracts import CHALLENGER, CHAMPION
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.records import OpenAction
from aieco_assets.core.registry.aliases import history
from aieco_assets.core.registry.promotion import REFUSED, promote, rollback
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings


def carry_out(settings: Settings, action: OpenAction) -> str:
    """Does it, and says in a sentence what came of it; one that a killed engine had done is not done again.

    Raises AiecoError where it can't be done, Unavailable where it can be later.
    """
    return _WAYS[action.action.kind](settings, action)


def can_carry_out(kind: str) -> bool:
    return kind in _WAYS


def reason_of(action: OpenAction) -> str:
    """Why, for the history of a model: the policy's numbers and where the rest stands."""
    failed = [
        f"{seen['metric']} of {seen['entity']} was {last['value']:.4g}"
        for seen in action.evidence.get("triggers", ())
        if seen["phase"] == action.evidence["phase"] and (last := seen["seen"][-1])["value"] is not None
    ]
    why = ", ".join(failed) or f"set off by {', '.join(action.evidence.get('set_off_by', ['another policy']))}"
    return f"{why} on {action.day}: `aieco policy explain {action.decision}`"


def _notify(_: Settings, action: OpenAction) -> str:
    return str(action.action.notify)


def _rollback(settings: Settings, action: OpenAction) -> str:
    model = action.action.target
    if (version := _moved_before(settings, model, action)) is None:
        version = rollback(settings, model, reason_of(action), _actor(action), {"decision": action.key}).version
    return f"Version {version} of {model} is champion again."


def _promote(settings: Settings, action: OpenAction) -> str:
    model = action.action.target
    if (version := _moved_before(settings, model, action)) is None:
        challenger = version_by_alias(settings, model, CHALLENGER)
        if challenger is None:
            raise AiecoError(
                f"Model {model} has no challenger to promote: `aieco challenge {model} VERSION` names one."
            )
        if challenger.tags.get("gate") == REFUSED:
            raise AiecoError(f"Version {challenger.version} of {model} was refused by its gate: the champion stays.")
        version = challenger.version
        promote(settings, model, version, reason_of(action), _actor(action), {"decision": action.key})
    return f"Version {version} of {model} is champion."


def _moved_before(settings: Settings, model: str, action: OpenAction) -> int | None:
    """The version that this action made champion before an engine was killed; None when it had not come so far."""
    moves = history(settings, model) if action.claimed else []
    done = [move for move in moves if move.alias == CHAMPION and move.metrics.get("decision") == action.key]
    return done[-1].to_version if done else None


def _actor(action: OpenAction) -> str:
    return f"policy {action.policy}"


_WAYS: dict[str, Callable[[Settings, OpenAction], str]] = {
    "notify": _notify,
    "rollback": _rollback,
    "promote": _promote,
}
