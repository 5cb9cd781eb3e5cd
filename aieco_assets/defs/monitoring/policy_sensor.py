"""Has the policies decide on new days, and what they decided carried out, each once."""

from collections.abc import Iterator
from datetime import datetime, timezone

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorStatus, InstigatorType

from aieco_assets.core.contracts import RAG
from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.monitoring.incidents import INFO, WARNING, Trouble, report
from aieco_assets.core.policy.actions import can_carry_out, carry_out, reason_of
from aieco_assets.core.policy.engine import tick
from aieco_assets.core.policy.files import load_policies
from aieco_assets.core.policy.records import OpenAction, claim, due_actions, end, engine
from aieco_assets.core.policy.schema_actions import MODELS
from aieco_assets.core.settings import Settings
from aieco_assets.defs.run_retries import may_be_taken_up

# On the run that carries out an action: `<decision>#<position>`.
ACTION_TAG = "aieco/policy_action"
# What is made for an action: the model itself, or what answers are made from.
_ANSWERS = [dg.AssetKey(["knowledge", name]) for name in ("chunks", "embeddings", "index")]
MADE = {
    **{("retrain", model): [dg.AssetKey(["models", model])] for model in MODELS["retrain"]},
    ("retrain", RAG): [*_ANSWERS, dg.AssetKey(["evaluation", RAG])],
    ("evaluate", RAG): [dg.AssetKey(["evaluation", RAG])],
}

remediation = dg.define_asset_job(
    "remediation",
    selection=dg.AssetSelection.assets(*{key for keys in MADE.values() for key in keys}),
    description="A model trained or evaluated again because a policy says so; its gate decides what comes of it.",
)


@dg.sensor(
    job=remediation,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Decides by policies/*.yaml on the signals of days that are over, and carries out what was decided.",
)
def policy_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
    now = datetime.now(timezone.utc)
    policies = load_policies(settings)
    with engine(settings) as ours:
        if not ours:
            return dg.SkipReason("Another engine is at work.")
        decisions = tick(settings, policies, now)
        for one in decisions:
            context.log.info(f"{one.id}: {one.outcome}")
        requests = [request for action in due_actions(settings, now) for request in _act(context, settings, action)]
    return requests or dg.SkipReason(f"{len(decisions)} decisions, and no run to ask for.")


def _act(context: dg.SensorEvaluationContext, settings: Settings, action: OpenAction) -> Iterator[dg.RunRequest]:
    """Claims the action and does it, or asks for its run until there is one and has ended."""
    kind = action.action.kind
    claim(settings, action)
    try:
        if (kind, action.action.target) in MADE:
            yield from _run(context, settings, action)
        elif kind == "pause_sensor":
            _pause(context, action.action.target)
            _end(settings, action, f"Sensor {action.action.target} is stopped.")
        elif can_carry_out(kind):
            result = carry_out(settings, action)
            if _end(settings, action, result):
                context.log.warning(f"{action.key}: {result}")
    except Unavailable as error:
        context.log.warning(f"{action.key} is tried again: {error}")
    except AiecoError as error:
        _end(settings, action, str(error), failed=True)
        context.log.error(f"{action.key} can't be carried out: {error}")


def _run(context: dg.SensorEvaluationContext, settings: Settings, action: OpenAction) -> Iterator[dg.RunRequest]:
    """The daemon makes one run of a run key, however often it is asked for."""
    found = context.instance.get_runs(dg.RunsFilter(tags={ACTION_TAG: action.key}), limit=1)
    if not found:
        yield dg.RunRequest(
            run_key=action.key,
            asset_selection=MADE[action.action.kind, action.action.target],
            tags={ACTION_TAG: action.key, "aieco/reason": reason_of(action)},
        )
    elif found[0].is_finished and not may_be_taken_up(context.instance, found[0]):
        status = found[0].status.value.lower()
        _end(settings, action, f"Run {found[0].run_id}: {status}.", failed=not found[0].is_success)


def _end(settings: Settings, action: OpenAction, result: str, failed: bool = False) -> bool:
    """Has people told, and then writes that it is done: an engine that is killed between says it again, unheard."""
    is_message = action.action.kind == "notify"
    done = f"{action.action.kind} {action.action.target}"
    summary = result if is_message else f"Policy {action.policy} did {done}: {result}"
    report(
        settings,
        Trouble("policy_action", action.key, summary, WARNING if failed or is_message else INFO, lasting=False),
    )
    return end(settings, action, result, failed)


def _pause(context: dg.SensorEvaluationContext, name: str) -> None:
    """Raises AiecoError for a sensor that the daemon does not know yet."""
    known = context.instance.all_instigator_state(instigator_type=InstigatorType.SENSOR)
    states = [state for state in known if state.instigator_name == name]
    if not states:
        raise AiecoError(
            f"Sensor {name} has never been evaluated, so it can't be paused: start the daemon (`aieco up`)."
        )
    for state in states:
        context.instance.update_instigator_state(state.with_status(InstigatorStatus.STOPPED))
