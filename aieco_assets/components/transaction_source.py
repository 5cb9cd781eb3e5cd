"""Transactions of a place beside that of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel

from aieco_assets.components.scaffolding import HouseScaffolder, only_one
from aieco_assets.components.source_asset import source_defs
from aieco_assets.core.declared.sources import TRANSACTIONS, checked_owner, declared_source, no_login


class TransactionSourceParams(BaseModel):
    folder: str = ""
    mapping: str = ""
    shared: list[str] = []
    owner: str = ""
    description: str = ""


class TransactionSourceScaffolder(HouseScaffolder):
    of_environment = ("folder", "mapping")

    @classmethod
    def get_scaffold_params(cls) -> type[TransactionSourceParams]:
        return TransactionSourceParams

    def write(self, name: str, params: TransactionSourceParams, root: Path) -> Mapping[str, Any]:
        declared_source(TRANSACTIONS, name, no_login(params.folder), root, params.mapping, params.shared)
        checked_owner(params.owner)
        return {key: value for key, value in params.model_dump().items() if value}


@dg.scaffold_with(TransactionSourceScaffolder)
class TransactionSource(dg.Component, dg.Model, dg.Resolvable):
    """Transactions of a place beside AIECO_TRANSACTIONS: files in a folder, s3:// or http(s)://.

    The folder's name is the source's: its files are named by it, and its invoices, customers and items are told from
    those of other sources by it in front of their ids, unless `shared` says that customers or items are the same.
    `lake/transactions` lands all sources together; without the declaration, the lines that came go.
    """

    folder: str
    mapping: str = ""
    shared: Sequence[str] = ()
    owner: str = ""
    description: str = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        only_one(context, "TransactionSource")
        name, root = context.path.name, context.defs_module_path.parents[1]
        source = declared_source(TRANSACTIONS, name, self.folder, root, self.mapping, self.shared)
        told = self.description or "Transactions of a declared source. One row per source line."
        return source_defs(context, source, told, self.owner)
