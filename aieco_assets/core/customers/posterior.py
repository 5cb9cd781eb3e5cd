"""The most probable parameters and, around them, how far others are likely: maximum a posteriori and Laplace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.errors import NotTrainableError

Matrix = NDArray[np.float64]
Key = tuple[tuple[tuple[str, float], ...], tuple[tuple[float, ...], ...]]
# (log-parameters) -> log-likelihood of all histories, and its gradient by the log-parameters
Likelihood = Callable[[Matrix], tuple[float, Matrix]]

# Where each prior has its mode, times in weeks and values in units of their mean: round numbers of the literature.
MODES = {"r": 1.0, "alpha": 10.0, "a": 1.0, "b": 3.0, "s": 1.0, "beta": 10.0, "p": 3.0, "q": 4.0, "v": 1.0}
# Mean gradient of the log-posterior per customer, by log-parameter: far below what moves a prediction.
CONVERGED = 1e-5
_LIMIT = np.log(1e6)
_STEP = 1e-4


@dataclass(frozen=True)
class Posterior:
    """Parameters by name at their most probable, and the covariance of their logarithms (Laplace's approximation)."""

    parameters: dict[str, float]
    covariance: list[list[float]] = field(repr=False)

    @property
    def key(self) -> Key:
        """The same for the same posterior, and hashable."""
        return tuple(self.parameters.items()), tuple(map(tuple, self.covariance))

    @staticmethod
    def of(key: Key) -> Posterior:
        parameters, covariance = key
        return Posterior(dict(parameters), [list(row) for row in covariance])

    def draw(self, count: int, random: np.random.Generator) -> dict[str, Matrix]:
        """`count` sets of parameters that the data allow, by name."""
        centre = np.log(list(self.parameters.values()))
        size, direction = np.linalg.eigh(np.array(self.covariance))
        apart = random.standard_normal((count, len(centre))) * np.sqrt(np.maximum(size, 0.0))
        drawn = np.exp(np.clip(centre + apart @ direction.T, -_LIMIT, _LIMIT))
        return dict(zip(self.parameters, drawn.T, strict=True))

    def interval(self) -> dict[str, list[float]]:
        """95 % credible interval [low, high] of each parameter: normal in its logarithm."""
        from scipy.special import ndtri

        reach = ndtri(0.975) * np.sqrt(np.diag(self.covariance))
        return {
            name: [float(value * np.exp(-far)), float(value * np.exp(far))]
            for (name, value), far in zip(self.parameters.items(), reach, strict=True)
        }

    def content(self) -> dict[str, Any]:
        return {"parameters": self.parameters, "covariance": self.covariance}


@dataclass(frozen=True)
class Found:
    """A posterior with the numbers that say whether the search arrived."""

    posterior: Posterior
    log_likelihood: float
    gradient: float
    iterations: int


def maximise(
    likelihood: Likelihood,
    names: tuple[str, ...],
    strength: float,
    customers: int,
    what: str,
    start: Mapping[str, float] = MODES,
) -> Found:
    """Searches from `start`. The prior of each parameter is Gamma with its mode in MODES; `strength` is the precision
    of its logarithm there (0.1: within a factor of 20, 1: of 2.7, 10: of 1.4).

    Raises NotTrainableError when the search did not arrive, or arrived where the data do not say which way is down.
    """
    from scipy.optimize import minimize

    mode = np.array([MODES[name] for name in names])

    def loss(logs: Matrix) -> tuple[float, Matrix]:
        value, slope = likelihood(logs)
        pull = np.exp(logs) / mode
        return -(value + strength * np.sum(logs - pull)) / customers, -(slope + strength * (1 - pull)) / customers

    with np.errstate(all="ignore"):
        found = minimize(
            loss,
            np.log([start[name] for name in names]),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-_LIMIT, _LIMIT)] * len(names),
            options={"ftol": 1e-15, "gtol": 1e-7, "maxiter": 500},
        )
        # Ten digits are far more than the data carry, and the same on every machine.
        best = {name: float(f"{value:.10g}") for name, value in zip(names, np.exp(found.x), strict=True)}
        logs = np.log(list(best.values()))
        gradient = float(np.max(np.abs(loss(logs)[1])))
        if not np.isfinite(gradient) or gradient > CONVERGED:
            raise NotTrainableError(f"{what} did not converge (gradient {gradient:.2g} after {found.nit} steps).")
        steps = np.eye(len(names)) * _STEP
        curvature = np.array([loss(logs + step)[1] - loss(logs - step)[1] for step in steps]) / (2 * _STEP) * customers
    curvature = (curvature + curvature.T) / 2
    if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature).min() <= 0:
        raise NotTrainableError(f"{what} did not converge to a maximum: the data do not tell its parameters apart.")
    covariance = [[float(f"{value:.10g}") for value in row] for row in np.linalg.inv(curvature)]
    return Found(Posterior(best, covariance), likelihood(logs)[0], gradient, int(found.nit))
