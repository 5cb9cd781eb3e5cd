"""The verification in use held against labelled sentences: those of the document source, else those of the sample."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from aieco_assets.core.evaluation.evaluate import share
from aieco_assets.core.evaluation.labels import evaluate_labels
from aieco_assets.core.evaluation.records import log_summary
from aieco_assets.core.storage.objects import readable_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.registry.versions import Provenance
    from aieco_assets.core.settings import Settings

LABELS_FILE = "labels.jsonl"
SAMPLE_LABELS = Path(__file__).parents[1] / "sample" / LABELS_FILE
MOST_SHOWN = 0.15  # share of unsupported sentences from which a person should look at the verification


@dataclass(frozen=True)
class Verified:
    """`summary`: shape of `aieco eval --labels --json`. `source`: of the labels."""

    fingerprint: str
    source: str
    summary: dict[str, Any]
    reused: bool

    @property
    def shares(self) -> dict[str, float]:
        """Of the supported sentences those that are kept, of the unsupported ones those that are shown."""
        kept, shown = self.summary["supported"], self.summary["unsupported"]
        return {"kept_share": share(kept["kept"], kept["n"]), "shown_share": share(shown["shown"], shown["n"])}

    @property
    def passed(self) -> bool:
        return self.shares["shown_share"] <= MOST_SHOWN


def evaluate_verification(
    settings: Settings, provenance: Provenance | None = None, progress: Callable[[int, int], None] | None = None
) -> Verified:
    """Evaluates the packaged weights with the embedder in use, unless the same was evaluated before; one MLflow run for
    each new evaluation. Raises AiecoError for labels that are none."""
    content, source = _labels(settings)
    fingerprint = _fingerprint(settings, content)
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "update evaluation.verification_runs set evaluated_at = now() where fingerprint = %s returning summary",
            (fingerprint,),
        ).fetchone()
    if row:
        return Verified(fingerprint, source, row[0], reused=True)
    file = settings.home / "cache" / f"labels-{fingerprint[:16]}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    try:
        found = Verified(fingerprint, source, evaluate_labels(settings, file, progress), reused=False)
    finally:
        file.unlink()
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into evaluation.verification_runs (fingerprint, source, summary) values (%s, %s, %s)"
            " on conflict (fingerprint) do update set evaluated_at = now()",
            (fingerprint, source, Jsonb(found.summary)),
        )
    tags = {"kind": "verification", "fingerprint": fingerprint, "labels": source}
    log_summary(settings, "verification", found.shares, found.summary, tags, provenance)
    return found


def _labels(settings: Settings) -> tuple[bytes, str]:
    if settings.documents:
        store = readable_store(settings.documents_source, "AIECO_DOCUMENTS", settings)
        if store.exists(LABELS_FILE):
            return store.get(LABELS_FILE), store.url(LABELS_FILE)
    return SAMPLE_LABELS.read_bytes(), "sample"


def _fingerprint(settings: Settings, content: bytes) -> str:
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.rag.verification.support import fitted_support

    told = hashlib.sha256(content)
    told.update(f"\0{load_embedder(settings).version}\0{fitted_support()}".encode())
    return told.hexdigest()
