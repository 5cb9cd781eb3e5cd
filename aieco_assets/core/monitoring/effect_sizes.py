"""How large a difference is, whatever the size of the sample: a p-value calls every large sample different. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence


def cohens_h(share: float, reference: float) -> float:
    """Effect size of a difference of two shares: Cohen, Statistical Power Analysis (1988), chapter 6."""
    return 2 * math.asin(math.sqrt(share)) - 2 * math.asin(math.sqrt(reference))


def cohens_d(mean: float, variance: float, n: int, reference: tuple[float, float, int]) -> float:
    """Effect size of a difference of two means by the pooled standard deviation; 0 where nothing varies."""
    other, other_variance, m = reference
    pooled = ((n - 1) * variance + (m - 1) * other_variance) / (n + m - 2)
    return (mean - other) / math.sqrt(pooled) if pooled > 0 else 0.0


def cramers_v(counts: Sequence[Sequence[int]]) -> float:
    """Association of the rows of a table of counts with its columns, 0 to 1, without what chance alone would give.

    Bergsma, A bias-correction for Cramér's V and Tschuprow's T (2013): of forty questions about thirty documents the
    plain one is far from 0 also where nothing has changed.
    """
    import numpy as np

    table = np.array([row for row in counts if sum(row)], dtype=float)
    if len(table) < 2:
        return 0.0
    n, (rows, columns) = table.sum(), table.shape
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    if not expected.all():
        return 0.0
    phi = ((table - expected) ** 2 / expected).sum() / n
    corrected = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    sides = [size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)]
    return float(min(1.0, math.sqrt(corrected / (min(sides) - 1)))) if min(sides) > 1 else 0.0
