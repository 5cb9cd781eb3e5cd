"""Reciprocal rank fusion of two searches (Cormack, Clarke and Büttcher 2009)."""

from __future__ import annotations

from collections.abc import Sequence

# A rank counts 1 / (60 + rank), as in the paper and in LanceDB; its reranker joins tables, in ten times the time.
_RANKS_BEFORE = 60


def fused(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    """(id, score), the best first; what scores alike stays in the order of the rankings."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, 1):
            scores[one] = scores.get(one, 0.0) + 1 / (_RANKS_BEFORE + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
