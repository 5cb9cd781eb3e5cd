"""Our likelihoods and gradients against pymc-marketing's, and against each other: a slope is a difference of values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.customers.fitting import PURCHASE_PARAMETERS, purchase_likelihood, spend_likelihood
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.stack.environment import temporary_environment
from tests.core.customers.populations import bgnbd_population, pareto_population

HISTORIES = pd.DataFrame(
    {"customer_id": range(6), "frequency": [0.0, 1, 2, 2, 26, 60], "recency": [0.0, 0.1, 30.43, 30.43, 30.86, 50],
     "T": [39.0, 9, 39, 39, 31, 52], "monetary_value": [8.0, 12.5, 20.0, 20.0, 7.25, 40.0]}
)  # fmt: skip


@pytest.fixture(scope="module")
def pymc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """pymc-marketing, evaluated by NumPy (compiling takes 20 s), with its caches out of the user's home."""
    cache = tmp_path_factory.mktemp("cache")
    ours = {"PYTENSOR_FLAGS": f"base_compiledir={cache},mode=FAST_COMPILE,cxx=", "MPLCONFIGDIR": str(cache),
            "XDG_CACHE_HOME": str(cache)}  # fmt: skip
    with temporary_environment(ours), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymc_marketing import clv

        yield clv


def theirs(family: Any, data: pd.DataFrame, names: tuple[str, ...]) -> Callable[..., Any]:
    """(parameters) -> log-likelihood and its slopes by parameter; flat priors add nothing to either."""
    fitter = family(data=data, model_config={name: {"dist": "HalfFlat", "kwargs": {}} for name in names})
    fitter.build_model()
    model = fitter.model
    variables = [model[name] for name in names]
    outputs = [model.logp(jacobian=False), model.dlogp(vars=variables, jacobian=False)]
    inputs = [model.rvs_to_values[variable] for variable in variables]
    function = model.compile_fn(outputs, inputs=inputs, point_fn=False)
    return lambda parameters: function(*np.log(parameters))


def test_bgnbd_is_that_of_pymc_marketing(pymc: Any) -> None:
    names = PURCHASE_PARAMETERS["bg-nbd"]
    expected = theirs(pymc.BetaGeoModel, HISTORIES[["customer_id", "frequency", "recency", "T"]], names)
    days = HISTORIES.assign(recency_days=HISTORIES["recency"] * 7, t_days=HISTORIES["T"] * 7)
    agree(purchase_likelihood("bg-nbd", days), expected, (0.243, 4.414, 0.793, 2.426), (2.0, 0.1, 0.2, 30.0))


def test_gamma_gamma_is_that_of_pymc_marketing(pymc: Any) -> None:
    known = HISTORIES[HISTORIES["frequency"] > 0]
    likelihood, unit = spend_likelihood(HISTORIES.rename(columns={"monetary_value": "monetary"}))
    data = known[["customer_id", "frequency"]].assign(monetary_value=known["monetary_value"] / unit)
    agree(likelihood, theirs(pymc.GammaGammaModel, data, ("p", "q", "v")), (6.25, 3.74, 15.44), (0.5, 1.1, 0.2))


def agree(ours: Any, expected: Callable[..., Any], *points: tuple[float, ...]) -> None:
    for parameters in points:
        value, slopes = expected(parameters)
        mine = ours(np.log(parameters))
        assert mine[0] == pytest.approx(float(value), rel=1e-10)
        assert mine[1] == pytest.approx(np.asarray(slopes), rel=1e-7)


@pytest.mark.parametrize(
    "parameters",
    [(0.553, 10.578, 0.606, 11.669), (0.5, 0.1, 0.6, 200.0), (0.5, 50.0, 0.6, 0.5), (2.0, 5.0, 0.2, 500.0)],
)
def test_pareto_nbd_is_that_of_pymc_marketing(pymc: Any, parameters: tuple[float, ...]) -> None:
    """Values only: its slopes take it 36 s."""
    import pymc as pm
    from pymc_marketing.clv.distributions import ParetoNBD

    x, recency, age = (HISTORIES[name].to_numpy() for name in ("frequency", "recency", "T"))
    distribution = ParetoNBD.dist(*map(np.float64, parameters), T=age)  # plain floats become float32
    expected = pm.logp(distribution, np.stack([recency, x], axis=1)).eval(mode="FAST_COMPILE")
    model = ParetoNbd(*parameters)
    for row in range(len(x)):
        ours = model.log_likelihood(x[[row]], recency[[row]] * 7, age[[row]] * 7)
        assert ours == pytest.approx(expected[row], abs=1e-8)


BG = bgnbd_population(200, 1, r=0.9, alpha=6.0, a=0.8, b=2.6)[0]
PARETO = pareto_population(200, 1, r=0.6, alpha=8.0, s=0.7, beta=15.0)[0]


@pytest.mark.parametrize(
    ("likelihood", "near", "far"),
    [
        (purchase_likelihood("bg-nbd", BG), [0.9, 6.0, 0.8, 2.6], [2.0, 50.0, 3.0, 1.0]),
        (purchase_likelihood("pareto-nbd", PARETO), [0.6, 8.0, 0.7, 15.0], [2.0, 50.0, 3.0, 1.0]),
        (spend_likelihood(BG)[0], [6.0, 4.0, 0.5], [0.2, 20.0, 5.0]),
    ],
    ids=["bg-nbd", "pareto-nbd", "gamma-gamma"],
)
def test_the_gradient_is_the_slope_of_the_likelihood(likelihood: Any, near: list[float], far: list[float]) -> None:
    for logs in (np.log(near), np.log(far)):
        steps = np.eye(len(logs)) * 1e-5
        slopes = [(likelihood(logs + step)[0] - likelihood(logs - step)[0]) / 2e-5 for step in steps]
        assert likelihood(logs)[1] == pytest.approx(slopes, rel=1e-5, abs=1e-4)
