"""The model card of the segments: what they are made of, how far to trust them, and why there is no baseline."""

from __future__ import annotations

from typing import Any


def model_card(content: dict[str, Any]) -> str:
    """Markdown of a version's content (model.json)."""
    metrics = content["metrics"]
    sizes = "\n".join(f"| {name} | {count} |" for name, count in content["sizes"].items())
    return f"""# Segments

**Purpose.** Groups of customers for choosing whom to write to: by rule (fifths of recency, orders and revenue, under
the names that marketing uses) and by k-means.

**Data.** {metrics["customers"]:.0f} customers as of {content["as_of"]}; purchases net of linked cancellations, revenue
in the shop's currency.

**Against a naive baseline.** None: segments foresee nothing that could come true, so nothing can be won or lost. The
rule is the simplest grouping there is. What can be said of the {metrics["clusters"]:.0f} clusters is whether other
customers of the same shop would give them again: adjusted Rand index {metrics["stability"]:.2f} over bootstraps (lowest
{metrics["stability_lowest"]:.2f}; 1 is the same grouping, 0 is chance), silhouette {metrics["silhouette"]:.2f}.

| segment by rule | customers |
| --- | ---: |
{sizes}
"""
