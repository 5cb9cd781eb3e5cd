"""docs/recipes/add-a-model.md, run as it stands."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import dagster as dg
import pytest

from aieco_assets.core.registry.models import history, load_champion_json
from aieco_assets.core.settings import Settings
from tests.core.customers.literal import MONTH_ENDS, simulate, write_features

PAGE = Path(__file__).parents[2] / "docs" / "recipes" / "add-a-model.md"


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> list[ModuleType]:
    """The modules of the page, under the names that it gives them."""
    modules = []
    for path, code in re.findall(r"^`(\S+)\.py`:\n\n```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        module = ModuleType(path.replace("/", "."))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(code, f"{path}.py", "exec", dont_inherit=True), module.__dict__)
        modules.append(module)
    return modules


def test_the_smallest_model_is_registered_by_its_asset_and_only_once(settings: Settings, recipe: Any) -> None:
    from aieco_assets.defs.mlflow_resource import mlflow_tracking

    core, defs = recipe
    write_features(settings, simulate(120, seed=3), MONTH_ENDS[0])
    resources = {"settings": settings, "mlflow": mlflow_tracking}
    result = dg.materialize([defs.typical_gap], resources=resources)
    version, content = load_champion_json(settings, core.NAME)
    assert (version.version, content["as_of"]) == (1, "2025-06-30")
    assert 5 < content["days"] < 60
    assert version.tags["dagster_run_id"] == result.run_id
    assert core.train_typical_gap(settings) == 1
    write_features(settings, simulate(15, seed=3), MONTH_ENDS[1])
    with pytest.raises(core.NotTrainableError, match="needs 20 repeat buyers"):
        core.train_typical_gap(settings)
    assert [move.to_version for move in history(settings, core.NAME)] == [1]
