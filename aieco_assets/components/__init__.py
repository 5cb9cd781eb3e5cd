"""Components of the graph: what a folder under defs/ can be with a `defs.yaml` alone (`dg list components`)."""

from aieco_assets.components.document_source import DocumentSource
from aieco_assets.components.feature import Feature
from aieco_assets.components.mart import Mart
from aieco_assets.components.metric import Metric
from aieco_assets.components.model import Model
from aieco_assets.components.transaction_source import TransactionSource

__all__ = ["DocumentSource", "Feature", "Mart", "Metric", "Model", "TransactionSource"]
