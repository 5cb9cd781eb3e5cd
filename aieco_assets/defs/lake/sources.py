"""The sources that a `defs.yaml` of this graph declares, beside those of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.declarations import declaration_files

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource

_DEFS = Path(__file__).parents[1]


def declared_sources() -> tuple[DeclaredSource, ...]:
    """Those of documents, then those of transactions."""
    return document_sources() + transaction_sources()


def document_sources() -> tuple[DeclaredSource, ...]:
    """As they are declared now, by name."""
    return _declared("DocumentSource")


def transaction_sources() -> tuple[DeclaredSource, ...]:
    """As they are declared now, by name."""
    return _declared("TransactionSource")


def _declared(kind: str) -> tuple[DeclaredSource, ...]:
    if next(declaration_files(_DEFS), None) is None:  # as in most homes: nothing is imported for it
        return ()
    from aieco_assets.core.declared.sources import read_sources

    return read_sources(_DEFS, kind)
