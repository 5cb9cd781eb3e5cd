"""The segments model: fifths and centroids of the latest month end, registered as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aieco_assets.core.contracts import SEGMENTS
from aieco_assets.core.customers.segments.card import model_card
from aieco_assets.core.customers.segments.clusters import fit_clusters
from aieco_assets.core.customers.segments.rules import GRID, fit_edges, measures, name_segments, score
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.features.reader import complete_months, features_digest, read_rfm
from aieco_assets.core.registry.models import MODEL_FILE, champion, load_json
from aieco_assets.core.registry.promotion import Verdict, enter, is_judged
from aieco_assets.core.registry.versions import Provenance, register_data_model, to_json, trained_before
from aieco_assets.core.settings import Settings

FEWEST = 50
# Another way of fitting is another recipe: the same features are then fitted again.
RECIPE = "rfm-fifths-1/kmeans-1/card-1"
# Below this the clusters are accidents of who was drawn.
STABLE = 0.6


@dataclass(frozen=True)
class Segmented:
    """What a fit came to. `created` is False when these features had been fitted before."""

    version: int
    created: bool
    champion: bool
    content: dict[str, Any]


def train_segments(settings: Settings, provenance: Provenance | None = None) -> Segmented:
    """Fits both segmentations to the latest month end; nothing twice to the same features.

    Raises NotTrainableError for too few customers or such that are all the same; the champion stays as it is.
    """
    available = complete_months(settings)
    features = read_rfm(settings, available[-1]) if available else None
    if features is None or len(features) < FEWEST:
        raise NotTrainableError(
            f"The segments need {FEWEST} customers at the end of a month, and have "
            f"{'none: no month is complete yet' if features is None else f'{len(features)} ({available[-1]})'}."
        )
    found = measures(features)
    if found.isna().to_numpy().any() or (found["recency"] < 0).any():
        raise AiecoError(
            f"The features of {available[-1]} hold empty or negative values: rebuild features/customer_rfm."
        )
    if len(found.drop_duplicates()) < FEWEST // 2:
        raise NotTrainableError(
            f"The segments need customers with {FEWEST // 2} different histories, and have "
            f"{len(found.drop_duplicates())}."
        )
    digest = features_digest(features)
    known = trained_before(settings, SEGMENTS, digest, RECIPE)
    if known is not None:
        number, created, content = known.version, False, load_json(settings, known)
    else:
        content = _content(features, digest, str(available[-1]))
        number, created = _register(settings, content, provenance or Provenance())
    if not is_judged(settings, SEGMENTS, number):
        enter(settings, SEGMENTS, number, _weigh(settings, number, content["metrics"]))
    now = champion(settings, SEGMENTS)
    return Segmented(number, created, now is not None and now.version == number, content)


def _content(features: Any, digest: str, as_of: str) -> dict[str, Any]:
    found = measures(features)
    edges = fit_edges(found)
    clusters, metrics = fit_clusters(found)
    names = name_segments(score(found, edges), GRID)
    return {
        "as_of": as_of,
        "data_digest": digest,
        "recipe": RECIPE,
        "edges": edges,
        "grid": GRID,
        "clusters": clusters.as_data(),
        "centres": clusters.centres(),
        "sizes": {name: names.count(name) for name in dict.fromkeys(names)},
        "metrics": {"customers": float(len(features)), **metrics},
    }


def _register(settings: Settings, content: dict[str, Any], provenance: Provenance) -> tuple[int, bool]:
    made = register_data_model(
        settings,
        SEGMENTS,
        {MODEL_FILE: to_json(content), "card.md": model_card(content).encode()},
        kind="rfm-and-kmeans",
        params={"recipe": RECIPE, "as_of": content["as_of"]},
        metrics=content["metrics"],
        tags={"data_digest": content["data_digest"], "partition_range": content["as_of"], "recipe": RECIPE},
        signature={
            "inputs": [{"name": name, "type": "double"} for name in content["edges"]],
            "outputs": [{"name": "segment", "type": "string"}, {"name": "cluster", "type": "long"}],
        },
        input_example={"recency": 12, "frequency": 4, "monetary": 830.5},
        provenance=provenance,
    )
    return made.version, made.created


def _weigh(settings: Settings, number: int, metrics: dict[str, float]) -> Verdict:
    """Any first version, for the rule needs no clusters; then only one whose clusters are no accidents."""
    present = champion(settings, SEGMENTS)
    first = present is None or present.version == number  # itself: a crash came between promotion and verdict
    reason = f"{'first version; ' if first else ''}stability {metrics['stability']:.2f}, wanted {STABLE}"
    return Verdict(first or metrics["stability"] >= STABLE, reason, metrics)
