"""`bentoml serve` as a user starts it: ready, answering, refusing what is unsafe, and gone when told."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aieco_assets.core.settings import Settings
from tests.bento.conftest import environment
from tests.bento.fuzzing import ALL, fuzz
from tests.bento.serving import ROOT, Running, serving
from tests.waiting import until

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


@pytest.fixture(scope="module")
def with_keys(served: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service with two keys, which may ask as often as they like."""
    more = {"AIECO_API_KEYS": "one, two", "AIECO_REQUESTS_PER_MINUTE": "0"}
    with serving(served, tmp_path_factory.mktemp("keys") / "serve.log", **more) as opened:
        yield opened


def test_keys_are_asked_for_over_the_wire(with_keys: Running) -> None:
    refused = httpx.get(f"{with_keys.url}/version")
    opened = httpx.get(f"{with_keys.url}/version", headers={"Authorization": "Bearer two"}, timeout=60)
    bentoml_own = httpx.get(f"{with_keys.url}/schema.json")

    assert (refused.status_code, opened.status_code, bentoml_own.status_code) == (401, 200, 401)


def test_calls_that_their_clients_abandon_leave_nothing_in_flight(with_keys: Running) -> None:
    headers = {"Authorization": "Bearer one"}
    httpx.post(f"{with_keys.url}/answer", json={"question": QUESTION}, headers=headers, timeout=120)

    async def abandon() -> None:
        async with httpx.AsyncClient(base_url=with_keys.url, headers=headers, timeout=0.2) as http:
            asked = (http.post("/answer", json={"question": f"{QUESTION} ({number})"}) for number in range(200))
            ends = await asyncio.gather(*asked, return_exceptions=True)
        assert any(isinstance(end, httpx.TimeoutException) for end in ends)

    def nothing_in_flight() -> bool:
        lines = httpx.get(f"{with_keys.url}/metrics", headers=headers, timeout=60).text.splitlines()
        counts = [line.rsplit(" ", 1)[1] for line in lines if line.startswith("aieco_queue_in_flight{")]
        return set(counts) == {"0.0"}

    asyncio.run(abandon())
    until(nothing_in_flight, 10, "an end of the work that nobody waits for")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="schemathesis needs Python 3.11")
@pytest.mark.timeout(3_600)
def test_no_request_that_the_api_describes_or_forbids_is_our_fault(with_keys: Running, tmp_path: Path) -> None:
    """`make fuzz` sends AIECO_FUZZ cases or more; without it a few hundred."""
    wanted, before = int(os.environ.get("AIECO_FUZZ", "0")), len(with_keys.log.read_text())
    phases = ALL if wanted else "coverage,fuzzing"
    some = fuzz(with_keys.url, "two", tmp_path / "others", max(3, wanted // 8), asking=False, phases=phases)
    phases = phases if wanted else "fuzzing"
    asked = fuzz(with_keys.url, "two", tmp_path / "asking", max(3, wanted // 100), asking=True, phases=phases)
    log = with_keys.log.read_text()[before:]
    print(f"{some.cases} cases for {some.operations} operations, {asked.cases} for the {asked.operations} that ask")

    said = "\n".join((tmp_path / name / "said.txt").read_text()[-3_000:] for name in ("others", "asking"))
    assert (some.problems, asked.problems) == ([], []), said
    assert some.operations >= 13 and asked.operations == 3
    assert some.cases + asked.cases >= max(200, wanted)
    assert "Traceback" not in log and "failed" not in log


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
