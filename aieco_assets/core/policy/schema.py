"""What a policy file says: triggers on signals, the actions that follow, and the guards before them.

The words are those of Argo Rollouts' analysis (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/).
"""

from __future__ import annotations

import re
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from aieco_assets.core.monitoring.signal_catalogue import COMPARED, METRICS
from aieco_assets.core.policy.canary import CanaryRules
from aieco_assets.core.policy.near_names import one_of
from aieco_assets.core.policy.schema_actions import Action, Part, enum
from aieco_assets.core.quiet_hours import checked_with_zone

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class Trigger(Part):
    """A metric and the value that it must not pass. A window is one day (UTC) of monitoring.signals."""

    metric: str = Field(description="Of monitoring.signals.", json_schema_extra=enum(sorted(METRICS)))
    entity: str = Field("", description="What it is measured on; needed where the metric has several.")
    above: float | None = Field(None, description="A window fails whose value is above this; give this, or `below`.")
    below: float | None = Field(None, description="A window fails whose value is below this; give this, or `above`.")
    times_reference: float | None = Field(
        None,
        gt=0,
        description="It fails only where it is also beyond this many times what it is compared with, such as the days "
        "before; a window without that is inconclusive.",
    )
    windows: int = Field(1, ge=1, le=366, description="Latest windows that are looked at.")
    failure_limit: int = Field(0, ge=0, description="Failed windows of these that are borne: one more acts.")
    minimum_sample: int = Field(1, ge=1, description="A window with a smaller sample is inconclusive.")
    consecutive_success_limit: int | None = Field(
        None, ge=1, description="Latest windows that must all have succeeded before `onSuccess` is done."
    )

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, value: str) -> str:
        return one_of(value, METRICS, "metric")

    @model_validator(mode="after")
    def _reachable(self) -> Trigger:
        metric = METRICS[self.metric]
        if not self.entity and len(metric.entities) == 1:
            object.__setattr__(self, "entity", metric.entities[0])
        if self.entity not in metric.entities:
            named = f"{self.entity!r} is nothing that" if self.entity else "say what"
            raise ValueError(f"entity: {named} {self.metric} is measured on: write {_or(metric.entities)}")
        if (self.above is None) == (self.below is None):
            raise ValueError("give one of above and below")
        if self.above is not None and not self.above < metric.high:
            raise ValueError(f"above: {self.metric} is never above {self.above:g}: write less than {metric.high:g}")
        if self.below is not None and not self.below > metric.low:
            raise ValueError(f"below: {self.metric} is never below {self.below:g}: write more than {metric.low:g}")
        if self.times_reference and self.metric not in COMPARED:
            raise ValueError(f"timesReference: {self.metric} is compared with nothing: leave it out, or write a limit")
        if self.failure_limit >= self.windows:
            raise ValueError(
                f"failureLimit: more than {self.failure_limit} of {self.windows} windows can't fail: "
                f"write at most {self.windows - 1}, or raise windows"
            )
        if self.consecutive_success_limit and self.consecutive_success_limit > self.windows:
            raise ValueError("consecutiveSuccessLimit: it is larger than windows: raise windows")
        return self

    @property
    def limit(self) -> float:
        return self.above if self.above is not None else self.below  # type: ignore[return-value] - one is given

    def fails(self, value: float, reference: float | None) -> bool:
        """Whether a value is on the wrong side of the limit, and of its reference where that counts; a NaN is."""
        limits = [self.limit]
        if self.times_reference and reference is not None:
            limits.append(self.times_reference * reference)
        return not value <= max(limits) if self.above is not None else not value >= min(limits)


class Budget(Part):
    """How often a policy may act."""

    runs: int = Field(ge=1, description="Times that it may act.")
    period: str = Field(description="In this time: 30d, 4w.")

    _days = field_validator("period")(lambda value: _duration(value))


class Guards(Part):
    """What keeps a policy from acting though its condition is met."""

    cool_down: str = Field("1d", description="From one act to the next, in whole days or weeks: 7d, 2w.")
    budget: Budget | None = Field(None, description="None: any number.")
    approval: bool = Field(False, description="A person has to say yes: `aieco policy approve ID`.")
    quiet_hours: str | None = Field(
        None, description="HH:MM-HH:MM, UTC or of a zone behind it: what is decided then is done afterwards."
    )

    _days = field_validator("cool_down")(lambda value: _duration(value))

    _hours = field_validator("quiet_hours")(lambda value: value and checked_with_zone(value))


_NO_GUARDS = Guards.model_validate({})


class Policy(Part):
    """One rule: when any trigger fails, `actions` are done; when all succeeded long enough, `onSuccess`."""

    name: Name = Field(description="Unique among all files; small letters, digits and _.")
    description: str = Field("", description="What it is for, for those who read `aieco policy list`.")
    triggers: tuple[Trigger, ...] = Field((), description="Any that fails is enough; none: only `then` of others.")
    actions: tuple[Action, ...] = Field((), description="Done in this order when a trigger has failed.")
    on_success: tuple[Action, ...] = Field((), description="Done when every trigger succeeded long enough.")
    then: tuple[Name, ...] = Field((), description="Policies that act when this one does, within their own guards.")
    guards: Guards = _NO_GUARDS
    dry_run: bool = Field(False, description="Decides and records, and does nothing.")
    file: str = Field("", exclude=True, description="Where it is from, for messages.")

    @model_validator(mode="after")
    def _does_something(self) -> Policy:
        if not (self.actions or self.on_success or self.then):
            raise ValueError("actions: it does nothing: name an action")
        if self.then and self.guards.approval:
            raise ValueError("then: what waits for a person sets nothing off: take approval out, or write the actions")
        limits = [trigger.consecutive_success_limit for trigger in self.triggers]
        if self.on_success and not (limits and all(limits)):
            raise ValueError("onSuccess: every trigger needs a consecutiveSuccessLimit for it")
        return self

    @cached_property
    def version(self) -> str:
        """Digest of what the policy says: with another one it is another policy under the same name."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]


class PolicyFile(Part):
    """All of a file in `policies/`."""

    canary: CanaryRules | None = Field(None, description="Of challengers on live questions; in one file of all.")
    policies: tuple[Policy, ...] = Field((), description="Rules, each with a name of its own.")


def days_of(duration: str) -> int:
    """Days of `7d` or `2w`."""
    return int(duration[:-1]) * (7 if duration.endswith("w") else 1)


def json_schema() -> dict[str, Any]:
    """The JSON schema of a policy file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PolicyFile.model_json_schema()}


def _duration(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,3}[dw]", value):
        raise ValueError(f"{value} is no time in whole days: write it as 7d or 2w, for signals are kept by day")
    return value


def _or(names: Any) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
