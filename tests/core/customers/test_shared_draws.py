"""The chance that all customers share, however many are asked for at once."""

from __future__ import annotations

import numpy as np
import pytest

from aieco_assets.core.customers.posterior import Posterior
from aieco_assets.core.customers.shared_draws import arrived, price_chance, purchase_chance

POSTERIOR = Posterior({"r": 0.9, "alpha": 6.0, "a": 0.8, "b": 2.6}, (np.eye(4) * 0.1).tolist())
PRICES = Posterior({"p": 6.0, "q": 4.0, "v": 15.0}, (np.eye(3) * 0.1).tolist())


@pytest.mark.parametrize("days", [1, 30, 64, 365])
@pytest.mark.parametrize("customers", [1, 3, 32, 33])
def test_arrivals_are_counted_as_one_would_count_them(days: int, customers: int) -> None:
    random = np.random.default_rng(7)
    arrivals = np.cumsum(random.standard_exponential((20, days)), axis=1)
    until = random.uniform(0, days * 1.5, (2, 20, customers))
    until[0, 0, 0], until[1, 1, 0] = arrivals[0, -1], 0.0  # one that falls on an arrival is before it

    expected = [[[int(np.sum(arrivals[draw] < one)) for one in row] for draw, row in enumerate(of)] for of in until]

    assert arrived(arrivals, until).tolist() == expected


def test_no_purchase_costs_nothing_and_each_adds_to_the_sum() -> None:
    totals = price_chance(PRICES.key, 20, 30, (7, 2)).totals

    assert totals.shape == (20, 31) and (totals[:, 0] == 0).all() and (np.diff(totals, axis=1) > 0).all()


def test_a_posterior_that_is_the_same_is_drawn_once() -> None:
    again = Posterior(dict(POSTERIOR.parameters), [list(row) for row in POSTERIOR.covariance])

    assert purchase_chance(again.key, 20, 30, 7) is purchase_chance(POSTERIOR.key, 20, 30, 7)
    assert Posterior.of(POSTERIOR.key) == POSTERIOR
