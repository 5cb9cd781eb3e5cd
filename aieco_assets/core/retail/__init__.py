"""Transactions: read, validate and quarantine them, land them in the lake, load them into the warehouse."""

from aieco_assets.core.retail.landing import LandResult, land_days
from aieco_assets.core.retail.loading import LoadResult, load_days
from aieco_assets.core.retail.source import PendingTransactions
from aieco_assets.core.retail.survey import pending_days

__all__ = ["LandResult", "LoadResult", "PendingTransactions", "land_days", "load_days", "pending_days"]
