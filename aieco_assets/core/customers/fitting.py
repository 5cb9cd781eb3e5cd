"""Fitting purchase and spending models: likelihoods of pymc-marketing where they are usable, priors of ours.

The library gives value and gradient of BG/NBD and Gamma-Gamma as one compiled function per data set, which then
serves every prior strength. Its Pareto/NBD differentiates a hypergeometric function term by term, customer by
customer: docs/decisions/0063-clv-likelihoods.md has the seconds. That one is `paretonbd.value_and_gradient`, held to
pymc's values by a test.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.customers.bgnbd import histories
from aieco_assets.core.customers.gammagamma import spending
from aieco_assets.core.customers.paretonbd import ParetoNbd, value_and_gradient
from aieco_assets.core.customers.posterior import Likelihood, Matrix
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.environment import temporary_environment

if TYPE_CHECKING:
    import pandas as pd

MIN_CUSTOMERS, MIN_REPEAT_BUYERS = 50, 20
WEEK = 7.0
PURCHASE_PARAMETERS = {"bg-nbd": ("r", "alpha", "a", "b"), "pareto-nbd": ("r", "alpha", "s", "beta")}
SPEND_PARAMETERS = ("p", "q", "v")


def check_trainable(frame: pd.DataFrame, what: str) -> None:
    """Raises NotTrainableError with the reason when no purchase model can be learned from these histories, AiecoError
    when they are wrong."""
    frequency, recency, t = histories(frame)
    repeat = int((frequency > 0).sum())
    if len(frame) < MIN_CUSTOMERS or repeat < MIN_REPEAT_BUYERS:
        raise NotTrainableError(
            f"{what}: the clv model needs {MIN_CUSTOMERS} customers of whom {MIN_REPEAT_BUYERS} bought on more than "
            f"one day, and has {len(frame)} of whom {repeat} did."
        )
    if not np.isfinite([frequency, recency, t]).all():
        raise AiecoError(f"{what}: features hold empty or infinite values: rebuild features/customer_rfm.")
    if min(frequency.min(), recency.min(), t.min()) < 0 or (recency > t).any():
        raise AiecoError(f"{what}: features hold a negative duration, or a last purchase after the month end.")
    if len(np.unique(frequency)) == 1 or len(np.unique(recency[frequency > 0])) == 1:
        raise NotTrainableError(f"{what}: all customers have the same history, from which no clv model can be learned.")


def check_spending(frame: pd.DataFrame, what: str) -> None:
    """Raises NotTrainableError with the reason when no spending model can be learned from these values."""
    frequency, value = spending(frame)
    known = int((frequency > 0).sum())
    if known < MIN_REPEAT_BUYERS:
        raise NotTrainableError(
            f"{what}: the spending model needs {MIN_REPEAT_BUYERS} repeat buyers with a purchase value, and has "
            f"{known}."
        )
    if len(np.unique(value[frequency > 0])) == 1:
        raise NotTrainableError(f"{what}: all customers spend the same, from which no spending model can be learned.")


def purchase_likelihood(settings: Settings, family: str, frame: pd.DataFrame) -> Likelihood:
    """Likelihood of histories in days (columns frequency, recency_days, t_days), by log-parameters in weeks."""
    frequency, recency, t = histories(frame)
    recency, t = recency / WEEK, t / WEEK
    if family == "pareto-nbd":
        return _pareto_likelihood(frequency, recency, t)
    import pandas as pd

    weekly = pd.DataFrame({"customer_id": np.arange(len(frame)), "frequency": frequency, "recency": recency, "T": t})
    with private_caches(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arviz announces its next version; the data argument is being renamed
        from pymc_marketing.clv import BetaGeoModel

        return _compiled(BetaGeoModel, weekly, PURCHASE_PARAMETERS[family])


def spend_likelihood(settings: Settings, frame: pd.DataFrame) -> tuple[Likelihood, float]:
    """Likelihood of what customers spend (columns frequency, monetary), by log-parameters, with money in units of its
    mean; and that mean."""
    frequency, value = spending(frame)
    known = frequency > 0
    unit = float(value[known].mean())
    import pandas as pd

    spent = pd.DataFrame(
        {"customer_id": np.arange(known.sum()), "frequency": frequency[known], "monetary_value": value[known] / unit}
    )
    with private_caches(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymc_marketing.clv import GammaGammaModel

        return _compiled(GammaGammaModel, spent, SPEND_PARAMETERS), unit


def _pareto_likelihood(frequency: Any, recency: Any, t: Any) -> Likelihood:
    rows, counts = np.unique(np.stack([frequency, recency, t], axis=1), axis=0, return_counts=True)

    def likelihood(logs: Matrix) -> tuple[float, Matrix]:
        parameters = np.exp(logs)
        value, gradient = value_and_gradient(ParetoNbd(*parameters), *rows.T)
        return float(counts @ value), (counts @ gradient) * parameters

    return likelihood


def _compiled(family: Any, data: pd.DataFrame, names: tuple[str, ...]) -> Likelihood:
    """pymc's likelihood and gradient in one function of the log-parameters; flat priors add nothing to either."""
    fitter = family(data=data, model_config={name: {"dist": "HalfFlat", "kwargs": {}} for name in names})
    fitter.build_model()
    model = fitter.model
    variables = [model[name] for name in names]
    outputs = [model.logp(jacobian=False), model.dlogp(vars=variables, jacobian=False)]
    inputs = [model.rvs_to_values[variable] for variable in variables]
    function = model.compile_fn(outputs, inputs=inputs, point_fn=False)

    def likelihood(logs: Matrix) -> tuple[float, Matrix]:
        value, gradient = function(*logs)
        return float(value), np.asarray(gradient, dtype=np.float64)

    return likelihood


@contextmanager
def private_caches(settings: Settings) -> Iterator[None]:
    """pytensor, matplotlib and arviz write caches into the user's home unless told otherwise: they go under ours.

    FAST_COMPILE without a C compiler evaluates the graph with NumPy: 2 s from an empty cache, where compiled C takes
    23 s and Numba 12 s to give the same parameters.
    """
    cache = settings.home / "cache"
    ours = {
        "PYTENSOR_FLAGS": f"base_compiledir={cache / 'pytensor'},mode=FAST_COMPILE,cxx=",
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "XDG_CACHE_HOME": str(cache),
    }
    cache.mkdir(parents=True, exist_ok=True)
    chosen = {name: value for name, value in ours.items() if name == "XDG_CACHE_HOME" or name not in os.environ}
    with temporary_environment(chosen):
        yield
