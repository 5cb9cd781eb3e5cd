"""Prometheus and Alertmanager themselves, with the files of deploy/monitoring, on a served home and its graph."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from aieco_assets.core.monitoring.graph_metrics import Graph, LastTick, RunCount, write_graph_metrics
from aieco_assets.core.policy.engine import tick
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.postgres_host import free_port
from tests.bento.conftest import environment
from tests.bento.serving import ROOT, Running, serving
from tests.core.monitoring.webhook import Webhook, webhook
from tests.core.policy.literal import FIRST, measured, morning_after, policies_of
from tests.waiting import until

FOLDER = ROOT / "deploy" / "monitoring"
PROGRAMS = ("prometheus", "prometheus-alertmanager")
pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in PROGRAMS), reason="apt-get install prometheus prometheus-alertmanager"
)
PATIENCE = 120  # seconds; it only ends a test that would hang
HTTP = httpx.Client(timeout=60, verify=False)  # all of it on loopback
NEEDS_MORE = {"Shadow answers"}  # a challenger of the registry


@dataclass
class Watched:
    """A served home with what watches it: urls, and what Alertmanager told."""

    settings: Settings
    service: Running
    prometheus: str
    told: Webhook

    def query(self, expr: str) -> list[dict[str, Any]]:
        answer = HTTP.get(f"{self.prometheus}/api/v1/query", params={"query": expr}).json()
        assert answer["status"] == "success", answer
        return answer["data"]["result"]

    def heard(self, alert: str) -> list[str]:
        """What was told of an alert: firing, resolved."""
        alerts = [one for message in self.told.taken for one in message["alerts"]]
        return [one["status"] for one in alerts if one["labels"]["alertname"] == alert]


@contextmanager
def running(command: list[str], log: Path, health: str, env: dict[str, str] | None = None) -> Iterator[None]:
    """A process until the block ends."""
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        until(lambda: _answers(health, process, log), PATIENCE, f"{command[0]} ready")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str, process: subprocess.Popen, log: Path) -> bool:
    assert process.poll() is None, log.read_text()[-2_000:]
    try:
        return HTTP.get(url).status_code == 200
    except httpx.TransportError:
        return False


def look_at_graph(settings: Settings, at: datetime) -> None:
    """What the daemon's sensor does, of a small graph."""
    made = {"key": "lake/documents", "materialized_at": at.isoformat(), "checks": {"passed": 1, "failed": 0}}
    runs = [RunCount("knowledge_base", "success", 3, 12.5), RunCount("knowledge_base", "queued", 1, None)]
    graph = Graph([made], {"lake/documents": 86_400.0}, runs, [LastTick("document_sensor", at, failed=False)])
    write_graph_metrics(settings, graph, at)


@pytest.fixture(scope="module")
def watched(served: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    dashboard, prometheus, manager, peers = (free_port() for _ in range(4))
    measured(served, {FIRST: 0.9})
    tick(served, policies_of(), morning_after(FIRST))  # a decision
    look_at_graph(served, datetime.now(timezone.utc))
    with ExitStack() as stack:
        stack.callback(_forget_decisions, served)
        told = stack.enter_context(webhook())
        env = environment(served, AIECO_DASHBOARD_PORT=str(dashboard))
        pages = [sys.executable, "-m", "aieco_assets.dashboard"]
        at = f"http://127.0.0.1:{dashboard}/metrics"
        stack.enter_context(running(pages, folder / "dashboard.log", at, env))
        service = stack.enter_context(serving(served, folder / "service.log"))
        address = service.url.removeprefix("http://")
        _write_files(folder, {"127.0.0.1:3001": address, "127.0.0.1:8050": f"127.0.0.1:{dashboard}"}, manager, told.url)
        stack.enter_context(
            running(
                [
                    *(PROGRAMS[1], f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alerts"),
                    *(f"--web.listen-address=127.0.0.1:{manager}", f"--cluster.listen-address=127.0.0.1:{peers}"),
                ],
                folder / "alertmanager.log",
                f"http://127.0.0.1:{manager}/-/ready",
            )
        )
        url = f"http://127.0.0.1:{prometheus}"
        stack.enter_context(
            running(
                [
                    *(PROGRAMS[0], f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/series"),
                    f"--web.listen-address=127.0.0.1:{prometheus}",
                ],
                folder / "prometheus.log",
                f"{url}/-/ready",
            )
        )
        yield Watched(served, service, url, told)


def _forget_decisions(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(
            "truncate monitoring.signals, monitoring.signal_days, monitoring.decisions, monitoring.decision_actions"
        )


def _write_files(folder: Path, targets: dict[str, str], manager: int, hook: str) -> None:
    """The files as they are, but for addresses, for secrets in /etc and for how long is waited."""
    for name in ("prometheus.yml", "rules.yml", "alertmanager.yml"):
        found = yaml.safe_load((FOLDER / name).read_text())
        if name == "prometheus.yml":
            found["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
            found["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{manager}"]
            for job in found["scrape_configs"]:
                job.pop("authorization", None)
                one = job["static_configs"][0]
                one["targets"] = [targets[target] for target in one["targets"]]
        elif name == "rules.yml":
            for rule in found["groups"][0]["rules"]:
                rule.pop("for", None)
        else:
            found["route"] |= {"group_wait": "0s", "group_interval": "1s"}
            for receiver in found["receivers"]:
                url = hook.replace("json://", "http://") + f"/{receiver['name']}"
                receiver["webhook_configs"] = [{"url": url, "send_resolved": True}]
                del receiver["slack_configs"]
        (folder / name).write_text(yaml.safe_dump(found))


def test_what_fires_reaches_a_webhook_by_its_severity_and_so_does_its_end(watched: Watched) -> None:
    until(lambda: len(watched.query("up == 1")) == 2, PATIENCE, "a scrape of service and graph")
    assert watched.heard("AiecoGraphUnseen") == []
    look_at_graph(watched.settings, datetime.now(timezone.utc) - timedelta(minutes=10))  # a daemon that stands still
    until(lambda: watched.heard("AiecoGraphUnseen") == ["firing"], PATIENCE, "the alert")
    fired = [(one["receiver"], alert) for one in watched.told.taken for alert in one["alerts"]]
    receiver, alert = next(pair for pair in fired if pair[1]["labels"]["alertname"] == "AiecoGraphUnseen")
    assert receiver == "on-call"
    assert alert["annotations"]["summary"].startswith("Nobody looks at the graph of 127.0.0.1:")
    look_at_graph(watched.settings, datetime.now(timezone.utc))
    until(lambda: watched.heard("AiecoGraphUnseen")[-1] == "resolved", PATIENCE, "its end")


def test_every_panel_has_data_once_there_is_traffic(watched: Watched) -> None:
    def traffic() -> None:
        at = watched.service.url
        answer = HTTP.get(f"{at}/answer", params={"question": "How many days do I have to return an item?"}).json()
        HTTP.post(f"{at}/feedback", json={"trace_id": answer["trace_id"], "rating": "up"})
        said = [{"role": "user", "content": "Say hello."}]
        HTTP.post(f"{at}/v1/chat/completions", json={"model": "llm", "max_tokens": 4, "messages": said})
        HTTP.post(f"{at}/predict", json={"customer_ids": ["12346"]})

    def without_data() -> set[str]:
        traffic()
        return {
            panel["title"]
            for board in sorted((FOLDER / "dashboards").glob("*.json"))
            for panel in json.loads(board.read_text())["panels"]
            for target in panel["targets"]
            if not watched.query(target["expr"].replace("$__rate_interval", "30s").replace("$instance", ".*"))
        }

    missing: set[str] = set()

    def all_there() -> bool:
        nonlocal missing
        missing = without_data()
        return missing == NEEDS_MORE

    try:
        until(all_there, PATIENCE, "data in every panel")
    finally:
        print("without data:", missing)
