"""The clv model: candidates judged on a holdout, the best fitted to the latest month end, registered, gated."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version as installed
from typing import Any

from aieco_assets.core.contracts import CLV
from aieco_assets.core.customers.candidates import STRENGTHS, fit_spending, judge_candidates, refit
from aieco_assets.core.customers.card import calibration_plot, model_card
from aieco_assets.core.customers.fitting import check_trainable
from aieco_assets.core.customers.gate import compare_slices, judge
from aieco_assets.core.customers.holdout import Holdout, calibration_dates, date_before, make_holdout
from aieco_assets.core.customers.model import FAMILIES, LABELS, ClvModel
from aieco_assets.core.customers.posterior import MODES
from aieco_assets.core.customers.report import Judged, metrics_of, report_of
from aieco_assets.core.customers.scoring import predict_customers, score_customers
from aieco_assets.core.customers.value_candidates import VALUINGS
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.fairness.attributes import slice_columns
from aieco_assets.core.fairness.record import keep_slices
from aieco_assets.core.features.reader import complete_months, features_digest, read_rfm
from aieco_assets.core.registry.models import MODEL_FILE, champion, load_json
from aieco_assets.core.registry.promotion import enter, is_judged
from aieco_assets.core.registry.versions import Provenance, register_data_model, to_json, trained_before, versions
from aieco_assets.core.settings import Settings

__all__ = ["Trained", "predict_customers", "score_customers", "train_clv"]

# Raise it when the way of training changes: the same data are then trained again.
RECIPE = f"clv-4/{sha256(to_json([sorted(FAMILIES), STRENGTHS, MODES, list(VALUINGS)])).hexdigest()[:8]}"
SIGNATURE = {
    "inputs": [{"name": name, "type": "double", "unit": unit} for name, unit in
               (("frequency", "repeat purchase days"), ("recency_days", "days"), ("t_days", "days"),
                ("monetary", "mean value of a repeat purchase day"))],
    "outputs": [{"name": name, "type": "double"} for name in ("p_alive", "expected_purchases", "expected_value")],
}  # fmt: skip
INPUT_EXAMPLE = {"frequency": 2, "recency_days": 213, "t_days": 272, "monetary": 21.5}


@dataclass(frozen=True)
class Trained:
    """What a training came to. `created` is False when these data had been trained on before; `gate` says what became
    of the version (promoted, refused, waiting)."""

    version: int
    created: bool
    champion: bool
    gate: str
    content: dict[str, Any]


def train_clv(settings: Settings, provenance: Provenance | None = None) -> Trained:
    """Judges every candidate on the months before the latest, fits the best to the latest, and asks the gate.

    Nothing is fitted again for the same features. Raises NotTrainableError when there is too little to learn from, or
    no candidate converges; the champion then stays as it is. Raises AiecoError when the features are wrong.
    """
    holdout, latest = _read_training_data(settings)
    digest = features_digest(holdout.calibration, latest)
    known = trained_before(settings, CLV, digest, RECIPE)
    if known is None:
        content = _fit_and_judge(settings, holdout, latest, digest)
        number, created = _register(settings, content, provenance or Provenance())
    else:
        content, number, created = load_json(settings, known), known.version, False
    present = champion(settings, CLV)
    if (present is None or present.version != number) and not is_judged(settings, CLV, number):
        rival = ClvModel.from_content(load_json(settings, present)) if present else None
        challenger = ClvModel.from_content(content | content["calibration"])
        slices = compare_slices(holdout, slice_columns(settings, holdout.calibration), challenger, rival)
        keep_slices(settings, CLV, number, slices)
        enter(settings, CLV, number, judge(holdout, challenger, rival, present.version if present else None, slices))
    now = champion(settings, CLV)
    tags = next(found.tags for found in versions(settings, CLV) if found.version == number)
    return Trained(number, created, now is not None and now.version == number, tags.get("gate", ""), content)


def _read_training_data(settings: Settings) -> tuple[Holdout, Any]:
    available = complete_months(settings)
    dates = calibration_dates(available)
    as_of = max(available)
    latest = read_rfm(settings, as_of)
    check_trainable(latest, f"Features as of {as_of}")
    for day in dates:
        calibration = read_rfm(settings, day)
        try:
            check_trainable(calibration, f"Features as of {day}")
        except NotTrainableError:
            if day == dates[-1]:
                raise
            continue  # too early in the history: the next best month
        before = date_before(available, day, as_of)
        return make_holdout(day, calibration, as_of, latest, before, read_rfm(settings, before) if before else None), (
            latest
        )
    raise AssertionError("calibration_dates gives at least one day")


def _fit_and_judge(settings: Settings, holdout: Holdout, latest: Any, digest: str) -> dict[str, Any]:
    candidates = judge_candidates(settings, holdout)
    best = candidates[0]
    assert best.found is not None
    final, found = refit(settings, best, latest, f"The clv model up to {holdout.as_of}")
    seen = fit_spending(settings, holdout.calibration, f"The spending model up to {holdout.calibration_as_of}")
    spend = fit_spending(settings, latest, f"The spending model up to {holdout.as_of}")
    calibration = {**best.found.posterior.content(), "spend": seen.posterior.content(), "family": best.family}
    valuing = Judged(holdout, ClvModel.from_content(calibration)).valuings()[0]["candidate"]
    judged = Judged(holdout, ClvModel.from_content(calibration | {"valuing": valuing}))
    return {
        "model": LABELS[best.family],
        "family": best.family,
        "strength": best.strength,
        "parameters": final.purchases.parameters(),
        "covariance": found.posterior.covariance,
        "intervals": {**found.posterior.interval(), **spend.posterior.interval()},
        "spend": spend.posterior.content(),
        "valuing": valuing,
        "calibration": calibration,
        "candidates": [candidate.row() for candidate in candidates],
        "recipe": RECIPE,
        "library": f"pymc-marketing {installed('pymc-marketing')}",
        "as_of": str(holdout.as_of),
        "calibration_as_of": str(holdout.calibration_as_of),
        "data_digest": digest,
        "convergence": {
            "calibration_gradient": best.found.gradient,
            "gradient": found.gradient,
            "spend_gradient": spend.gradient,
        },
        "metrics": metrics_of(judged, latest, found.log_likelihood, spend.log_likelihood),
        "report": report_of(judged),
    }


def _register(settings: Settings, content: dict[str, Any], provenance: Provenance) -> tuple[int, bool]:
    made = register_data_model(
        settings,
        CLV,
        {
            MODEL_FILE: to_json(content),
            "model_card.md": model_card(content).encode(),
            "calibration.svg": calibration_plot(content).encode(),
        },
        kind=content["family"],
        params={
            **content["parameters"],
            **{f"spend_{name}": value for name, value in content["spend"]["parameters"].items()},
            "prior_strength": content["strength"],
            "valuing": content["valuing"],
            "recipe": RECIPE,
            "as_of": content["as_of"],
        },
        metrics=content["metrics"],
        tags={
            "data_digest": content["data_digest"],
            "partition_range": f"{content['calibration_as_of']}...{content['as_of']}",
            "recipe": RECIPE,
        },
        signature=SIGNATURE,
        input_example=INPUT_EXAMPLE,
        provenance=provenance,
    )
    return made.version, made.created
