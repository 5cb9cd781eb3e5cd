"""Next-best items of every customer of a month end. Nothing is fitted: the pairs are counted by dbt."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.predictions.batches import Batch, replace_batch
from aieco_assets.core.recommendations.judging import hit_rates, month_before
from aieco_assets.core.recommendations.purchases import Purchases, read_pairs, read_purchases
from aieco_assets.core.recommendations.ranking import ITEMS, because_of, rank
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

# Another way of ranking is another rule: months are then ranked again.
RULE = 2


def score_next_items(settings: Settings, as_of: date) -> Batch:
    """Writes predictions.next_items of one month end, unless nothing has changed.

    Its metrics say how often the month that ends on `as_of` would have been hit from what was known when it began.
    Where popularity alone would have hit more often, popularity alone ranks.
    """
    purchases = read_purchases(settings, as_of)
    before = month_before(as_of)
    earlier, pairs = (read_pairs(settings, day, purchases.items) for day in (before, as_of))
    digest = sha256(f"{purchases.digest()}/{ITEMS}".encode())
    for one in (earlier, pairs):
        digest.update(one.data.tobytes() + one.indices.tobytes())

    def make() -> tuple[pd.DataFrame, dict[str, float]]:
        rates = hit_rates(purchases, earlier, before)
        serving = pairs if rates.pairs_serve else type(pairs)(pairs.shape)
        numbers = {
            "judged": rates.customers,
            "pairs_hit_rate": rates.pairs,
            "popular_hit_rate": rates.popular,
            "chance_of_better": rates.chance_of_better,
        }
        return _frame(purchases, serving, as_of), numbers

    return replace_batch(settings, "next_items", as_of, RULE, digest.hexdigest(), make)


def _frame(purchases: Purchases, pairs: csr_array, as_of: date) -> pd.DataFrame:
    import pandas as pd

    had = purchases.had_by(as_of)
    ranked = rank(had, pairs, purchases.popularity(as_of))
    reasons = because_of(had, pairs, ranked)
    codes = np.array([*purchases.items, None], dtype=object)
    places = ranked.items.shape[1]
    rows = pd.DataFrame(
        {
            "customer_id": np.repeat(np.array(purchases.customers, dtype=object), places),
            "rank": np.tile(np.arange(1, places + 1), len(purchases.customers)),
            "stock_code": codes[ranked.items.ravel()],
            "because_of": codes[reasons.ravel()],
            "score": ranked.scores.ravel(),
        }
    )
    return rows.dropna(subset=["stock_code"])
