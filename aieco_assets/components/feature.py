"""A feature of customers with its contract."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel

from aieco_assets.components.dbt_model import manifest
from aieco_assets.components.scaffolding import HouseScaffolder, only_one, place_of
from aieco_assets.core.declared.contract import hold_to_contract
from aieco_assets.core.declared.feature import feature_files
from aieco_assets.core.declared.files import write_new
from aieco_assets.core.declared.names import checked_feature_name, free_name
from aieco_assets.core.settings import Settings


class FeatureParams(BaseModel):
    expression: str = ""
    days: int = 90
    unit: str = ""
    description: str = ""


class FeatureScaffolder(HouseScaffolder):
    @classmethod
    def get_scaffold_params(cls) -> type[FeatureParams]:
        return FeatureParams

    def write(self, name: str, params: FeatureParams, root: Path) -> Mapping[str, Any]:
        texts = feature_files(name, params.expression, params.days, params.unit, params.description)
        models = root / "dbt_project" / "models"
        free_name(name, models)
        write_new(models / "features", texts)
        return {"grain": ["as_of", "customer_id"]}


@dg.scaffold_with(FeatureScaffolder)
class Feature(dg.Component, dg.Model, dg.Resolvable):
    """A feature of customers, point in time: a dbt model of a column more, that models can name.

    The folder's name is the model's in dbt_project/models/features and the column's, which the scaffold writes: an
    aggregate of the purchases known by a month end. A blocking check says that no customer is left out.
    """

    grain: list[str]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        name = checked_feature_name(context.path.name, place_of(context))
        only_one(context, "Feature")
        hold_to_contract(manifest(), "features", name, self.grain, place_of(context))

        @dg.asset_check(
            asset=dg.AssetKey(["features", name]),
            name=f"{name}_leaves_nobody_out",
            blocking=True,
            description="Of the newest month end, every customer of customer_rfm has a row.",
        )
        def leaves_nobody_out(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
            from aieco_assets.core.declared.feature import customers_left_out

            customers, left_out = customers_left_out(settings.warehouse, name)
            return dg.AssetCheckResult(passed=not left_out, metadata={"customers": customers, "left_out": left_out})

        return dg.Definitions(asset_checks=[leaves_nobody_out])
