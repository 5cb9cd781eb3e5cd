"""deploy/monitoring: rules and dashboards speak of metrics and labels that there are, and the tools take them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest
import yaml

from aieco_assets.core.monitoring.graph_metrics import Graph, of_graph, of_warehouse
from aieco_assets.core.settings import Settings
from bento.metrics import REGISTRY, exposition

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"][0]["rules"]
# Prometheus' own, of a target that it scrapes.
OF_PROMETHEUS = {"up"}


def panels(path: Path) -> list[dict]:
    return json.loads(path.read_text())["panels"]


def queries() -> list[str]:
    of_panels = [target["expr"] for path in DASHBOARDS for panel in panels(path) for target in panel["targets"]]
    return [*of_panels, *(rule["expr"] for rule in RULES)]


@pytest.fixture
def exported(settings: Settings) -> dict[str, set[str]]:
    """Name as /metrics has it, of the service or the graph, and its labels."""
    return of_service() | of_the_graph(settings)


def of_the_graph(settings: Settings) -> dict[str, set[str]]:
    empty = Graph([], {}, [], [])
    names: dict[str, set[str]] = {}
    for one in [*of_graph(empty, datetime.now(timezone.utc)), *of_warehouse(settings)]:
        ends = {"counter": ("_total",), "summary": ("_sum", "_count")}.get(one.type, ("",))
        names |= {f"{one.name}{end}": {*one._labelnames} for end in ends}  # type: ignore[attr-defined]
    return names


def of_service() -> dict[str, set[str]]:
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", exposition().decode(), re.MULTILINE))
    labels = {name: {*getattr(one, "_labelnames", ())} for name, one in REGISTRY._names_to_collectors.items()}
    names = {name: labels.get(name, set()) for name in kinds}
    for name in [name for name, kind in kinds.items() if kind == "histogram"]:
        names |= {f"{name}_bucket": names[name] | {"le"}, f"{name}_count": names[name], f"{name}_sum": names[name]}
    return names


def test_every_metric_and_label_of_a_rule_or_panel_is_one_that_is_exported(exported: dict[str, set[str]]) -> None:
    known, wrong = exported, []
    for query in queries():
        for name, selector in re.findall(r"\b((?:aieco|process)_\w+|up)(?:\{([^}]*)\})?", query):
            if name in OF_PROMETHEUS:
                continue
            labels = {*re.findall(r"(\w+)\s*!?=~?", selector)} - {"instance", "job"}
            if name not in known or not labels <= known[name]:
                wrong.append((name, selector, query))
    assert wrong == []


def test_what_queries_group_by_are_labels_of_their_metric(exported: dict[str, set[str]]) -> None:
    every = {label for labels in exported.values() for label in labels} | {"instance", "job"}
    grouped = {
        label.strip() for query in queries() for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(",")
    }
    assert grouped <= every


def test_every_metric_but_clocks_and_files_stands_on_a_dashboard(exported: dict[str, set[str]]) -> None:
    shown = " ".join(queries())
    ours = {
        name for name in exported if name.startswith("aieco_") and not name.endswith(("_created", "_sum", "_count"))
    }
    base = {name.removesuffix("_bucket") for name in ours}
    assert {name for name in base if not re.search(rf"\b{name}(_bucket|\b)", shown)} == set()


def test_each_dashboard_has_an_identity_of_its_own_and_says_where_its_data_are_from() -> None:
    assert [path.stem for path in DASHBOARDS] == ["graph", "models", "service", "spend"]
    boards = [json.loads(path.read_text()) for path in DASHBOARDS]
    assert len({board["uid"] for board in boards}) == 4
    for board in boards:
        assert all(panel["datasource"]["uid"] == "${datasource}" for panel in board["panels"])
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_rule_says_how_bad_it_is_and_what_it_means() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical"), rule
        assert rule["annotations"]["summary"].endswith((".", "?")), rule


def tool(name: str, *words: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus prometheus-alertmanager")
    done = subprocess.run([name, *words], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_the_rules_and_they_fire_when_they_should_and_only_then() -> None:
    tool("promtool", "check", "rules", "rules.yml")
    tool("promtool", "test", "rules", "rules_test.yml")
    told = yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"]
    assert {one["alertname"] for test in told for one in test["alert_rule_test"]} == {rule["alert"] for rule in RULES}


def test_promtool_can_read_the_query_of_every_panel(tmp_path: Path) -> None:
    read = [query.replace("$__rate_interval", "5m").replace("$instance", ".*") for query in queries()]
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(read)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    tool("promtool", "check", "rules", str(tmp_path / "panels.yml"))


def test_prometheus_and_alertmanager_take_their_files() -> None:
    tool("promtool", "check", "config", "--syntax-only", "prometheus.yml")
    tool("amtool", "check-config", "alertmanager.yml")
