"""A mart of the warehouse with its contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel

from aieco_assets.components.dbt_model import manifest, rows_check
from aieco_assets.components.scaffolding import HouseScaffolder, only_one, place_of
from aieco_assets.core.declared.contract import hold_to_contract
from aieco_assets.core.declared.files import write_new
from aieco_assets.core.declared.mart import mart_files
from aieco_assets.core.declared.names import free_name


class MartParams(BaseModel):
    grain: list[str] = []


class MartScaffolder(HouseScaffolder):
    @classmethod
    def get_scaffold_params(cls) -> type[MartParams]:
        return MartParams

    def write(self, name: str, params: MartParams, root: Path) -> Mapping[str, Any]:
        models = root / "dbt_project" / "models"
        texts = mart_files(name, params.grain, models / "marts")
        free_name(name, models)
        write_new(models / "marts", texts)
        return {"grain": [*params.grain]}


@dg.scaffold_with(MartScaffolder)
class Mart(dg.Component, dg.Model, dg.Resolvable):
    """A mart of the warehouse: a dbt model whose contract is enforced and whose grain is tested.

    The folder's name is the model's in dbt_project/models/marts, which the scaffold writes: sale lines by the columns
    of the grain. A mart that loses its contract or the test of its grain no longer loads.
    """

    grain: list[str]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        only_one(context, "Mart")
        hold_to_contract(manifest(), "marts", context.path.name, self.grain, place_of(context))
        return dg.Definitions(asset_checks=[rows_check("marts", context.path.name)])
