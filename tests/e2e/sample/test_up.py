"""`aieco up`: everything answers, the sensor works by itself, and no way of ending it leaves a process."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest
from playwright.sync_api import expect

from aieco_assets.core.stack.processes import read_record
from tests.browser import Watched, chromium
from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"ended before {text!r}:\n{seen}")


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(1)


def get(home: Home, name: str, path: str) -> bytes:
    port = home.variables[f"AIECO_{name}_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
        return response.read()


def post(home: Home, path: str, body: object) -> Any:
    address = f"http://127.0.0.1:{home.variables['AIECO_SERVICE_PORT']}{path}"
    asked = urllib.request.Request(address, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as response:
        return json.load(response)


def assert_nothing_runs(home: Home) -> None:
    assert psutil.wait_procs(home.processes(), timeout=20)[1] == []


@pytest.fixture(scope="module")
def foreground(filled: Home) -> Iterator[subprocess.Popen[str]]:
    """`aieco up` in a terminal (in the background it is test_login's)."""
    process = filled.start("up")
    try:
        read_until(process, "Ctrl-C stops all of it")
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
            assert filled.aieco("down").returncode == 0
    assert_nothing_runs(filled)


@pytest.fixture(scope="module")
def up(filled: Home, foreground: subprocess.Popen[str]) -> Home:
    """The home with its stack running."""
    assert foreground.poll() is None
    return filled


def test_dagster_mlflow_the_service_and_the_dashboard_answer(up: Home) -> None:
    assert b"dagster" in get(up, "DAGSTER", "/server_info")
    assert get(up, "MLFLOW", "/health") == b"OK"
    assert b"<html" in get(up, "SERVICE", "/").lower()
    assert json.loads(get(up, "SERVICE", "/version"))
    assert json.loads(get(up, "DASHBOARD", "/_dash-layout"))["props"]["children"]


def test_the_dashboard_shows_the_shop_and_answers_to_a_country(up: Home, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{up.variables['AIECO_DASHBOARD_PORT']}"
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 1500})
        watched = Watched(page, url)
        page.goto(url)
        revenue = page.locator(".tile strong").first
        revenue.wait_for()
        everywhere = revenue.inner_text()
        assert everywhere.startswith("£")
        shown = ".panel:not([hidden]) .figure"  # the sample has no categories
        expect(page.locator(f"{shown} .js-plotly-plot, {shown}.js-plotly-plot")).to_have_count(4, timeout=60_000)
        page.screenshot(path=Path(os.environ.get("SCREENSHOTS") or tmp_path) / "dashboard.png")
        page.locator("#country").click()
        page.locator(".dash-dropdown-content").get_by_text("Germany", exact=True).click()
        expect(revenue).not_to_have_text(everywhere)
        assert (watched.foreign, watched.problems) == ([], [])


def test_the_command_line_asks_the_running_service(up: Home) -> None:
    answer = up.json("ask", "How many days do I have to return something I ordered online?")
    assert answer["verified"]
    assert "30 days" in answer["answer"]
    # MLflow has its stages soon after, under the answer's own id.
    address = f"/api/3.0/mlflow/traces/batchGet?trace_ids=tr-{answer['trace_id']}"
    wait_for(lambda: b"retrieve" in get(up, "MLFLOW", address), 60, "the answer's trace in MLflow")


def test_a_second_stack_of_the_same_home_is_refused(up: Home) -> None:
    second = up.aieco("up")
    assert second.returncode == 1
    assert "already up" in second.stderr


@pytest.mark.long  # with small services it is test_processes' in tests/core/stack
def test_every_process_of_the_stack_may_be_killed_and_is_started_again(up: Home) -> None:
    """What comes after it in this file shows that all of them work."""

    def processes() -> dict[str, int]:
        return {name: one["pid"] for name, one in (read_record(up.path) or {})["processes"].items()}

    before = processes()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not {*before.values()} & {*processes().values()}, 60, "a new process for each that was killed")

    def answer() -> bool:
        try:
            get(up, "MLFLOW", "/health"), get(up, "DASHBOARD", "/_favicon.ico"), get(up, "SERVICE", "/readyz")
            locations = "{repositoriesOrError{...on RepositoryConnection{nodes{location{name}}}}}"
            return b"aieco" in get(up, "DAGSTER", f"/graphql?{urlencode({'query': locations})}")
        except OSError:
            return False

    wait_for(answer, 180, "answers of all")
    told = [one["subject"] for one in up.json("alerts", "list", "--days", "1")["incidents"]]
    assert {*before} <= {*told}


def test_a_dropped_document_arrives_by_itself_and_goes_when_it_is_deleted(up: Home) -> None:
    question = "Which bird is on the flag of the Quillfeather rowing club?"
    added = up.path / "sample" / "documents" / "rowing.md"

    def cited() -> bool:
        answer = json.loads(get(up, "SERVICE", f"/answer?{urlencode({'question': question})}"))
        return "rowing.md" in json.dumps(answer["citations"])

    def found() -> bool:
        """A search takes the service a tenth of what an answer takes, and the runs that it waits for need the cores."""
        return any(hit["document"] == "rowing.md" for hit in post(up, "/search", {"question": question})["hits"])

    dropped = time.monotonic()
    added.write_text("# Rowing club\n\nThe flag of the Quillfeather rowing club shows a black kingfisher.\n")
    try:
        wait_for(found, 240, "the dropped document in the knowledge base")
        assert cited()
        print(f"a dropped document was cited after {time.monotonic() - dropped:.0f} s")
    finally:
        added.unlink()
    deleted = time.monotonic()
    wait_for(lambda: not found(), 240, "a knowledge base without the deleted document")
    assert not cited()
    print(f"a deleted one was gone after {time.monotonic() - deleted:.0f} s")


def test_ctrl_c_leaves_nothing(up: Home, foreground: subprocess.Popen[str]) -> None:
    assert len(up.processes()) > 5
    foreground.send_signal(signal.SIGINT)
    output, _ = foreground.communicate(timeout=90)
    assert foreground.returncode == 0, output
    assert_nothing_runs(up)


def test_a_killed_up_is_cleaned_up_by_the_next_command(filled: Home) -> None:
    process = filled.start("up")
    read_until(process, "✓ ")  # the first of its parts answers, the others are being started
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert filled.processes() != []
    result = filled.aieco("status")
    assert result.returncode == 0
    assert "stopped what a killed" in result.stderr
    assert_nothing_runs(filled)
