"""What the sources hold and the lake does not, looked at before anything else is loaded: reading them takes a while."""

from __future__ import annotations

from dataclasses import dataclass

from aieco_assets.core.knowledge.lake import DocumentSync, pending_documents
from aieco_assets.core.retail import PendingTransactions, pending_days
from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class News:
    """Both sources against the lake; reads only."""

    documents: DocumentSync
    transactions: PendingTransactions


def look_at_sources(settings: Settings) -> News:
    """Raises AiecoError when a source is not there or can't be read."""
    return News(pending_documents(settings), pending_days(settings))
