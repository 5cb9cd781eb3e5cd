"""What the sources hold and the lake does not, looked at before anything else is loaded: reading them takes a while."""

from __future__ import annotations

from dataclasses import dataclass

from aieco_assets.core.knowledge.lake import DocumentSync, pending_documents
from aieco_assets.core.retail import PendingTransactions, pending_days
from aieco_assets.core.retail.source import nothing_loaded
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.urls import shown
from aieco_assets.defs.lake.sources import document_sources, transaction_sources


@dataclass(frozen=True)
class SourceChanges:
    """Both sources against the lake; reads only."""

    documents: DocumentSync
    transactions: PendingTransactions
    refused: str = ""  # why no row of the transactions can be loaded


def look_at_sources(settings: Settings) -> SourceChanges:
    """Raises AiecoError when a source is not there or can't be read."""
    transactions = pending_days(settings, transaction_sources())
    refused = ""
    if transactions.unloadable:
        refused = nothing_loaded(shown(settings.transactions_source), transactions.unloadable)
    return SourceChanges(pending_documents(settings, document_sources()), transactions, refused)
