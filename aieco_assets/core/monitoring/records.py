"""Rows of the service's log: what is kept of an answer, a prediction and a rating, and how they come into Postgres."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import Answer, Citation

if TYPE_CHECKING:
    import psycopg

_TABLES = {
    "answer": ("service.inference_log", "trace_id"),
    "prediction": ("service.inference_log", "trace_id"),
    "feedback": ("service.feedback", "feedback_key"),
    "failure": ("service.failures", "failure_id"),
}


def answer_record(
    answer: Answer, question: str, outcome: str, key_id: str, seconds: float, seen: Answer | None = None
) -> dict[str, Any]:
    """A row of service.inference_log, without the answer's text: the versions and the places of its quotes tell what it
    was. The question is as it was asked: the journal masks it before it writes.

    `seen`: the answer that was given, when this one is a shadow of it.
    """
    retrieved = [
        {"chunk_id": chunk_id, "document": document, "page": page, "score": round(score, 6)}
        for (document, page), (chunk_id, score) in zip(answer.retrieved, answer.scores, strict=False)
    ]
    return _row(
        kind="answer",
        trace_id=answer.trace_id,
        key_id=key_id,
        question=question,
        outcome=outcome,
        verified=answer.verified,
        abstained=answer.abstained,
        knowledge_version=answer.knowledge_base.logged,
        models=answer.models,
        retrieved=retrieved,
        citations=len(answer.citations),
        cited=[_place(one) for one in answer.citations],
        prompt_tokens=answer.usage.prompt_tokens,
        completion_tokens=answer.usage.completion_tokens,
        cost=answer.usage.cost,
        latency_ms=round(seconds * 1000, 1),
        arm=answer.arm,
        versions=answer.versions,
        shadow_of=seen.trace_id if seen else None,
        agrees=agree(seen, answer) if seen else None,
    )


def agree(one: Answer, other: Answer) -> bool:
    """Whether two answers to a question say the same by the same quotes."""
    return (one.answer, one.citations) == (other.answer, other.citations)


def prediction_record(
    trace_id: str, models: Mapping[str, str], known: int, unknown: int, key_id: str, seconds: float
) -> dict[str, Any]:
    """A row of service.inference_log; how many customers, never which."""
    return _row(
        kind="prediction",
        trace_id=trace_id,
        key_id=key_id,
        outcome="predicted",
        models=dict(models),
        customers=known,
        unknown_customers=unknown,
        latency_ms=round(seconds * 1000, 1),
    )


def feedback_record(trace_id: str, rating: str, reason: str | None) -> dict[str, Any]:
    """A row of service.feedback, its reason as it was given. The trace need not be known: its answer may still be on
    its way."""
    return {
        "kind": "feedback",
        "feedback_key": uuid.uuid4().hex,
        "trace_id": trace_id,
        "rating": rating,
        "reason": reason or None,
        "given_at": _now(),
    }


def failure_record(error: Exception) -> dict[str, Any]:
    """A row of service.failures: that an answer failed, and by which kind of error."""
    return {
        "kind": "failure",
        "failure_id": uuid.uuid4().hex,
        "failed_at": _now(),
        "error": type(error).__name__,
    }


def store(connection: psycopg.Connection[Any], records: Sequence[Mapping[str, Any]]) -> list[bytes]:
    """Inserts what is not there yet; commits nothing. Returns, as JSON, the records that Postgres will never take."""
    from psycopg import DataError, IntegrityError

    refused: list[bytes] = []
    # Rows of the same columns together: what an older process left in the spool lacks some.
    by_table: dict[tuple[str, str, tuple[str, ...]], list[Mapping[str, Any]]] = {}
    for record in records:
        table = _TABLES.get(str(record.get("kind")))
        by_table.setdefault((*table, tuple(record)), []).append(record) if table else refused.append(_line(record))
    for (table, key, _), rows in by_table.items():
        try:
            with connection.transaction():
                _insert(connection, table, key, rows)
        except (DataError, IntegrityError):
            refused += _insert_singly(connection, table, key, rows)
    return refused


def _insert_singly(
    connection: psycopg.Connection[Any], table: str, key: str, rows: Sequence[Mapping[str, Any]]
) -> list[bytes]:
    from psycopg import DataError, IntegrityError

    refused = []
    for row in rows:
        try:
            with connection.transaction():
                _insert(connection, table, key, [row])
        except (DataError, IntegrityError):
            refused.append(_line(row))
    return refused


def _insert(connection: psycopg.Connection[Any], table: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    from psycopg import sql
    from psycopg.types.json import Jsonb

    names = [name for name in rows[0] if name != "kind" or table == "service.inference_log"]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    name = sql.Identifier(*table.split("."))
    connection.execute(
        sql.SQL(
            "insert into {} ({}) select {} from jsonb_populate_recordset(null::{}, %s) on conflict ({}) do nothing"
        ).format(name, columns, columns, name, sql.Identifier(key)),
        (Jsonb([dict(row) for row in rows]),),
    )


def _row(**values: Any) -> dict[str, Any]:
    empty = {"question": None, "verified": False, "abstained": False, "knowledge_version": None, "retrieved": []}
    counts = dict.fromkeys(("citations", "customers", "unknown_customers", "prompt_tokens", "completion_tokens"), 0)
    return {**empty, **counts, "asked_at": _now(), **values}


def _place(citation: Citation) -> dict[str, Any]:
    """Where a quote stands, without its words: they go when the page does."""
    return {name: value for name, value in vars(citation).items() if name != "quote"}


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record).encode()


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()
