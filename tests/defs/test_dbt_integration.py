"""dagster-dbt without dbt-core in the process: the same selections, and the graph loads without importing dbt."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from dagster_dbt.utils import _select_unique_ids_from_manifest as selected_by_dbt

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.defs.warehouse.dbt_integration import selected

SELECTIONS = [
    ("aieco.staging aieco.marts", "tag:whole_history tag:monthly"),
    ("tag:whole_history", ""),
    ("aieco.features tag:monthly", ""),
    ("aieco.marts.fct_orders", "tag:nothing"),
]


@pytest.mark.parametrize(("select", "exclude"), SELECTIONS)
def test_a_selection_names_what_dbt_names(platform: Settings, select: str, exclude: str) -> None:
    manifest = json.loads(prepare_manifest(platform).read_text())
    assert selected(manifest, select, exclude) == {*selected_by_dbt(select, exclude, "", manifest)} != set()


@pytest.mark.parametrize("select", ["fct_orders+", "path:models/marts", "@aieco.marts"])
def test_a_selection_that_is_not_known_is_refused_and_not_taken_for_another(platform: Settings, select: str) -> None:
    with pytest.raises(ValueError, match="is no selection"):
        selected(json.loads(prepare_manifest(platform).read_text()), select)


def test_the_graph_is_loaded_without_dbt_core(platform: Settings) -> None:
    code = "import sys; from aieco_assets.definitions import defs; defs(); print('dbt' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={"AIECO_HOME": str(platform.home), "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.stdout.strip() == "False", said.stderr
