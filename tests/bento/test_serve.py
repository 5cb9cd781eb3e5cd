"""`bentoml serve` as a user starts it: ready, answering, refusing what is unsafe, and gone when told."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from aieco_assets.core.settings import Settings
from tests.bento.conftest import environment
from tests.bento.serving import ROOT, serving

QUESTION = "How many days do I have to return an item?"


def test_the_service_starts_answers_and_leaves_no_process(served: Settings, tmp_path: Path) -> None:
    with serving(served, tmp_path / "serve.log") as running:
        answer = httpx.post(f"{running.url}/answer", json={"question": QUESTION}, timeout=120).json()
        metrics = httpx.get(f"{running.url}/metrics").text
        print(f"ready in {running.ready_seconds:.1f} s, {running.resident_bytes / 2**20:.0f} MiB")

    assert "45 days" in answer["answer"] and answer["citations"][0]["document"] == "returns.md"
    assert "aieco_ready 1.0" in metrics
    log = (tmp_path / "serve.log").read_text()
    assert "Traceback" not in log and QUESTION not in log
    port = int(running.url.rsplit(":", 1)[1])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_keys_are_asked_for_over_the_wire(served: Settings, tmp_path: Path) -> None:
    with serving(served, tmp_path / "serve.log", AIECO_API_KEYS="one, two") as running:
        refused = httpx.get(f"{running.url}/version")
        opened = httpx.get(f"{running.url}/version", headers={"Authorization": "Bearer two"}, timeout=60)
        bentoml_own = httpx.get(f"{running.url}/schema.json")

    assert (refused.status_code, opened.status_code, bentoml_own.status_code) == (401, 200, 401)


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], []], ids=["option", "setting"])
def test_it_refuses_to_be_reachable_without_keys(settings: Settings, arguments: list[str]) -> None:
    address = {} if arguments else {"AIECO_HOST": "0.0.0.0"}
    finished = subprocess.run(
        [sys.executable, "-m", "bentoml", "serve", "bento.service:AiecoService", *arguments],
        cwd=ROOT,
        env=environment(settings, **address),
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert finished.returncode != 0
    assert "0.0.0.0 can be reached from other machines: set AIECO_API_KEYS" in finished.stderr
    assert "Traceback" not in finished.stderr
