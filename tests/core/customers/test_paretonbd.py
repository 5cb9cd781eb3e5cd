"""Pareto/NBD against published numbers, pymc-marketing's likelihood, and a population of known parameters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aieco_assets.core.customers.candidates import fit_purchases
from aieco_assets.core.customers.fitting import private_caches, purchase_likelihood
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.settings import Settings
from tests.core.customers.populations import pareto_population
from tests.core.customers.test_bgnbd import cdnow, home

__all__ = ["home"]

# Fader, Hardie and Lee (2005), table 2: CDNOW, time in weeks.
PUBLISHED = ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669)


def test_cdnow_gives_the_published_parameters_and_likelihood(real_data: Path, home: Settings) -> None:
    model, found = fit_purchases(home, "pareto-nbd", cdnow(real_data))
    for name in ("r", "alpha", "s", "beta"):
        assert getattr(model.purchases, name) == pytest.approx(getattr(PUBLISHED, name), rel=0.01)
    assert found.log_likelihood == pytest.approx(-9595.0, abs=0.05)
    assert found.gradient < 1e-6


def test_expectations_are_those_that_the_r_package_btyd_prints() -> None:
    # Its walkthrough, same data: customer 1516 with 26 repeat purchases, the last in week 30.86 of 31.
    model = ParetoNbd(r=0.5533971, alpha=10.5801985, s=0.6060625, beta=11.6562237)
    x, t_x, age = (np.array([value]) for value in (26.0, 30.86 * 7, 31.0 * 7))
    assert model.expected_purchases(x, t_x, age, 52 * 7)[0] == pytest.approx(25.46, abs=0.01)
    assert model.p_alive(x, t_x, age)[0] == pytest.approx(0.9979, abs=0.0001)


@pytest.mark.parametrize(
    "parameters",
    [(0.553, 10.578, 0.606, 11.669), (0.5, 0.1, 0.6, 200.0), (0.5, 50.0, 0.6, 0.5), (2.0, 5.0, 0.2, 500.0)],
)
def test_the_likelihood_is_that_of_pymc_marketing(home: Settings, parameters: tuple[float, ...]) -> None:
    with private_caches(home):
        import pymc as pm
        from pymc_marketing.clv.distributions import ParetoNBD

    x, recency, age = (
        np.array([0.0, 1, 2, 26, 60]),
        np.array([0.0, 0.1, 30.43, 30.86, 50]),
        np.array([39.0, 9, 39, 31, 52]),
    )
    distribution = ParetoNBD.dist(*map(np.float64, parameters), T=age)  # plain floats become float32
    theirs = pm.logp(distribution, np.stack([recency, x], axis=1)).eval(mode="FAST_COMPILE")
    model = ParetoNbd(*parameters)
    for row in range(len(x)):
        ours = model.log_likelihood(x[[row]], recency[[row]] * 7, age[[row]] * 7)
        assert ours == pytest.approx(theirs[row], abs=1e-8)


def test_the_gradient_is_the_slope_of_the_likelihood(home: Settings) -> None:
    frame, _, _ = pareto_population(200, 1, r=0.6, alpha=8.0, s=0.7, beta=15.0)
    likelihood = purchase_likelihood(home, "pareto-nbd", frame)
    for logs in (np.log([0.6, 8.0, 0.7, 15.0]), np.log([2.0, 50.0, 3.0, 1.0])):
        slopes = [(likelihood(logs + step)[0] - likelihood(logs - step)[0]) / 2e-5 for step in np.eye(4) * 1e-5]
        assert likelihood(logs)[1] == pytest.approx(slopes, rel=1e-5, abs=1e-4)


def test_the_parameters_of_a_known_population_lie_in_the_stated_intervals(home: Settings) -> None:
    truth = {"r": 0.6, "alpha": 8.0, "s": 0.7, "beta": 15.0}
    frame, _, _ = pareto_population(3000, 11, **truth)
    intervals = fit_purchases(home, "pareto-nbd", frame)[1].posterior.interval()
    for name, value in truth.items():
        low, high = intervals[name]
        assert low < value < high, name
        assert high < 10 * low, name


@pytest.mark.parametrize("s", [0.3, 1.0, 1.7])
def test_awkward_histories_give_numbers_and_more_time_more_purchases(s: float) -> None:
    frequency, recency, t = (
        np.array([0.0, 0, 1, 2, 300]),
        np.array([0.0, 0, 0, 300, 3000]),
        np.array([0.0, 900, 100, 400, 3000]),
    )
    model = ParetoNbd(r=0.5, alpha=3.0, s=s, beta=9.0)
    thirty, year = (model.expected_purchases(frequency, recency, t, days) for days in (30, 365))
    assert np.isfinite(year).all()
    assert (thirty >= 0).all() and (thirty < year).all()
    assert ((model.p_alive(frequency, recency, t) >= 0) & (model.p_alive(frequency, recency, t) <= 1)).all()
