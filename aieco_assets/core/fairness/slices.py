"""A challenger against the champion, slice by slice on the same rows; what chance may explain is no difference.

Values are those of `fairlearn.metrics.MetricFrame`. Whether a difference is more than chance is told by an exact test
of pairs where rows are right or wrong (McNemar 1947), else by a paired bootstrap; over all slices and measures together
(Bonferroni) a challenger that is as good as the champion is refused in at most one of twenty comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.fairness.measures import Measure, Vector

LEVEL = 0.05
RESAMPLES = 400
UNKNOWN = "unknown"  # the slice of rows whose value is not known
State = Literal["held", "worse", "beyond limit", "inconclusive"]


@dataclass(frozen=True)
class Slice:
    """One measure of one slice. `ours` and `champion`: its value, None where nothing is below; `rows`: those that
    count. `difference`: by how much it is worse (above 0) than the champion's; `least`: what is left of that beyond
    chance, None where it was not tried."""

    column: str
    slice: str
    measure: str
    rows: int
    ours: float | None
    champion: float | None
    difference: float | None
    least: float | None
    state: State

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Case:
    column: str
    slice: str
    measure: Measure
    inside: NDArray[np.bool_]
    ours: float | None
    champion: float | None
    rows: int


def compare(
    measures: Sequence[Measure],
    columns: Mapping[str, Sequence[str | None]],
    truth: Vector,
    ours: Vector,
    champion: Vector | None = None,
) -> list[Slice]:
    """Every measure of every slice of every column. `columns`: name -> the slice of each row.

    A slice with fewer rows than the measure asks for is inconclusive, and so is one that is worse by more than the
    margin where that may be chance.
    """
    if not len(truth):
        return []
    cases = [case for name, of in columns.items() for case in _cases(measures, name, of, truth, ours, champion)]
    tried = sum(case.rows >= case.measure.fewest for case in cases) or 1
    return [_judged(case, LEVEL / tried, truth, ours, champion) for case in cases]


def worst(slices: Sequence[Slice]) -> Slice | None:
    """The slice for which a version is refused, None where it is not: the one with most beyond chance."""
    refused = [one for one in slices if one.state in ("worse", "beyond limit")]
    return max(refused, key=lambda one: (one.least or 0.0, one.column, one.slice), default=None)


def sentence(found: Slice, champion_version: int | None) -> str:
    """Why a version is refused: names the slice and both figures."""
    where = f"{found.column} {found.slice} ({found.rows:,} rows)"
    what, ours = found.measure.replace("_", " "), f"{found.ours:.3f}"
    if found.state == "beyond limit":
        return f"it is beyond the limit for {where}: {what} {ours}"
    return f"it is much worse for {where}: {what} {ours}, and version {champion_version} has {found.champion:.3f}"


def _cases(
    measures: Sequence[Measure],
    column: str,
    of: Sequence[str | None],
    truth: Vector,
    ours: Vector,
    champion: Vector | None,
) -> list[_Case]:
    import pandas as pd
    from fairlearn.metrics import MetricFrame

    groups = np.array([str(one) if one not in (None, "") else UNKNOWN for one in of])
    metrics = {one.name: one.value for one in measures}
    named = pd.Series(groups, name=column)  # of an array with one row it would make a number
    frames = [
        MetricFrame(metrics=metrics, y_true=truth, y_pred=said, sensitive_features=named).by_group
        for said in (ours, champion)
        if said is not None
    ]
    found = []
    for name in sorted({*groups}):
        inside = groups == name
        for one in measures:
            _, below = one.parts(truth[inside], ours[inside])
            values = [_known(frame.loc[name, one.name]) for frame in frames]
            found.append(
                _Case(
                    *(column, name, one, inside, values[0], values[1] if len(values) > 1 else None),
                    int(np.count_nonzero(below)) if one.counted else int(inside.sum()),
                )
            )
    return found


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _judged(case: _Case, level: float, truth: Vector, ours: Vector, champion: Vector | None) -> Slice:
    one, told = case.measure, (case.column, case.slice, case.measure.name, case.rows, case.ours, case.champion)
    if case.rows < one.fewest or case.ours is None or (champion is not None and case.champion is None):
        return Slice(*told, None, None, "inconclusive")
    inside = case.inside
    rival = champion[inside] if champion is not None else None
    over = _over_limit(one, level, case, truth[inside], ours[inside])
    if rival is None or case.champion is None:
        return Slice(*told, None, over, "beyond limit" if over is not None and over > 0 else "held")
    worse = (case.champion - case.ours) if one.higher_is_better else (case.ours - case.champion)
    beyond = over is not None and over > 0 and worse > 0  # a champion that is as far out is no reason to keep it
    if beyond:
        return Slice(*told, worse, over, "beyond limit")
    if worse <= one.margin:
        return Slice(*told, worse, None, "held")
    least = _beyond_chance(one, level, worse, truth[inside], ours[inside], rival)
    return Slice(*told, worse, least, "worse" if least > 0 else "inconclusive")


def _over_limit(one: Measure, level: float, case: _Case, truth: Vector, ours: Vector) -> float | None:
    if one.limit is None or case.ours is None:
        return None
    spread = float(np.std(_resampled(one, truth, ours)))
    return case.ours - NormalDist().inv_cdf(1 - level) * spread - one.limit


def _beyond_chance(one: Measure, level: float, worse: float, truth: Vector, ours: Vector, rival: Vector) -> float:
    """What is left of a difference beyond chance, above 0 if anything is."""
    if one.counted:
        mine, theirs = (one.parts(truth, said)[0] for said in (ours, rival))
        lost, won = int(np.sum(theirs > mine)), int(np.sum(mine > theirs))
        if not one.higher_is_better:
            lost, won = won, lost
        from scipy.stats import binom

        chance = float(binom.sf(lost - 1, lost + won, 0.5))
        return worse if chance <= level else min(0.0, level - chance)
    sign = -1.0 if one.higher_is_better else 1.0
    differences = sign * (_resampled(one, truth, ours) - _resampled(one, truth, rival))
    return worse - NormalDist().inv_cdf(1 - level) * float(np.std(differences))


def _resampled(one: Measure, truth: Vector, said: Vector) -> Vector:
    """The measure on RESAMPLES samples of the rows with replacement: the same samples every time."""
    above, below = one.parts(truth, said)
    random = np.random.default_rng(20)
    rows = len(truth)
    sums = np.empty((RESAMPLES, 2))
    for at in range(RESAMPLES):
        times = np.bincount(random.integers(rows, size=rows), minlength=rows)
        sums[at] = times @ above, times @ below
    return np.nan_to_num(one.of_sums(sums[:, 0], sums[:, 1]))
