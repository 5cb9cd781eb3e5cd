"""Groups that the data themselves suggest: k-means on the same three measures, kept as centroids."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Matrix = NDArray[np.float64]
SIZES, RESAMPLES, SEED = (3, 4, 5, 6), 10, 11
_SILHOUETTE_SAMPLE = 1000


@dataclass(frozen=True)
class Clusters:
    """Centroids of log(1 + measure), standardised by `means` and `spreads`; cluster 1 spends most."""

    measures: tuple[str, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    centroids: tuple[tuple[float, ...], ...]

    def assign(self, found: pd.DataFrame) -> NDArray[np.int64]:
        """Number of the nearest centroid, from 1."""
        points = self._scaled(found)
        distances = ((points[:, None, :] - np.array(self.centroids)[None, :, :]) ** 2).sum(axis=2)
        return distances.argmin(axis=1) + 1

    def centres(self) -> list[dict[str, float]]:
        """The centroids in days, orders and the shop's currency."""
        raw = np.expm1(np.array(self.centroids) * np.array(self.spreads) + np.array(self.means))
        return [dict(zip(self.measures, map(float, centre), strict=True)) for centre in raw]

    def as_data(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))  # lists, as they come back

    @staticmethod
    def from_data(data: dict[str, Any]) -> Clusters:
        centroids = tuple(tuple(centroid) for centroid in data["centroids"])
        return Clusters(tuple(data["measures"]), tuple(data["means"]), tuple(data["spreads"]), centroids)

    def _scaled(self, found: pd.DataFrame) -> Matrix:
        logs = np.log1p(np.maximum(found[list(self.measures)].to_numpy(dtype=float), 0.0))
        return (logs - np.array(self.means)) / np.array(self.spreads)


def fit_clusters(found: pd.DataFrame) -> tuple[Clusters, dict[str, float]]:
    """K-means with the number of clusters (3 to 6) that comes out most stable, and how far it can be trusted.

    Stability: adjusted Rand index between these clusters and those fitted to customers drawn anew with replacement
    (bootstrap), both applied to all customers; 1 is the same grouping, 0 is chance.
    """
    from sklearn.metrics import silhouette_score
    from threadpoolctl import threadpool_limits

    logs = np.log1p(np.maximum(found.to_numpy(dtype=float), 0.0))
    spreads = np.where(logs.std(axis=0) > 0, logs.std(axis=0), 1.0)
    points = (logs - logs.mean(axis=0)) / spreads
    with threadpool_limits(1):  # hundreds of small fits: threads that wait for each other took minutes when busy
        fits = {size: _fit(points, size) for size in SIZES}
        stability = {size: _stability(points, fits[size], size) for size in SIZES}
    size = max(SIZES, key=lambda one: float(np.mean(stability[one])))
    shown = np.random.default_rng(SEED).permutation(len(points))[:_SILHOUETTE_SAMPLE]
    by_spend = np.argsort(-fits[size].cluster_centers_[:, list(found.columns).index("monetary")])
    centroids = tuple(tuple(map(float, fits[size].cluster_centers_[one])) for one in by_spend)
    clusters = Clusters(
        tuple(found.columns), tuple(map(float, logs.mean(axis=0))), tuple(map(float, spreads)), centroids
    )
    metrics = {
        "clusters": float(size),
        "silhouette": float(silhouette_score(points[shown], fits[size].labels_[shown])),
        "stability": float(np.mean(stability[size])),
        "stability_lowest": float(min(stability[size])),
    }
    return clusters, metrics


def _stability(points: Matrix, fit: Any, size: int) -> list[float]:
    from sklearn.metrics import adjusted_rand_score

    random = np.random.default_rng(SEED)
    again = [_fit(points[random.integers(0, len(points), len(points))], size) for _ in range(RESAMPLES)]
    return [float(adjusted_rand_score(fit.labels_, other.predict(points))) for other in again]


def _fit(points: Matrix, size: int) -> Any:
    from sklearn.cluster import KMeans

    starts: Any = 4  # the stubs know only "auto"
    return KMeans(size, n_init=starts, random_state=SEED).fit(points)
