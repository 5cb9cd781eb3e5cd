"""A metric that people can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel

from aieco_assets.components.scaffolding import HouseScaffolder, only_one, place_of
from aieco_assets.core.declared.metric import MetricSaid, add_metric
from aieco_assets.core.errors import AiecoError


class MetricParams(BaseModel):
    unit: str = ""
    example: str = ""
    label: str = ""
    description: str = ""
    measure: str = ""
    line_type: str = "sale"
    where: list[str] = []
    numerator: str = ""
    denominator: str = ""
    noun: list[str] = []


class MetricScaffolder(HouseScaffolder):
    @classmethod
    def get_scaffold_params(cls) -> type[MetricParams]:
        return MetricParams

    def write(self, name: str, params: MetricParams, root: Path) -> Mapping[str, Any]:
        said = MetricSaid(**params.model_dump(exclude={"noun"}), nouns=params.noun)
        add_metric(name, said, root / "dbt_project" / "models")
        return {"questions": [params.example]}


@dg.scaffold_with(MetricScaffolder)
class Metric(dg.Component, dg.Model, dg.Resolvable):
    """A metric that people can ask for: the questions that must be read as asking for it.

    The folder's name is the metric's; its definition is the block of dbt_project/models/semantic that the scaffold
    writes, its asset the view `metrics/<name>`, which is checked with the questions whenever it is made.
    """

    questions: list[str]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        from aieco_assets.components.dbt_model import manifest

        name, questions = context.path.name, self.questions
        only_one(context, "Metric")
        if f"model.aieco.metrics_{name}" not in manifest()["nodes"]:
            raise AiecoError(
                f"{place_of(context)} declares the metric {name}, which dbt_project/models/semantic does not define: "
                "write it there and run `aieco metrics views`, or remove the folder."
            )

        @dg.asset_check(
            asset=dg.AssetKey(["metrics", name]),
            name=f"{name}_is_asked_for",
            description="The declared questions are read as asking for this metric.",
        )
        def is_asked_for() -> dg.AssetCheckResult:
            from aieco_assets.core.declared.metric import questions_missed

            missed = questions_missed(name, questions)
            return dg.AssetCheckResult(
                passed=not missed,
                severity=dg.AssetCheckSeverity.WARN,
                description=f"“{missed[0]}” asks for something else, or for nothing." if missed else None,
                metadata={"asked": len(questions), "missed": dg.MetadataValue.json(missed)},
            )

        return dg.Definitions(asset_checks=[is_asked_for])
