"""Carrying out what core can: aliases and messages. What needs an orchestrator is the sensor's (defs/monitoring)."""

from __future__ import annotations

from collections.abc import Callable

from aieco_assets.core.contracts import CHALLENGER, CHAMPION
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.files import load_canary
from aieco_assets.core.policy.records import OpenAction
from aieco_assets.core.policy.schema_actions import MODELS
from aieco_assets.core.registry.aliases import history
from aieco_assets.core.registry.challenger import challenge
from aieco_assets.core.registry.changes import last_moves
from aieco_assets.core.registry.promotion import REFUSED, promote, rollback
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.serving.canary_steps import begin
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


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
        if model in MODELS["canary"] and not _has_won(settings, model, challenger.version):
            raise AiecoError(f"Version {challenger.version} of {model} was not tried on live questions to the end.")
        version = challenger.version
        move = promote(settings, model, version, reason_of(action), _actor(action), {"decision": action.key})
        if move.waits:
            return move.waits
    return f"Version {version} of {model} is champion."


def _shadow(settings: Settings, action: OpenAction) -> str:
    if not settings.shadow_share:
        raise AiecoError("Nobody asks a shadow: AIECO_SHADOW_SHARE is 0.")
    model = action.action.target
    return f"Version {_challenge(settings, model, action)} of {model} is asked too, unseen."


def _canary(settings: Settings, action: OpenAction) -> str:
    model, canary = action.action.target, action.action.canary
    assert canary is not None
    version = _challenge(settings, model, action)
    steps = canary.steps or load_canary(settings).steps
    begin(settings, last_moves(settings, [model])[model, CHALLENGER].number, {model: version}, steps)
    return f"Version {version} of {model} answers {steps[0]} % of the conversations."


def _challenge(settings: Settings, model: str, action: OpenAction) -> int:
    """Names the newest version that no gate has refused and that came after the champion; one that is named stays."""
    champion = version_by_alias(settings, model, CHAMPION)
    newer = [
        one.version
        for one in versions(settings, model)
        if champion and one.version > champion.version and one.tags.get("gate") != REFUSED
    ]
    if not newer:
        raise AiecoError(f"Model {model} has no version after its champion that could be tried.")
    challenge(settings, model, max(newer), reason_of(action), _actor(action))
    return max(newer)


def _has_won(settings: Settings, model: str, version: int) -> bool:
    """Whether it went through all steps on live questions."""
    with connect(settings.warehouse) as connection:
        ((won,),) = connection.execute(
            "select exists (select from service.canaries where (candidate ->> %s)::int = %s"
            " and succeeded_at is not null and named_by not in (select named_by from service.trials))",
            (model, version),
        ).fetchall()
    return won


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
    "shadow": _shadow,
    "canary": _canary,
}
