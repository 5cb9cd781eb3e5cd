"""The gate's verdicts on a literal holdout: 200 customers in two countries, purchases written down by numpy."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.customers.bgnbd import BgNbd
from aieco_assets.core.customers.evaluation import by_decile, country_groups, uncertain_errors
from aieco_assets.core.customers.gammagamma import GammaGamma
from aieco_assets.core.customers.gate import compare_slices, judge
from aieco_assets.core.customers.holdout import Holdout, make_holdout
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.customers.posterior import Posterior


class Factor(BgNbd):
    """A double: expects the actual purchases times a factor by country, so that who is better is known."""

    factors: np.ndarray

    def expected_purchases(self, frequency, recency, t, horizon_days):
        return actual() * self.factors


COUNTRIES = ["France"] * 140 + ["Spain"] * 60


def actual() -> np.ndarray:
    return np.random.default_rng(5).poisson(2.0, 200).astype(float)


def holdout(before: bool = False) -> Holdout:
    frame = pd.DataFrame(
        {"customer_id": [str(n) for n in range(200)], "frequency": 4.0, "recency_days": 90.0, "t_days": 91.0,
         "monetary": 10.0, "revenue": 50.0, "recent_frequency": 1.0, "country": COUNTRIES}
    )  # fmt: skip
    later = frame.assign(frequency=frame["frequency"] + actual(), revenue=60.0)
    earlier = frame.assign(frequency=3.0) if before else None
    return make_holdout(
        date(2025, 6, 30), frame, date(2025, 9, 29), later, date(2025, 3, 31) if before else None, earlier
    )


def model(france: float, spain: float, spend: bool = True, valuing: str = "Gamma-Gamma") -> ClvModel:
    purchases = Factor(r=1.0, alpha=1.0, a=1.0, b=1.0)
    object.__setattr__(purchases, "factors", np.where(np.array(COUNTRIES) == "France", france, spain))
    certain = Posterior({}, [])
    return ClvModel(purchases, certain, GammaGamma(p=6, q=4, v=15) if spend else None, certain, valuing)


@pytest.mark.parametrize(
    ("challenger", "champion", "passed", "told"),
    [
        (model(0.8, 0.8), model(0.7, 0.7), True, "version 3 has"),
        (model(0.7, 0.7), model(0.8, 0.8), False, "version 3 has"),
        (model(0.8, 0.8), model(0.8, 0.8), False, "it takes 1% less"),
        (model(0.8, 0.8, valuing="own price at the recent rate"), model(0.8, 0.8), True, "their value"),
        (model(0.785, 0.785, valuing="own price at the recent rate"), model(0.8, 0.8), False, "their value"),
        (
            model(0.9, 0.6),
            model(0.7, 0.8),
            False,
            "much worse for country Spain (60 rows): purchase error 0.400, and version 3 has 0.200",
        ),
        (model(0.8, 0.8), model(0.8, 0.8, spend=False), True, "knows no value"),
        (model(0.79, 0.79), model(0.8, 0.8, spend=False), False, "knows no value"),
    ],
)
def test_a_challenger_must_be_better_by_a_margin_and_bad_for_no_country(challenger, champion, passed, told) -> None:
    slices = compare_slices(holdout(), {"country": COUNTRIES}, challenger, champion)
    # All customers here spend the same, which no model of spending foresees: of the slices only purchases are weighed.
    slices = [one for one in slices if one.measure.startswith("purchase")]
    verdict = judge(holdout(), challenger, champion, 3, slices)
    assert verdict.passed == passed
    assert told in verdict.reason
    assert verdict.numbers["champion_rmse"] > 0


@pytest.mark.parametrize(("factor", "passed"), [(0.9, True), (6.0, False)])
def test_a_first_champion_must_beat_the_rate_of_the_last_period(factor: float, passed: bool) -> None:
    verdict = judge(holdout(before=True), model(factor, factor), None, None)
    assert verdict.passed == passed
    assert "the rate of the last period has" in verdict.reason


def test_the_rate_of_the_last_period_counts_only_its_own_purchases() -> None:
    baselines = holdout(before=True).naive()
    assert baselines["rate of the past"] == pytest.approx(np.full(200, 4.0))
    assert baselines["rate of the last period"] == pytest.approx(np.full(200, 1.0))
    assert list(holdout().naive()) == ["rate of the past"]


def test_countries_with_few_customers_are_one_group() -> None:
    groups = country_groups(["France"] * 60 + ["Malta"] * 3 + [None])
    assert dict(zip(*np.unique(groups, return_counts=True), strict=True)) == {"France": 60, "other countries": 4}


def test_errors_lie_inside_their_bounds_and_deciles_keep_every_customer() -> None:
    expected = np.linspace(0, 4, 200)
    found = uncertain_errors(expected, actual())
    for name in ("rmse", "mae", "bias"):
        assert found[f"{name}_low"] < found[name] < found[f"{name}_high"]
    rows = by_decile(expected, actual())
    assert [row["customers"] for row in rows] == [20] * 10
    assert np.mean([row["actual"] for row in rows]) == pytest.approx(actual().mean())
