"""What a trigger sees: the windows before a day, each failed, successful or inconclusive. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aieco_assets.core.policy.schema import Policy, Trigger

FAILED, SUCCESSFUL, INCONCLUSIVE = "failed", "successful", "inconclusive"
RUNNING = "running"  # neither way yet


@dataclass(frozen=True)
class Signal:
    """One row of monitoring.signals without its key. `reference`: None where it is compared with nothing."""

    value: float
    sample_size: int
    reference: float | None = None


Signals = Mapping[tuple[str, str], Mapping[date, Signal]]  # by (metric, entity), then by day


@dataclass(frozen=True)
class Seen:
    """A trigger and the windows that it looked at, oldest first."""

    trigger: Trigger
    windows: tuple[tuple[date, Signal | None, str], ...]

    @property
    def phase(self) -> str:
        """As of an analysis run: failed, inconclusive (it may have failed, had samples been larger), successful."""
        states = [state for *_, state in self.windows]
        if states.count(FAILED) > self.trigger.failure_limit:
            return FAILED
        if states.count(FAILED) + states.count(INCONCLUSIVE) > self.trigger.failure_limit:
            return INCONCLUSIVE
        limit = self.trigger.consecutive_success_limit
        if limit and len(states) >= limit and set(states[-limit:]) == {SUCCESSFUL}:
            return SUCCESSFUL
        return RUNNING

    def to_json(self) -> dict[str, Any]:
        """The evidence, as it is kept with a decision."""
        return {
            **self.trigger.model_dump(mode="json", by_alias=True, exclude_none=True),
            "phase": self.phase,
            "seen": [
                {
                    "day": str(day),
                    "state": state,
                    "value": signal.value if signal else None,
                    "sample_size": signal.sample_size if signal else 0,
                    "reference": signal.reference if signal else None,
                }
                for day, signal, state in self.windows
            ],
        }


def look(trigger: Trigger, signals: Signals, day: date, after: date | None) -> Seen:
    """The trigger's windows up to `day`; of those up to `after`, when its policy last acted, none counts again."""
    known = signals.get((trigger.metric, trigger.entity), {})
    days = [day - timedelta(days=back) for back in reversed(range(trigger.windows))]
    return Seen(
        trigger,
        tuple((one, known.get(one), _state(trigger, known.get(one))) for one in days if after is None or one > after),
    )


def longest(policies: Iterable[Policy]) -> int:
    """The most windows that any trigger looks at."""
    return max((trigger.windows for policy in policies for trigger in policy.triggers), default=1)


def _state(trigger: Trigger, signal: Signal | None) -> str:
    if signal is None or signal.sample_size < trigger.minimum_sample:
        return INCONCLUSIVE
    if trigger.times_reference and signal.reference is None:
        return INCONCLUSIVE
    return FAILED if trigger.fails(signal.value, signal.reference) else SUCCESSFUL
