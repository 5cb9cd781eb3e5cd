"""Evaluations in Postgres: one row per distinct evaluation, one per question, so that nothing is asked twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.evaluate import Row, share
from aieco_assets.core.registry.versions import Provenance
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows

MIN_CORRECT = 0.6  # share of answerable questions below which `rag` is not fit for use
MIN_FOUND = 0.6  # self-check: share of pages that their own first sentence must find among the first five
_ROW_COLUMNS = (
    *("fingerprint", "position", "question", "unanswerable", "answer", "abstained", "correct", "cited"),
    *("first_rank", "invented_numbers", "citations", "retrieved", "latency_ms", "prompt_tokens", "completion_tokens"),
)


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, new or remembered. `kind`: golden or self-check. `summary`: shape of `aieco eval --json`."""

    fingerprint: str
    kind: str
    summary: dict[str, Any]
    reused: bool
    rag_version: int = 0

    @property
    def passed(self) -> bool:
        """Nothing invented, and enough answered (golden) or found (self-check). Pages without a sentence that could be
        searched for, such as tables, are no reason to fail."""
        if self.kind == "self-check":
            return not self.summary["checked_pages"] or self.summary["recall_at"]["5"] >= MIN_FOUND
        answerable = self.summary["answerable"]
        enough = answerable["correct"] >= MIN_CORRECT * answerable["n"]
        return enough and self.summary["unsupported_numbers"] == 0


def remembered(settings: Settings, fingerprint: str) -> Evaluated | None:
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "update evaluation.rag_runs set evaluated_at = now() where fingerprint = %s returning kind, summary",
            (fingerprint,),
        ).fetchone()
    return Evaluated(fingerprint, row[0], row[1], reused=True) if row else None


def latest_evaluation(settings: Settings) -> Evaluated:
    """The evaluation that was asked for last (also when it was remembered). Raises AiecoError when there is none."""
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select fingerprint, kind, summary from evaluation.rag_runs order by evaluated_at desc limit 1"
        ).fetchone()
    if row is None:
        raise AiecoError("No answer was ever evaluated: run `aieco run --select evaluation/rag`.")
    return Evaluated(*row, reused=True)


def record(
    settings: Settings, evaluated: Evaluated, rows: Sequence[Row], knowledge_version: int, models: dict[str, str]
) -> None:
    """One transaction: an evaluation is there with all its questions or not at all."""
    from psycopg.types.json import Jsonb

    with connect(settings.warehouse) as connection:
        connection.execute("delete from evaluation.rag_runs where fingerprint = %s", (evaluated.fingerprint,))
        connection.execute(
            "insert into evaluation.rag_runs (fingerprint, kind, knowledge_version, llm, embedder, summary)"
            " values (%s, %s, %s, %s, %s, %s)",
            (
                *(evaluated.fingerprint, evaluated.kind, knowledge_version),
                *(models["llm"], models["embedder"], Jsonb(evaluated.summary)),
            ),
        )
        copy_rows(
            connection,
            "evaluation.rag_questions",
            _ROW_COLUMNS,
            (_stored(evaluated.fingerprint, place, row) for place, row in enumerate(rows, start=1)),
        )


def _stored(fingerprint: str, position: int, row: Row) -> tuple[Any, ...]:
    told, usage = row.to_json(), row.answer.usage
    return (
        *(fingerprint, position, row.question.question, row.question.unanswerable, row.answer.answer),
        *(row.answer.abstained, row.correct, row.cited, row.first_rank, len(row.invented)),
        *(json.dumps(told["citations"]), json.dumps(told["retrieved"])),
        *(usage.latency_ms, usage.prompt_tokens, usage.completion_tokens),
    )


def metrics_of(summary: dict[str, Any]) -> dict[str, float]:
    """The numbers of a summary that are worth a line over time."""
    answerable, unanswerable = summary["answerable"], summary["unanswerable"]
    return {
        "correct_share": share(answerable["correct"], answerable["n"]),
        "cited_share": share(answerable["cited"], answerable["n"]),
        "abstained_share": share(unanswerable["abstained"], unanswerable["n"]),
        "unsupported_numbers": float(summary["unsupported_numbers"]),
        "recall_at_5": summary["recall_at"]["5"],
        "latency_p50_ms": summary["latency_ms"]["p50"],
        "latency_p95_ms": summary["latency_ms"]["p95"],
    }


def log_summary(
    settings: Settings,
    name: str,
    metrics: Mapping[str, float],
    summary: dict[str, Any],
    tags: Mapping[str, str],
    provenance: Provenance | None = None,
) -> str:
    """One finished MLflow run `evaluation/<name>` with the numbers of an evaluation and its whole summary as
    evaluation.json, under the run of whoever asked for it; its id."""
    from aieco_assets.core.registry.tracking import experiment_id, mlflow_client, registry_errors

    parent = {"mlflow.parentRunId": provenance.parent_run_id} if provenance and provenance.parent_run_id else {}
    client = mlflow_client(settings)
    with registry_errors(settings):
        run = client.create_run(
            experiment_id(settings), run_name=f"evaluation/{name}", tags={**tags, **parent}
        ).info.run_id
        for metric, value in metrics.items():
            client.log_metric(run, metric, value)
        client.log_dict(run, summary, "evaluation.json")
        client.set_terminated(run)
    return run
