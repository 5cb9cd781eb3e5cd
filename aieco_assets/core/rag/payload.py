"""The answer object as other programs read it (DESIGN section 4): plain JSON types, nothing internal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aieco_assets.core.contracts import Answer, MetricResult


def answer_payload(answer: Answer) -> dict[str, Any]:
    knowledge = answer.knowledge_base
    return {
        "answer": answer.answer,
        "mode": answer.mode,
        "abstained": answer.abstained,
        "confidence": answer.confidence,
        "verified": answer.verified,
        "citations": [asdict(citation) for citation in answer.citations],
        "knowledge_base": {
            "version": knowledge.version,
            "as_of": knowledge.as_of.isoformat() if knowledge.as_of else None,
            "stale": knowledge.stale,
        },
        "models": dict(answer.models),
        "usage": asdict(answer.usage),
        "trace_id": answer.trace_id,
        "metric": metric_payload(answer.metric) if answer.metric else None,
        "documents": [
            {"path": one.path, "title": one.title, "dated": one.dated, "in_force": one.in_force}
            for one in answer.documents
        ],
        "suggestions": [asdict(citation) for citation in answer.suggestions],
    }


def metric_payload(metric: MetricResult) -> dict[str, Any]:
    """A number of the warehouse, of plain JSON types."""
    filters = asdict(metric.filters)
    days = {name: filters[name].isoformat() for name in ("first_day", "last_day")}
    lists = {name: list(filters[name]) for name in ("countries", "items", "categories", "stores")}
    return {
        **asdict(metric),
        "tables": list(metric.tables),
        "filters": {**lists, **days, "period": metric.filters.period},
        "rows": [asdict(row) for row in metric.rows],
        "as_of": metric.as_of.isoformat(),
        "loaded_at": metric.loaded_at.isoformat() if metric.loaded_at else None,
    }
