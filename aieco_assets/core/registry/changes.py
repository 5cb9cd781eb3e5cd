"""What has moved in the registry, asked of Postgres alone: for those who look every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


@dataclass(frozen=True)
class LastMove:
    """The last recorded move of an alias; `number` grows with every move of any alias."""

    number: int
    version: int | None


def last_moves(settings: Settings, models: Sequence[str]) -> dict[tuple[str, str], LastMove]:
    """The last move of each alias of the models, by (model, alias). Raises AiecoError when Postgres does not answer.

    A move made in MLflow by other hands is not here before somebody asks for the model's history.
    """
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select distinct on (model, alias) model, alias, id, to_version from registry.alias_moves"
            " where model = any(%s) order by model, alias, id desc",
            (list(models),),
        ).fetchall()
    return {(model, alias): LastMove(number, version) for model, alias, number, version in rows}
