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

WINDOW = 200  # latest answers of each side that are compared
LEAST = 20  # answers of each side before anything is said
SURE = 3.5  # standard errors: see docs/decisions/service.md for how often chance alone goes so far
FAILED_MORE, ABSTAINED_MORE, SLOWER = 0.05, 0.10, 1.25  # smaller differences are nobody's concern
FAILURES_IN_A_ROW = 3


@dataclass(frozen=True)
class Outcome:
    """What came of one question; `milliseconds` without the time in the queue, `abstained` only where it answered."""

    failed: bool = False
    abstained: bool = False
    milliseconds: float = 0.0


class Trial:
    """Outcomes of a candidate and of the champion since the candidate came. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = {arm: deque[Outcome](maxlen=WINDOW) for arm in (CANARY, CHAMPION)}

    def note(self, arm: str, outcome: Outcome) -> str:
        """Why the candidate has to be stopped now, a clause; empty when it goes on."""
        with self._lock:
            self._seen[arm].append(outcome)
            return worse(*map(list, self._seen.values())) if arm == CANARY else ""

    def numbers(self) -> dict[str, dict[str, Any]]:
        """By arm: answers, failures, abstentions, and the median of milliseconds."""
        with self._lock:
            return {arm: _summary(list(seen)) for arm, seen in self._seen.items()}


def worse(candidate: Sequence[Outcome], champion: Sequence[Outcome]) -> str:
    """In what the candidate is surely worse than the champion, a clause; empty while it is not.

    It failed three times running; or, with twenty answers of each, it fails or abstains in a larger share (by 5 and by
    10 points at least, two-proportion z above 3.5), or takes longer (a quarter at least, Welch's z of the logarithms
    above 3.5).
    """
    last = candidate[-FAILURES_IN_A_ROW:]
    if len(last) == FAILURES_IN_A_ROW and all(one.failed for one in last):
        return f"it failed {FAILURES_IN_A_ROW} times running"
    if min(len(candidate), len(champion)) < LEAST:
        return ""
    for name, least in (("failed", FAILED_MORE), ("abstained", ABSTAINED_MORE)):
        ours, theirs = ([getattr(one, name) for one in side] for side in (candidate, champion))
        if fmean(ours) - fmean(theirs) >= least and _z_of_shares(ours, theirs) > SURE:
            return f"it {name} in {fmean(ours):.0%} of its answers, the champion in {fmean(theirs):.0%}"
    ours, theirs = map(_logarithms, (candidate, champion))
    if min(len(ours), len(theirs)) < LEAST:
        return ""
    ratio = math.exp(fmean(ours) - fmean(theirs))
    if ratio >= SLOWER and _z_of_means(ours, theirs) > SURE:
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
