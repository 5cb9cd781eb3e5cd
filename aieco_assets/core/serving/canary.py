"""A candidate beside the champion on live questions: who gets which, and when the candidate is stopped."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import fmean, variance
from typing import Any

from aieco_assets.core.contracts import CANARY, CHAMPION
from aieco_assets.core.policy.canary import CanaryRules
from aieco_assets.core.policy.files import shipped_rules


@dataclass(frozen=True)
class Outcome:
    """What came of one question; `milliseconds` without the time in the queue, `abstained` only where it answered."""

    failed: bool = False
    abstained: bool = False
    milliseconds: float = 0.0


class Trial:
    """Outcomes of a candidate and of the champion since the candidate came. Thread-safe.

    `rules`: default those of policies/canary.yaml.
    """

    def __init__(self, rules: CanaryRules | None = None) -> None:
        self._lock = threading.Lock()
        self.rules = rules or shipped_rules()
        self._seen = {arm: deque[Outcome](maxlen=self.rules.window) for arm in (CANARY, CHAMPION)}
        self._at_step = 0

    def note(self, arm: str, outcome: Outcome) -> str:
        """Why the candidate has to be stopped now, a clause; empty when it goes on."""
        with self._lock:
            self._seen[arm].append(outcome)
            self._at_step += arm == CANARY
            seen = {side: list(outcomes) for side, outcomes in self._seen.items()}
            return worse(seen[CANARY], seen[CHAMPION], self.rules) if arm == CANARY else ""

    def passed(self) -> int:
        """The candidate's answers at this step when they are enough for the next, which then begins; else 0.

        The champion must have answered, too: without it nobody can tell.
        """
        with self._lock:
            enough = self._at_step >= self.rules.consecutive_success_limit
            if not enough or len(self._seen[CHAMPION]) < self.rules.minimum_sample:
                return 0
            answers, self._at_step = self._at_step, 0
            return answers

    def numbers(self) -> dict[str, dict[str, Any]]:
        """By arm: answers, failures, abstentions, and the median of milliseconds."""
        with self._lock:
            return {arm: _summary(list(seen)) for arm, seen in self._seen.items()}


def worse(candidate: Sequence[Outcome], champion: Sequence[Outcome], rules: CanaryRules | None = None) -> str:
    """In what the candidate is surely worse than the champion, a clause; empty while it is not.

    It failed too often running; or, with enough answers of each, it fails or abstains in a larger share (two-proportion
    z), or takes longer (Welch's z of the logarithms). `rules`: default those of policies/canary.yaml.
    """
    rules = rules or shipped_rules()
    running = rules.consecutive_error_limit + 1
    last = candidate[-running:]
    if len(last) == running and all(one.failed for one in last):
        return f"it failed {running} times running"
    if min(len(candidate), len(champion)) < rules.minimum_sample:
        return ""
    for name, least in (("failed", rules.failed_more), ("abstained", rules.abstained_more)):
        ours, theirs = ([getattr(one, name) for one in side] for side in (candidate, champion))
        if fmean(ours) - fmean(theirs) >= least and _z_of_shares(ours, theirs) > rules.standard_errors:
            return f"it {name} in {fmean(ours):.0%} of its answers, the champion in {fmean(theirs):.0%}"
    ours, theirs = map(_logarithms, (candidate, champion))
    if min(len(ours), len(theirs)) < rules.minimum_sample:
        return ""
    ratio = math.exp(fmean(ours) - fmean(theirs))
    if ratio >= rules.slower and _z_of_means(ours, theirs) > rules.standard_errors:
        return f"it takes {ratio:.1f} times as long as the champion"
    return ""


def _logarithms(side: Sequence[Outcome]) -> list[float]:
    return [math.log(max(one.milliseconds, 0.1)) for one in side if not one.failed]


def takes_part(candidate: str, conversation: str, share: float) -> bool:
    """Whether a conversation is answered by the candidate: always the same for the same one, `share` of them all."""
    drawn = int.from_bytes(sha256(f"{candidate}\0{conversation}".encode()).digest()[:8])
    return drawn < share * 2**64


def _z_of_shares(ours: Sequence[bool], theirs: Sequence[bool]) -> float:
    pooled = fmean([*ours, *theirs])
    error = math.sqrt(pooled * (1 - pooled) * (1 / len(ours) + 1 / len(theirs)))
    return (fmean(ours) - fmean(theirs)) / error if error else 0.0


def _z_of_means(ours: Sequence[float], theirs: Sequence[float]) -> float:
    error = math.sqrt(variance(ours) / len(ours) + variance(theirs) / len(theirs))
    return (fmean(ours) - fmean(theirs)) / error if error else math.inf


def _summary(seen: Sequence[Outcome]) -> dict[str, Any]:
    milliseconds = sorted(one.milliseconds for one in seen if not one.failed)
    return {
        "answers": len(seen),
        "failed": sum(one.failed for one in seen),
        "abstained": sum(one.abstained for one in seen),
        "p50_ms": round(milliseconds[len(milliseconds) // 2], 1) if milliseconds else None,
    }
