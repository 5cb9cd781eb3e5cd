"""The card of the next-best items: how they are ranked, and what that was worth in the last month."""

from __future__ import annotations

from collections.abc import Mapping

from aieco_assets.core.predictions.baseline import against_baseline


def model_card(as_of: str, metrics: Mapping[str, float]) -> str:
    """Markdown of one month's metrics (those of `score_next_items`)."""
    return f"""# Next-best items as of {as_of}

**What.** Five items that a customer does not have: what is bought together with her own, then what is popular.
Purchases are net of linked cancellations.

**Against the naive baseline.** {_verdict(metrics)} Offering the last basket again is no baseline here: nobody is
offered what she has.
"""


def _verdict(metrics: Mapping[str, float]) -> str:
    if not metrics.get("judged"):
        return "Nothing to judge by: nobody who was known a month ago took up something new since."
    ours, theirs = metrics["pairs_hit_rate"], metrics["popular_hit_rate"]
    said = against_baseline(
        "the same best-sellers for everybody",
        f"share of {metrics['judged']:.0f} customers who took up one of five",
        ours,
        theirs,
        metrics.get("chance_of_better", 0.0),
        lower=False,
    )
    return f"{said} {'What goes together ranks.' if ours >= theirs else 'Therefore the best-sellers rank.'}"
