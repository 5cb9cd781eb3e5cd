"""A declared model: learned from earlier month ends, judged on a later one, registered as text, promoted by a gate."""

from __future__ import annotations

from typing import Any

import numpy as np

from aieco_assets.core.customers.churn.judging import average_precision
from aieco_assets.core.customers.churn.training import Trained
from aieco_assets.core.customers.declared.spec import ModelSpec
from aieco_assets.core.customers.declared.trainers import Vector, fit, predict
from aieco_assets.core.customers.declared.training_set import Labelled, read_training_set, stacked, table_of
from aieco_assets.core.fairness import measures
from aieco_assets.core.fairness.attributes import slice_columns
from aieco_assets.core.fairness.record import keep_slices
from aieco_assets.core.fairness.slices import Slice, compare, sentence, worst
from aieco_assets.core.registry.models import MODEL_FILE, champion, load_json
from aieco_assets.core.registry.promotion import Verdict, enter, is_judged
from aieco_assets.core.registry.versions import (
    ModelVersion,
    Provenance,
    load_files,
    register_data_model,
    to_json,
    trained_before,
    versions,
)
from aieco_assets.core.settings import Settings

# The fit in use, and the one that was judged: without the month end that it was judged on.
FITTED_FILE, JUDGED_FILE = "fitted.txt", "judged.txt"
# A challenger's score must be this much higher than the champion's: less is chance, and no reason to change.
MARGIN = 0.01


def train_declared(settings: Settings, spec: ModelSpec, provenance: Provenance | None = None) -> Trained:
    """Trains what the spec says, and nothing again for the same features, labels and spec.

    Raises NotTrainableError while there is too little to learn from, AiecoError without a declared feature; the
    champion then stays as it is.
    """
    found = read_training_set(settings, spec)
    digest, test = found.digest, found.test
    known = trained_before(settings, spec.name, digest, spec.recipe)
    if known is not None:
        number, created, content = known.version, False, load_json(settings, known)
    else:
        judged = fit(spec.trainer, spec.target, *stacked(found.train))
        fitted = fit(spec.trainer, spec.target, *stacked((*found.train, test)))
        content = _content(spec, digest, test, predict(judged, test.table), [str(one.as_of) for one in found.train])
        made = register_data_model(
            settings,
            spec.name,
            {MODEL_FILE: to_json(content), FITTED_FILE: fitted, JUDGED_FILE: judged},
            kind=spec.trainer,
            params={"recipe": spec.recipe, "target": spec.target, "days": spec.days, "as_of": content["as_of"]},
            metrics=content["metrics"],
            tags={"data_digest": digest, "partition_range": found.partition_range, "recipe": spec.recipe},
            signature={
                "inputs": [{"name": one, "type": "double"} for one in spec.features],
                "outputs": [{"name": spec.name, "type": "double", "unit": spec.meaning}],
            },
            input_example=test.table.iloc[0].dropna().to_dict(),
            provenance=provenance,
        )
        number, created = made.version, made.created
    if not is_judged(settings, spec.name, number):
        enter(settings, spec.name, number, _weigh(settings, spec, number, test, content))
    now = champion(settings, spec.name)
    return Trained(number, created, now is not None and now.version == number, content)


def score(target: str, truth: Vector, said: Vector) -> tuple[float, float]:
    """(score, what knowing nothing scores). buys: PR-AUC and the share who bought; spends: R² and 0, the mean's."""
    if target == "buys":
        return average_precision(truth > 0, said), float(truth.mean())
    spread = float(((truth - truth.mean()) ** 2).sum())
    return (1 - float(((truth - said) ** 2).sum()) / spread if spread else 0.0), 0.0


def _content(spec: ModelSpec, digest: str, test: Labelled, said: Vector, trained: list[str]) -> dict[str, Any]:
    ours, chance = score(spec.target, test.truth, said)
    return {
        "model": spec.trainer,
        "target": spec.target,
        "days": spec.days,
        "features": list(spec.features),
        "recipe": spec.recipe,
        "as_of": str(test.as_of),
        "trained_as_of": trained,
        "data_digest": digest,
        "rows": len(test.truth),
        "metrics": {"score": ours, "chance": chance, "mean_said": float(said.mean()), "mean": float(test.truth.mean())},
    }


def _weigh(settings: Settings, spec: ModelSpec, number: int, test: Labelled, content: dict[str, Any]) -> Verdict:
    """Version `number` against knowing nothing, and against the champion on the same customers, all and by slice."""
    name = "PR-AUC" if spec.target == "buys" else "R²"
    ours, chance = content["metrics"]["score"], content["metrics"]["chance"]
    numbers = {"score": ours, "chance": chance}
    present = champion(settings, spec.name)
    if present is not None and present.version == number:  # itself: a crash came between promotion and verdict
        present = None
    other = load_json(settings, present) if present else content
    if (other["target"], other["days"]) != (spec.target, spec.days):
        before = f"{other['target']} in {other['days']} days"
        return Verdict(
            False, f"version {present.version if present else ''} foresees {before}: a person decides", numbers
        )
    mine = next(one for one in versions(settings, spec.name) if one.version == number)
    said = _judged(settings, present, other, test) if present else None
    slices = _slices(settings, spec, test, _judged(settings, mine, content, test), said)
    keep_slices(settings, spec.name, number, slices)
    refused = worst(slices)
    told = f", but {sentence(refused, present.version if present else None)}" if refused else ""
    if ours <= chance:
        return Verdict(False, f"{name} {ours:.3f} is no better than knowing nothing ({chance:.3f})", numbers)
    if present is None or said is None:
        return Verdict(
            refused is None, f"first version; {name} {ours:.3f}, knowing nothing {chance:.3f}{told}", numbers
        )
    theirs, _ = score(spec.target, test.truth, said)
    reason = f"{name} {ours:.3f}, version {present.version} has {theirs:.3f} on the same customers"
    reason = f"{reason}; it takes {MARGIN:.0%} more"
    passed = ours > theirs + abs(theirs) * MARGIN and refused is None
    return Verdict(passed, f"{reason}{told}", numbers | {"champion_score": theirs})


def _judged(settings: Settings, version: ModelVersion, content: dict[str, Any], test: Labelled) -> Vector:
    table = table_of(settings, tuple(content["features"]), test.as_of, test.customers)
    return predict(load_files(settings, version)[JUDGED_FILE], table)


def _slices(settings: Settings, spec: ModelSpec, test: Labelled, ours: Vector, said: Vector | None) -> list[Slice]:
    columns = slice_columns(settings, test.customers)
    if spec.target == "spends":
        return compare(measures.VALUE, columns, test.truth, ours, said)
    away = test.truth == 0  # as churn is judged: who would be written to
    theirs = measures.flagged(1 - said, away) if said is not None else None
    return compare(measures.CHURN, columns, away.astype(float), measures.flagged(1 - ours, away), theirs)


def champion_speaks(settings: Settings, name: str) -> tuple[int, bool] | None:
    """(version, whether every customer of the latest month end gets a number), None before there is a champion."""
    from aieco_assets.core.features.reader import available_as_of, read_rfm

    found = champion(settings, name)
    if found is None:
        return None
    as_of = available_as_of(settings)[-1]
    customers = read_rfm(settings, as_of)
    table = table_of(settings, tuple(load_json(settings, found)["features"]), as_of, customers)
    return found.version, bool(np.isfinite(predict(load_files(settings, found)[FITTED_FILE], table)).all())
