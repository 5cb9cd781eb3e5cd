"""Fusion of two searches by a convex combination of their scores (Bruch, Gai and Ingber 2023, TOIS 42)."""

from __future__ import annotations

from collections.abc import Sequence

# The last that a search found still counts more than what it did not find.
_LAST = 0.02


def fused(*searches: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """(id, score from 0 to 1), the best first; what scores alike stays in the order of the searches.

    Each search gives (id, score), the best first. Its scores are stretched to 0 to 1 and count alike: unlike ranks,
    they say how much better the first is than the second.
    """
    fused: dict[int, float] = {}
    for found in searches:
        low, high = (found[-1][1], found[0][1]) if found else (0.0, 0.0)
        for one, score in found:
            share = (score - low) / (high - low) if high > low else 1.0
            fused[one] = fused.get(one, 0.0) + (_LAST + (1 - _LAST) * share) / len(searches)
    return sorted(fused.items(), key=lambda item: -item[1])
