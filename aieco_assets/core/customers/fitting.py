"""Fitting BG/NBD with pymc-marketing: maximum a posteriori under priors too wide to move the published parameters."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.customers.bgnbd import BgNbd, histories
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.environment import temporary_environment

if TYPE_CHECKING:
    import pandas as pd

MIN_CUSTOMERS, MIN_REPEAT_BUYERS = 50, 20
WEEK = 7.0
# Almost flat, with time in weeks: only there to keep a weakly identified parameter from running off to zero (a, where
# hardly anybody leaves: UCI Online Retail) or to infinity. CDNOW keeps its published parameters; pymc-marketing's own
# defaults turn its a from 0.79 into 0.71.
PRIORS: dict[str, dict[str, Any]] = {
    "r": {"dist": "Gamma", "kwargs": {"alpha": 1.1, "beta": 0.03}},
    "alpha": {"dist": "Gamma", "kwargs": {"alpha": 1.1, "beta": 0.001}},
    "a": {"dist": "Gamma", "kwargs": {"alpha": 1.1, "beta": 0.03}},
    "b": {"dist": "Gamma", "kwargs": {"alpha": 1.1, "beta": 0.03}},
}
# Mean gradient of the log-posterior per customer, by log-parameter: far below what moves a prediction.
_CONVERGED = 1e-5


@dataclass(frozen=True)
class Fit:
    """A fitted model with the numbers that say how far it can be trusted."""

    model: BgNbd
    log_likelihood: float
    gradient: float
    customers: int
    repeat_buyers: int


def check_trainable(frame: pd.DataFrame, what: str) -> None:
    """Raises AiecoError with the reason when no BG/NBD can be learned from these histories."""
    frequency, recency, t = histories(frame)
    repeat = int((frequency > 0).sum())
    if len(frame) < MIN_CUSTOMERS or repeat < MIN_REPEAT_BUYERS:
        raise AiecoError(
            f"{what}: {len(frame)} customers with {repeat} repeat buyers are too few for the clv model "
            f"(it needs {MIN_CUSTOMERS} and {MIN_REPEAT_BUYERS}): load more transactions."
        )
    if not np.isfinite([frequency, recency, t]).all():
        raise AiecoError(f"{what}: features hold empty or infinite values: rebuild features/customer_rfm.")
    if min(frequency.min(), recency.min(), t.min()) < 0 or (recency > t).any():
        raise AiecoError(f"{what}: features hold a negative duration, or a last purchase after the month end.")
    if len(np.unique(frequency)) == 1 or len(np.unique(recency[frequency > 0])) == 1:
        raise AiecoError(f"{what}: all customers have the same history, from which no clv model can be learned.")


def fit_bgnbd(settings: Settings, frame: pd.DataFrame, what: str = "The clv model", start: BgNbd | None = None) -> Fit:
    """BG/NBD for histories in days (columns customer_id, frequency, recency_days, t_days); parameters in weeks.

    `start`: where the search begins, say an earlier fit (it only saves time). A few thousand customers take
    2 to 3 s, the import 5 s more. Raises AiecoError when nothing can be learned or the optimiser did not arrive.
    """
    import pandas as pd

    check_trainable(frame, what)
    frequency, recency, t = histories(frame)
    weekly = pd.DataFrame(
        {"customer_id": np.arange(len(frame)), "frequency": frequency, "recency": recency / WEEK, "T": t / WEEK}
    )
    with _private_caches(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arviz announces its next version; the data argument is being renamed
        from pymc_marketing.clv import BetaGeoModel

        fitter = BetaGeoModel(data=weekly, model_config={name: dict(prior) for name, prior in PRIORS.items()})
        begin = start or BgNbd(r=1.0, alpha=max(float(weekly["T"].mean()), 1.0), a=1.0, b=1.0)
        point = {name: getattr(begin, name) for name in PRIORS}
        found: Any = fitter.fit(method="map", progressbar=False, start=point, options={"ftol": 1e-12, "gtol": 1e-6})
    # Ten digits are far more than the data carry, and the same on every machine.
    model = BgNbd(**{name: float(f"{found.posterior[name].values.item():.10g}") for name in PRIORS}, unit_days=WEEK)
    return _judged(model, frame, what)


def _judged(model: BgNbd, frame: pd.DataFrame, what: str) -> Fit:
    history = histories(frame)

    def log_posterior(candidate: BgNbd) -> float:
        prior = 0.0
        for name, shape in PRIORS.items():
            value, gamma = getattr(candidate, name), shape["kwargs"]
            prior += (gamma["alpha"] - 1) * np.log(value) - gamma["beta"] * value
        return candidate.log_likelihood(*history) + prior

    step = 1e-4
    slopes = [
        log_posterior(replace(model, **{name: getattr(model, name) * np.exp(step)}))
        - log_posterior(replace(model, **{name: getattr(model, name) * np.exp(-step)}))
        for name in PRIORS
    ]
    gradient = float(np.max(np.abs(slopes))) / (2 * step * len(frame))
    if not np.isfinite(list(model.parameters().values())).all() or not gradient < _CONVERGED:
        raise AiecoError(
            f"{what} did not converge (gradient {gradient:.2g}): the champion stays; look at the features."
        )
    return Fit(model, model.log_likelihood(*history), gradient, len(frame), int((frame["frequency"] > 0).sum()))


@contextmanager
def _private_caches(settings: Settings) -> Iterator[None]:
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
