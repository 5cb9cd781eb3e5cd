"""Segments by rule and by k-means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.contracts import SEGMENTS
from aieco_assets.core.customers.segments.clusters import Clusters, fit_clusters
from aieco_assets.core.customers.segments.rules import GRID, fit_edges, measures, name_segments, score
from aieco_assets.core.customers.segments.scoring import load_segments_champion, score_segments
from aieco_assets.core.customers.segments.training import train_segments
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.literal import MONTH_ENDS, simulate, write_features

# Ten customers from the best to the worst in everything; half of them ordered once.
TEN = pd.DataFrame(
    {
        "recency": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        "frequency": [30.0, 20, 9, 8, 3, 1, 1, 1, 1, 1],
        "monetary": [1000.0, 900, 800, 700, 600, 500, 400, 300, 200, 100],
    }
)


def test_fifths_give_scores_and_those_who_ordered_once_all_score_one() -> None:
    scores = score(TEN, fit_edges(TEN))
    assert scores["recency_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert scores["frequency_score"].tolist() == [5, 5, 4, 4, 3, 1, 1, 1, 1, 1]
    assert scores["monetary_score"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert name_segments(scores, GRID) == [
        *["Champions"] * 2, *["Loyal"] * 2, "Need attention", "About to sleep", *["Hibernating"] * 4,
    ]  # fmt: skip


def test_names_follow_from_recency_and_frequency() -> None:
    corners = pd.DataFrame({"recency_score": [5, 5, 4, 1, 1, 2], "frequency_score": [1, 5, 1, 5, 1, 4]})
    names = ["New", "Champions", "Promising", "Can't lose", "Hibernating", "At risk"]
    assert name_segments(corners, GRID) == names


def blobs(seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    centres = [(5.0, 40.0, 9000.0), (60.0, 6.0, 700.0), (300.0, 1.0, 60.0)]
    parts = [np.array(centre) * random.uniform(0.9, 1.1, (60, 3)) for centre in centres]
    return pd.DataFrame(np.concatenate(parts), columns=pd.Index(["recency", "frequency", "monetary"]))


def test_k_means_finds_groups_that_are_there_and_says_that_they_are_stable() -> None:
    clusters, metrics = fit_clusters(blobs())
    assert metrics["clusters"] == 3
    assert metrics["stability"] > 0.99
    assert clusters.assign(blobs()).tolist() == [1] * 60 + [2] * 60 + [3] * 60  # 1 spends most
    assert clusters.centres()[0]["monetary"] == pytest.approx(9000, rel=0.05)
    assert Clusters.from_data(clusters.as_data()) == clusters


def test_groups_that_are_not_there_are_called_unstable() -> None:
    noise = pd.DataFrame(np.random.default_rng(3).uniform(1, 2, (150, 3)), columns=blobs().columns)
    assert fit_clusters(noise)[1]["stability"] < 0.9


def test_segments_are_fitted_once_registered_as_data_and_written_per_month(settings: Settings) -> None:
    histories = simulate(200, seed=3)
    for day in MONTH_ENDS:
        write_features(settings, histories, day)
    first, again = train_segments(settings), train_segments(settings)
    assert (first.version, first.created, first.champion) == (1, True, True)
    assert (again.version, again.created, again.content) == (1, False, first.content)
    assert first.content["as_of"] == "2025-09-30"
    model = load_segments_champion(settings)
    assert model is not None
    for day in MONTH_ENDS[1:]:
        assert score_segments(settings, day, model).written
        assert not score_segments(settings, day, model).written
    with connect(settings.warehouse) as connection:
        found = connection.execute(
            "select segment, frequency_score from predictions.segments s join features.customer_rfm f"
            " using (as_of, customer_id) where f.orders = 1"
        ).fetchall()
    assert {frequency for _, frequency in found} == {1}
    assert {segment for segment, _ in found} <= {names[0] for names in GRID.values()}


def test_too_few_customers_make_no_segments(settings: Settings) -> None:
    write_features(settings, simulate(30, seed=3), MONTH_ENDS[0])
    with pytest.raises(NotTrainableError, match="need 50 customers at the end of a month, and have 30"):
        train_segments(settings)
    assert versions(settings, SEGMENTS) == []
    assert load_segments_champion(settings) is None


def test_measures_come_from_the_features() -> None:
    features = pd.DataFrame({"t_days": [50.0], "recency_days": [20.0], "orders": [3.0], "revenue": [99.5]})
    assert measures(features).iloc[0].to_dict() == {"recency": 30.0, "frequency": 3.0, "monetary": 99.5}
