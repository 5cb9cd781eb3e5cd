"""The churn model: learned from earlier month ends, judged on a later one, registered as text, promoted by a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.customers.churn.booster import PARAMETERS, ROUNDS, contributions, fit_booster, risks, to_text
from aieco_assets.core.customers.churn.card import model_card
from aieco_assets.core.customers.churn.gate import JUDGED_FILE, TREES_FILE, weigh
from aieco_assets.core.customers.churn.judging import calibration, judge, slices
from aieco_assets.core.customers.churn.leakage import separations
from aieco_assets.core.customers.churn.reasons import importance
from aieco_assets.core.customers.churn.table import INPUTS, NAMES
from aieco_assets.core.customers.churn.training_set import (
    WINDOW_DAYS,
    Labelled,
    TrainingSet,
    read_training_set,
    stacked,
)
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.chart import bar_chart
from aieco_assets.core.registry.models import MODEL_FILE, champion, load_json
from aieco_assets.core.registry.promotion import enter, is_judged
from aieco_assets.core.registry.versions import Provenance, register_data_model, to_json, trained_before
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True)
class Recipe:
    """A way of training. Another one is tried on the same data, and is another version."""

    parameters: Mapping[str, Any] = field(default_factory=lambda: PARAMETERS)
    rounds: int = ROUNDS

    @property
    def name(self) -> str:
        return f"lightgbm-2/{sha256(to_json([{**self.parameters}, self.rounds, NAMES, WINDOW_DAYS])).hexdigest()[:8]}"


SHIPPED = Recipe()
SIGNATURE = {
    "inputs": [{"name": one.name, "type": "double", "unit": one.unit} for one in INPUTS],
    "outputs": [{"name": "churn_risk", "type": "double", "unit": f"probability of no purchase in {WINDOW_DAYS} days"}],
}


@dataclass(frozen=True)
class Trained:
    """What a training came to. `created` is False when these data had been trained on before."""

    version: int
    created: bool
    champion: bool
    content: dict[str, Any]


def challenge_churn(settings: Settings, parameters: Mapping[str, Any] | None = None, rounds: int = ROUNDS) -> Trained:
    """Trains by a recipe of one's own: LightGBM's `parameters` take the place of those shipped. It is judged as every
    version is, and becomes the challenger whatever the gate says: a person promotes it. Raises as `train_churn`,
    and AiecoError for parameters that LightGBM does not take."""
    recipe = Recipe({**PARAMETERS, **(parameters or {})}, rounds)
    if recipe.name == SHIPPED.name:
        raise AiecoError("This is the recipe that `models/churn` trains by: change a parameter, or the rounds.")
    return train_churn(settings.model_copy(update={"promotion": "manual"}), recipe=recipe)


def train_churn(settings: Settings, provenance: Provenance | None = None, recipe: Recipe = SHIPPED) -> Trained:
    """Judges the recipe on the last month end whose 90 days have passed, then fits it to that one, too.

    Nothing is fitted again for the same features and labels. Raises NotTrainableError while there is too little to
    learn from, AiecoError when a feature knows the future; the champion then stays as it is.
    """
    found = read_training_set(settings)
    digest = found.digest
    known = trained_before(settings, CHURN, digest, recipe.name)
    if known is None:
        number, created, content = _train(settings, found, digest, recipe, provenance or Provenance())
    else:
        number, created, content = known.version, False, load_json(settings, known)
    if not is_judged(settings, CHURN, number):
        enter(settings, CHURN, number, weigh(settings, number, found.test, content))
    now = champion(settings, CHURN)
    return Trained(number, created, now is not None and now.version == number, content)


def _train(
    settings: Settings, found: TrainingSet, digest: str, recipe: Recipe, provenance: Provenance
) -> tuple[int, bool, dict[str, Any]]:
    judged = _fitted(recipe, found.train)
    final = _fitted(recipe, (*found.train, found.test))
    content = _content(found, digest, recipe, judged, final)
    importances = content["importance"]
    made = register_data_model(
        settings,
        CHURN,
        {
            MODEL_FILE: to_json(content),
            TREES_FILE: to_text(final),
            JUDGED_FILE: to_text(judged),
            "importance.svg": bar_chart(list(importances), list(importances.values())).encode(),
            "card.md": model_card(content).encode(),
        },
        kind="lightgbm",
        params={"recipe": recipe.name, "as_of": content["as_of"], "rounds": recipe.rounds, **recipe.parameters},
        metrics=content["metrics"],
        tags={"data_digest": digest, "partition_range": found.partition_range, "recipe": recipe.name},
        signature=SIGNATURE,
        input_example=found.test.table.iloc[0].dropna().to_dict(),
        provenance=provenance,
    )
    return made.version, made.created, content


def _fitted(recipe: Recipe, labelled: tuple[Labelled, ...]) -> Booster:
    return fit_booster(*stacked(labelled), recipe.parameters, recipe.rounds)


def _content(found: TrainingSet, digest: str, recipe: Recipe, judged: Booster, final: Booster) -> dict[str, Any]:
    test = found.test
    said = risks(judged, test.table)
    rows, churned = stacked(found.train)
    return {
        "model": "LightGBM",
        "library": f"lightgbm {installed('lightgbm')}",
        "recipe": recipe.name,
        "window_days": WINDOW_DAYS,
        "as_of": str(test.as_of),
        "trained_as_of": [str(one.as_of) for one in found.train],
        "data_digest": digest,
        "rows": len(rows),
        "train_base_rate": float(churned.mean()),
        "metrics": judge(test.churned, said, test.table["days_since_last"].to_numpy()),
        "calibration": [list(tenth) for tenth in calibration(test.churned, said)],
        "slices": [vars(one) for one in slices(test.churned, said, list(test.features["country"]))],
        "importance": importance(contributions(final, test.table)),
        "alone": separations(test.table, test.churned),
    }
