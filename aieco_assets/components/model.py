"""A model of customers, declared: trained, judged, registered and promoted by its gate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel

from aieco_assets.components.scaffolding import HouseScaffolder, only_one, place_of
from aieco_assets.core.customers.declared.spec import checked_spec
from aieco_assets.core.declared.feature import declared_features


class ModelParams(BaseModel):
    target: str = ""
    days: int = 90
    feature: list[str] = []
    trainer: str = "lightgbm"


class ModelScaffolder(HouseScaffolder):
    @classmethod
    def get_scaffold_params(cls) -> type[ModelParams]:
        return ModelParams

    def write(self, name: str, params: ModelParams, root: Path) -> Mapping[str, Any]:
        known = declared_features(root / "dbt_project" / "models" / "features")
        place = f"The model {name}"
        spec = checked_spec(name, params.target, params.days, params.feature, params.trainer, known, place)
        return {"target": spec.target, "days": spec.days, "features": [*spec.features], "trainer": spec.trainer}


@dg.scaffold_with(ModelScaffolder)
class Model(dg.Component, dg.Model, dg.Resolvable):
    """A model of customers: what it foresees, from which features, by which trainer.

    The folder's name is the model's in the registry and its asset `models/<name>`. It learns from past month ends, is
    judged on a later one, and its gate makes it champion or challenger, as it does the platform's own.
    """

    target: str
    days: int
    features: list[str]
    trainer: str

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        from aieco_assets.components.model_assets import model_assets

        known = declared_features(context.project_root / "dbt_project" / "models" / "features")
        place = place_of(context)
        only_one(context, "Model")
        name = context.path.name
        return model_assets(checked_spec(name, self.target, self.days, self.features, self.trainer, known, place))
