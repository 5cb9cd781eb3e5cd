"""Lineage of a home after a real `aieco run`: rebuilt from the events alone, the graph is Dagster's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.lineage.collector import HANGS, collector
from tests.core.lineage.literal import rebuilt
from tests.e2e.conftest import Home

# Whoever comes first waits for the whole run.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def events(filled: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `aieco lineage export` writes."""
    path = tmp_path_factory.mktemp("lineage") / "lineage.jsonl"
    exported = filled.aieco("lineage", "export", str(path))
    assert exported.returncode == 0, exported.stdout + exported.stderr
    return path


def test_the_graph_of_a_real_home_is_in_its_events(filled: Home, events: Path) -> None:
    checked = filled.aieco("lineage", "check", str(events))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.rstrip().endswith("as Dagster does.")
    said = [json.loads(line) for line in events.read_text().splitlines()]
    assert all(rebuilt(one) == one for one in said)
    done = {one["job"]["name"]: one for one in said if one.get("eventType") == "COMPLETE"}
    status = {row["key"]: row for row in filled.json("status")["assets"]}
    made = {key for key, row in status.items() if row["status"] == "materialized"}
    assert made <= set(done)
    sales = done["marts/fct_sales_lines"]["outputs"][0]
    assert sales["facets"]["columnLineage"]["fields"]["customer_id"]["inputFields"]
    assert done["models/clv"]["outputs"][0]["facets"]["aieco_modelVersion"]["sha256"]
    models = {one["name"]: one["facets"] for one in done["predictions/customers"]["inputs"]}
    assert int(models["models/clv"]["version"]["datasetVersion"]) >= 1
    assert done["knowledge/index/checks"]["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    filled.refused("lineage", "export", str(events), naming="is there already")


def test_a_graph_with_an_edge_less_is_seen(filled: Home, events: Path, tmp_path: Path) -> None:
    path = tmp_path / "lineage.jsonl"
    kept = [line for line in events.read_text().splitlines() if '"name": "serving/bento", "namespace"' not in line]
    path.write_text("\n".join(kept) + "\n")
    checked = filled.aieco("lineage", "check", str(path))
    assert checked.returncode == 1
    assert "in Dagster alone: asset serving/bento" in checked.stdout


def test_a_run_does_not_know_of_a_collector_that_hangs(filled: Home) -> None:
    with collector(does=HANGS) as one:
        home = Home(filled.path, {**filled.variables, "AIECO_LINEAGE": one.url})
        # Nothing is made from it: the home stays as finished as it was.
        result = home.aieco("run", "--select", 'key:"docs/warehouse"')
        assert result.returncode == 0, result.stdout + result.stderr
        assert one.paths == []
