"""Intervals of predictions against what populations with known parameters then do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.customers.bgnbd import BgNbd, histories
from aieco_assets.core.customers.gammagamma import GammaGamma
from aieco_assets.core.customers.intervals import LEVEL, intervals
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.customers.posterior import Posterior
from tests.core.customers.populations import HORIZON_DAYS, bgnbd_population, pareto_population

SPEND = {"p": 6.0, "q": 4.0, "v": 15.0}
BGNBD = {"r": 0.9, "alpha": 6.0, "a": 0.8, "b": 2.6}
PARETO = {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 15.0}


def known(parameters: dict[str, float], spread: float = 1e-6) -> Posterior:
    return Posterior(parameters, (np.eye(len(parameters)) * spread).tolist())


def model(family: type[BgNbd] | type[ParetoNbd], parameters: dict[str, float], spread: float = 1e-6) -> ClvModel:
    return ClvModel(family(**parameters), known(parameters, spread), GammaGamma(**SPEND), known(SPEND, spread))


@pytest.mark.parametrize(
    ("truth", "population"),
    [
        (model(BgNbd, BGNBD), bgnbd_population(2500, 3, **BGNBD)),
        (model(ParetoNbd, PARETO), pareto_population(2500, 3, **PARETO)),
    ],
    ids=["bg-nbd", "pareto-nbd"],
)
def test_nine_of_ten_customers_do_what_their_interval_says(truth: ClvModel, population) -> None:
    features, purchases, value = population
    found = intervals(truth, features, [HORIZON_DAYS])[HORIZON_DAYS]
    low, high = found.purchases
    # Counts are whole: at most a twentieth lies above the upper bound, but more than that if it were one less.
    some = high > 0
    assert (purchases[some] > high[some]).mean() < 0.05 < (purchases[some] >= high[some]).mean()
    assert (purchases < low).mean() < 0.05
    assert ((low <= purchases) & (purchases <= high)).mean() > LEVEL
    spending = found.value[1] > 0
    assert (value[spending] > found.value[1][spending]).mean() == pytest.approx(0.05, abs=0.02)
    assert (value < found.value[0]).mean() < 0.05


def test_bounds_grow_with_time_and_with_doubt_and_are_the_same_in_any_company() -> None:
    features = pd.DataFrame(
        {"frequency": [0.0, 3, 3, 40], "recency_days": [0.0, 60, 200, 280], "t_days": [250.0, 250, 250, 290],
         "monetary": [np.nan, 20.0, 20.0, 35.0]}
    )  # fmt: skip
    sure, unsure = model(BgNbd, BGNBD), model(BgNbd, BGNBD, spread=0.5)
    found = intervals(sure, features, (30, 90, 365))
    for bounds in found.values():
        assert (bounds.purchases[0] <= bounds.purchases[1]).all()
        assert (bounds.value[0] <= bounds.value[1]).all()
    for less, more in ((30, 90), (90, 365)):
        assert (found[less].purchases[1] <= found[more].purchases[1]).all()
    assert found[365].purchases[1][3] <= 365
    assert intervals(unsure, features, [90])[90].purchases[1][0] > found[90].purchases[1][0]
    alone = intervals(sure, features.iloc[[2]], (30, 90, 365))[90]
    assert alone.value[1][0] == found[90].value[1][2]
    nothing_known = ClvModel(sure.purchases, sure.posterior)
    assert np.isnan(intervals(nothing_known, features, [90])[90].value[1]).all()


def test_a_silent_customer_may_well_buy_nothing() -> None:
    features = pd.DataFrame({"frequency": [8.0], "recency_days": [60.0], "t_days": [700.0], "monetary": [20.0]})
    assert model(BgNbd, BGNBD).p_alive(*histories(features))[0] < 0.05
    bounds = intervals(model(BgNbd, BGNBD), features, [90])[90]
    assert bounds.purchases == (pytest.approx([0]), pytest.approx([0]))
