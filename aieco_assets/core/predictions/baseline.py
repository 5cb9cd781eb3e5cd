"""One sentence of every model card: whether the model is worth more than the simplest thing that needs none."""

from __future__ import annotations

# A difference that this share of resamples confirms is no accident.
SURE = 0.95


def against_baseline(baseline: str, measure: str, ours: float, theirs: float, chance: float, lower: bool = True) -> str:
    """Who wins by how much. `chance`: share of resamples in which the model is the better one. `lower`: less is better.

    A model that loses says so in as plain words as one that wins.
    """
    figures = f"{measure} {ours:,.4g} against {theirs:,.4g}; the model is the better one in {chance:.0%} of resamples"
    better = ours < theirs if lower else ours > theirs
    if ours == theirs:
        return f"It does neither better nor worse than {baseline}: {figures}."
    if (chance if better else 1 - chance) < SURE:
        return f"It {'wins' if better else 'loses'} against {baseline}, which may be chance: {figures}."
    return f"It {'wins' if better else 'LOSES'} against {baseline}: {figures}."
