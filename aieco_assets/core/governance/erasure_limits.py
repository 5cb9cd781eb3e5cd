"""What an erasure leaves to people: models that have learnt from the erased, and what lies out of our reach."""

from __future__ import annotations

from aieco_assets.core.contracts import EMBEDDER, FINE_TUNED, LLM
from aieco_assets.core.governance.redaction import Traces
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


def trained_models(settings: Settings) -> list[dict[str, object]]:
    """Versions of the models of customers, declared ones too: each has learnt from all customers of its time."""
    from aieco_assets.core.registry.versions import registered_names, versions

    if not settings.mlflow_tracking_uri.get_secret_value() and not _has_registry(settings):
        return []
    return [
        {"model": name, "version": one.version, "do": f"aieco run --select 'key:\"models/{name}\"+'"}
        for name in registered_names(settings)
        for one in versions(settings, name)
        if "data_digest" in one.tags  # of the orders that it was trained on
    ]


def fine_tuned_models(settings: Settings) -> list[dict[str, object]]:
    """Versions that were trained further on the documents of their time: `aieco finetune`."""
    from aieco_assets.core.registry.versions import versions

    if not settings.mlflow_tracking_uri.get_secret_value() and not _has_registry(settings):
        return []
    return [
        {"model": name, "version": one.version, "do": f"aieco finetune {name}, then remove {folder}"}
        for name in (EMBEDDER, LLM)
        for one in versions(settings, name)
        if FINE_TUNED in one.tags
        for folder in [one.uri.rpartition("/")[0] if one.uri.endswith(".gguf") else one.uri]
    ]


def _has_registry(settings: Settings) -> bool:
    """Before the first model there is none, and asking MLflow would make it."""
    with connect(settings.database("mlflow")) as connection:
        return connection.execute("select to_regclass('registered_models')").fetchone() != (None,)


def limits(settings: Settings, traces: Traces, subject: str) -> list[str]:
    """One sentence for each; `subject` as the certificate has it."""
    away: list[tuple[bool, str]] = [
        (
            subject.startswith("customer:"),
            "Aggregates over many customers, which the next run makes anew; trained models, which `models` names.",
        ),
        ("://" in settings.lake, "Older versions of objects, where the lake's bucket keeps them."),
        ("://" in settings.lancedb, "Older versions of objects, where LanceDB's bucket keeps them."),
        (
            bool(settings.mlflow_tracking_uri.get_secret_value()),
            "Runs and artifacts of the MLflow server at MLFLOW_TRACKING_URI that lie elsewhere than in this Postgres.",
        ),
        (bool(settings.lineage), "Lineage that was sent to AIECO_LINEAGE: it names and quotes documents."),
        (bool(traces.too_short), "Free texts: the id is so short that it may be any word or number there."),
        (
            bool(traces.too_many),
            f"Quotes in logs and other texts of the last {traces.too_many:,} sentences: the document has so many.",
        ),
    ]
    return [
        "The source itself: what was erased is left out of every reading of it, and not removed from it.",
        "Copies of this home (backups, exports, traces sent to a collector), and free blocks of the disk.",
        *(sentence for is_away, sentence in away if is_away),
    ]
