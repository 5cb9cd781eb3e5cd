"""The clv model: train on month ends, judge on a holdout, register as JSON, promote when it is no worse."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version as installed
from typing import Any

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, CLV
from aieco_assets.core.customers.bgnbd import BgNbd
from aieco_assets.core.customers.fitting import PRIORS, Fit, check_trainable, fit_bgnbd
from aieco_assets.core.customers.holdout import Holdout, calibration_dates, make_holdout
from aieco_assets.core.customers.scoring import Scored, predict_customers, score_customers
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import available_as_of, features_digest, read_rfm
from aieco_assets.core.registry.models import MODEL_FILE, champion, load_json, set_alias
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import ModelVersion, Provenance, register_data_model, to_json, versions
from aieco_assets.core.settings import Settings

__all__ = ["Scored", "Trained", "predict_customers", "score_customers", "train_clv"]

# A challenger may be this much worse on the holdout: the champion's own fit may have seen part of it.
TOLERANCE = 0.01
# Raise it when the way of training changes: the same data are then trained again.
RECIPE = f"bgnbd-map-1/{sha256(to_json(PRIORS)).hexdigest()[:8]}"
SIGNATURE = {
    "inputs": [{"name": name, "type": "double", "unit": unit} for name, unit in
               (("frequency", "repeat purchase days"), ("recency_days", "days"), ("t_days", "days"))],
    "outputs": [{"name": "p_alive", "type": "double"}, {"name": "expected_purchases", "type": "double"}],
}  # fmt: skip
INPUT_EXAMPLE = {"frequency": 2, "recency_days": 213, "t_days": 272}


@dataclass(frozen=True)
class Trained:
    """What a training came to. `created` is False when these data had been trained on before."""

    version: int
    created: bool
    champion: bool
    content: dict[str, Any]


def train_clv(settings: Settings, provenance: Provenance | None = None) -> Trained:
    """Fits BG/NBD to the latest month end, having judged the same recipe on the months before it.

    Nothing is fitted again for the same features. Raises AiecoError when there is too little to learn from, or
    the fit does not converge; the champion then stays as it is.
    """
    holdout, latest = _read_training_data(settings)
    digest = features_digest(holdout.calibration, latest)
    known = next((found for found in versions(settings, CLV) if _same_training(found, digest)), None)
    if known is None:
        content = _fit_and_judge(settings, holdout, latest, digest)
        number, created = _register(settings, content, provenance or Provenance())
    else:
        content, number, created = load_json(settings, known), known.version, False
    if known is None or "gate" not in known.tags:
        _gate(settings, number, content, holdout)
    now = champion(settings, CLV)
    return Trained(number, created, now is not None and now.version == number, content)


def _read_training_data(settings: Settings) -> tuple[Holdout, Any]:
    available = available_as_of(settings)
    dates = calibration_dates(available)
    latest = read_rfm(settings, max(available))
    check_trainable(latest, f"Features as of {max(available)}")
    for day in dates:
        calibration = read_rfm(settings, day)
        try:
            check_trainable(calibration, f"Features as of {day}")
        except AiecoError:
            if day == dates[-1]:
                raise
            continue  # too early in the history: the next best month
        return make_holdout(day, calibration, max(available), latest), latest
    raise AssertionError("calibration_dates gives at least one day")


def _same_training(version: ModelVersion, digest: str) -> bool:
    return version.tags.get("data_digest") == digest and version.tags.get("recipe") == RECIPE


def _fit_and_judge(settings: Settings, holdout: Holdout, latest: Any, digest: str) -> dict[str, Any]:
    judged = fit_bgnbd(settings, holdout.calibration, f"The clv model up to {holdout.calibration_as_of}")
    final = fit_bgnbd(settings, latest, f"The clv model up to {holdout.as_of}", start=judged.model)
    ours, naive = holdout.errors(judged.model), holdout.naive_errors()
    return {
        "model": "BG/NBD",
        "parameters": final.model.parameters(),
        "calibration_parameters": judged.model.parameters(),
        "priors": PRIORS,
        "recipe": RECIPE,
        "library": f"pymc-marketing {installed('pymc-marketing')}",
        "as_of": str(holdout.as_of),
        "calibration_as_of": str(holdout.calibration_as_of),
        "data_digest": digest,
        "convergence": {"calibration_gradient": judged.gradient, "gradient": final.gradient},
        "metrics": _metrics(final, holdout, ours, naive),
    }


def _metrics(final: Fit, holdout: Holdout, ours: dict[str, float], naive: dict[str, float]) -> dict[str, float]:
    return {
        "customers": final.customers,
        "repeat_buyers": final.repeat_buyers,
        "log_likelihood": final.log_likelihood,
        "holdout_days": holdout.days,
        "holdout_customers": len(holdout.actual),
        "holdout_mean": float(holdout.actual.mean()),
        **{f"holdout_{name}": value for name, value in ours.items()},
        **{f"naive_{name}": value for name, value in naive.items()},
    }


def _register(settings: Settings, content: dict[str, Any], provenance: Provenance) -> tuple[int, bool]:
    made = register_data_model(
        settings,
        CLV,
        {MODEL_FILE: to_json(content)},
        kind="bg-nbd",
        params={**content["parameters"], "recipe": RECIPE, "as_of": content["as_of"]},
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


def _gate(settings: Settings, number: int, content: dict[str, Any], holdout: Holdout) -> None:
    """First champion, or a holdout RMSE no worse than the champion's on the same customers; the verdict is tagged.

    A version is judged once: training again on the same data must not undo a later rollback.
    """
    ours = content["metrics"]["holdout_rmse"]
    numbers = {"holdout_rmse": ours, "naive_rmse": content["metrics"]["naive_rmse"]}
    present = champion(settings, CLV)
    if present is None or present.version == number:  # itself: a crash came between promotion and verdict
        verdict, reason = "promoted", "first version"
    else:
        theirs = holdout.errors(BgNbd.from_parameters(load_json(settings, present)["parameters"]))["rmse"]
        numbers["champion_rmse"] = theirs
        verdict = "promoted" if ours <= theirs * (1 + TOLERANCE) else "refused"
        reason = f"holdout RMSE {ours:.4f}, version {present.version} has {theirs:.4f} on the same customers"
    alias = CHAMPION if verdict == "promoted" else CHALLENGER
    set_alias(settings, CLV, alias, number, "training gate", reason, numbers)
    mlflow_client(settings).set_model_version_tag(CLV, str(number), "gate", verdict)
