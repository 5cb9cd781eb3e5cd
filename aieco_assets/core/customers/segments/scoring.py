"""Segment and cluster of every customer of a month end, by the champion. Nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.contracts import SEGMENTS
from aieco_assets.core.customers.known_customers import customers_as_of
from aieco_assets.core.customers.segments.clusters import Clusters
from aieco_assets.core.customers.segments.rules import measures, name_segments, score
from aieco_assets.core.features.reader import features_digest
from aieco_assets.core.predictions.batches import Batch, replace_batch
from aieco_assets.core.registry.models import champion, load_json
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SegmentsChampion:
    version: int
    content: dict[str, Any]


def load_segments_champion(settings: Settings) -> SegmentsChampion | None:
    """The champion, None before there is one. Raises AiecoError when its file was altered."""
    found = champion(settings, SEGMENTS)
    return SegmentsChampion(found.version, load_json(settings, found)) if found else None


def predict_segments(model: SegmentsChampion, features: pd.DataFrame) -> pd.DataFrame:
    """customer_id, segment, the three scores and cluster, in the order of the features given."""
    found = measures(features)
    predictions = score(found, model.content["edges"])
    predictions.insert(0, "customer_id", features["customer_id"].to_numpy())
    predictions.insert(1, "segment", np.array(name_segments(predictions, model.content["grid"]), dtype=object))
    predictions["cluster"] = Clusters.from_data(model.content["clusters"]).assign(found)
    return predictions


def score_segments(settings: Settings, as_of: date, model: SegmentsChampion) -> Batch:
    """Writes predictions.segments of one month end, replacing what was there, unless nothing has changed."""
    features = customers_as_of(settings, as_of)
    return replace_batch(
        settings,
        "segments",
        as_of,
        model.version,
        features_digest(features),
        lambda: (predict_segments(model, features), {}),
    )
