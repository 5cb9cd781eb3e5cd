"""What one policy sets off in another: chains are refused that come back to where they began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.signal_catalogue import METRICS
from aieco_assets.core.policy.near_names import one_of
from aieco_assets.core.policy.schema import Policy


def refuse_cycles(policies: Mapping[str, Policy]) -> None:
    """Raises AiecoError for a `then` that names no policy, and for a cycle: policies that name each other, or an action
    that raises a metric whose policy, at last, takes that action again."""
    for policy in policies.values():
        for name in policy.then:
            try:
                one_of(name, policies, "policy")
            except ValueError as error:
                raise AiecoError(f"{policy.file} is not valid: {policy.name}.then: {error}.") from None
    waits = {name: {after for after, _ in _set_off(policy, policies)} for name, policy in policies.items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        names: list[str] = list(reversed(error.args[1]))
        links = ", ".join(_told(policies[one], two, policies) for one, two in pairwise(names))
        raise AiecoError(
            f"{policies[names[0]].file} is not valid: {names[0]} would set itself off again ({links}): "
            "take one of these out."
        ) from None


def ordered(policies: Sequence[Policy]) -> list[Policy]:
    """Each behind those whose `then` names it; else by name."""
    by_name = {policy.name: policy for policy in policies}
    before: dict[str, set[str]] = {name: set() for name in sorted(by_name)}
    for policy in policies:
        for name in set(policy.then) & before.keys():
            before[name].add(policy.name)
    return [by_name[name] for name in TopologicalSorter(before).static_order()]


def _set_off(policy: Policy, policies: Mapping[str, Policy]) -> Iterator[tuple[str, str]]:
    """(policy that this one sets off, how)."""
    for name in policy.then:
        yield name, f"{policy.name} names {name}"
    for action in (*policy.actions, *policy.on_success):
        for other in policies.values():
            for trigger in other.triggers:
                raised = METRICS[trigger.metric].raised_by == action.kind and trigger.entity == action.target
                if raised and trigger.above is not None:
                    yield other.name, f"{policy.name} {action.kind}s {action.target}, which {other.name} looks at"


def _told(policy: Policy, after: str, policies: Mapping[str, Policy]) -> str:
    return next(how for name, how in _set_off(policy, policies) if name == after)
