"""Sentences to what asks nothing of the documents: thanks, a greeting, a client that wants a title for its chat."""

from __future__ import annotations

from aieco_assets.core.contracts import Answer, KnowledgeVersion, Usage
from aieco_assets.core.monitoring.tracing import trace_id


def unsearched(sentence: str, knowledge: KnowledgeVersion) -> Answer:
    """The sentence as an answer that claims nothing: abstained, without citations, and without a model's word."""
    return Answer(
        answer=sentence,
        abstained=True,
        verified=False,
        citations=(),
        knowledge_base=knowledge,
        models={"llm": "none", "embedder": "none"},
        usage=Usage(),
        trace_id=trace_id(),
    )
