"""Segments by rule, under the names that marketing uses.

Recency, frequency and spend are scored 1 to 5 by fifths of the customers (Hughes 1994, "Strategic Database
Marketing"); the name follows from the scores of recency and frequency by the grid that is in common use since Putler's
"RFM analysis" (Champions, Loyal, At risk, Hibernating …).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Grid of names: rows are recency scores 5 (bought lately) to 1, columns frequency scores 1 (seldom) to 5.
_NEW, _PROMISING, _POTENTIAL, _CHAMPIONS = "New", "Promising", "Potential loyalists", "Champions"
_LOYAL, _ATTENTION, _SLEEPY = "Loyal", "Need attention", "About to sleep"
_AT_RISK, _CANT_LOSE, _HIBERNATING = "At risk", "Can't lose", "Hibernating"
GRID: dict[str, list[str]] = {
    "5": [_NEW, _POTENTIAL, _POTENTIAL, _CHAMPIONS, _CHAMPIONS],
    "4": [_PROMISING, _POTENTIAL, _POTENTIAL, _LOYAL, _LOYAL],
    "3": [_SLEEPY, _SLEEPY, _ATTENTION, _LOYAL, _LOYAL],
    "2": [_HIBERNATING, _HIBERNATING, _AT_RISK, _AT_RISK, _CANT_LOSE],
    "1": [_HIBERNATING, _HIBERNATING, _AT_RISK, _AT_RISK, _CANT_LOSE],
}
SEGMENTS = tuple(dict.fromkeys(name for names in GRID.values() for name in names))
_FIFTHS = (0.2, 0.4, 0.6, 0.8)


def measures(features: pd.DataFrame) -> pd.DataFrame:
    """Columns recency (days since the last purchase), frequency (orders), monetary (the shop's currency, in all)."""
    import pandas as pd

    recency = features["t_days"] - features["recency_days"]
    return pd.DataFrame({"recency": recency, "frequency": features["orders"], "monetary": features["revenue"]})


def fit_edges(found: pd.DataFrame) -> dict[str, list[float]]:
    """Where the fifths of the customers end, per measure, lowest first."""
    return {name: [float(edge) for edge in found[name].quantile(list(_FIFTHS))] for name in found.columns}


def score(found: pd.DataFrame, edges: dict[str, Any]) -> pd.DataFrame:
    """Columns recency_score, frequency_score, monetary_score, 1 to 5; 5 is best.

    Customers with the same value get the same score, the lower one: who ordered once scores 1 wherever that ends.
    """
    import pandas as pd

    above = {name: np.searchsorted(edges[name], found[name], side="left") for name in found.columns}
    return pd.DataFrame(
        {
            "recency_score": 5 - above["recency"],
            "frequency_score": 1 + above["frequency"],
            "monetary_score": 1 + above["monetary"],
        }
    )


def name_segments(scores: pd.DataFrame, grid: dict[str, Any]) -> list[str]:
    """Names by `grid`: recency score (as text, for JSON has no other keys) -> names by frequency score from 1."""
    return [
        grid[str(recency)][frequency - 1]
        for recency, frequency in zip(scores["recency_score"], scores["frequency_score"], strict=True)
    ]
