"""A clv model as it is stored and used: purchases, what one is worth, and how sure both are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.customers.bgnbd import BgNbd, Vector
from aieco_assets.core.customers.gammagamma import GammaGamma
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.customers.posterior import Posterior
from aieco_assets.core.customers.value_candidates import GAMMA_GAMMA, VALUINGS, expected_values
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    from aieco_assets.core.customers.bgnbd import Features

FAMILIES: dict[str, type[BgNbd] | type[ParetoNbd]] = {"bg-nbd": BgNbd, "pareto-nbd": ParetoNbd}
LABELS = {"bg-nbd": "BG/NBD", "pareto-nbd": "Pareto/NBD"}


@dataclass(frozen=True)
class ClvModel:
    """Purchases with the posterior of their parameters; `spend` is None in models that were made without. `valuing` is
    the candidate (a key of VALUINGS) that says what purchases are worth."""

    purchases: BgNbd | ParetoNbd
    posterior: Posterior
    spend: GammaGamma | None = None
    spend_posterior: Posterior | None = None
    valuing: str = GAMMA_GAMMA

    @staticmethod
    def from_content(content: dict[str, Any]) -> ClvModel:
        """The model of a registered version. Raises AiecoError unless every parameter is a positive number."""
        parameters = dict(content["parameters"])
        unit = parameters.pop("unit_days", 7.0)
        family = FAMILIES[content.get("family", "bg-nbd")]
        _require_positive(parameters | {"unit_days": unit})
        posterior = Posterior(parameters, content.get("covariance") or _certain(parameters))
        purchases = family(**parameters, unit_days=float(unit))
        spend = content.get("spend")
        if spend is None:
            return ClvModel(purchases, posterior)
        _require_positive(spend["parameters"])
        valuing = content.get("valuing", GAMMA_GAMMA)
        if valuing not in VALUINGS:
            raise AiecoError(f"The clv model values purchases by {valuing!r}, which is not known here: update aieco.")
        return ClvModel(purchases, posterior, GammaGamma(**spend["parameters"]), Posterior(**spend), valuing)

    def p_alive(self, frequency: Vector, recency: Vector, t: Vector) -> Vector:
        return self.purchases.p_alive(frequency, recency, t)

    def expected_purchases(self, frequency: Vector, recency: Vector, t: Vector, horizon_days: float) -> Vector:
        return self.purchases.expected_purchases(frequency, recency, t, horizon_days)

    def expected_value(self, features: Features, bought: Vector, days: float) -> Vector:
        """Value of the `bought` purchase days that are expected in so many days; NaN where no spending is known."""
        return expected_values(self.valuing, features, bought, days, self.spend)


def _certain(parameters: dict[str, float]) -> list[list[float]]:
    """Models from before there were intervals know no covariance: their parameters count as known."""
    return np.zeros((len(parameters), len(parameters))).tolist()


def _require_positive(parameters: dict[str, Any]) -> None:
    if not all(np.isfinite(value) and value > 0 for value in parameters.values()):
        raise AiecoError(f"These are no parameters of a clv model: {parameters}. Roll back to another version.")
