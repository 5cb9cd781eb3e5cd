"""`aieco up`: everything answers, the sensor works by itself, and no way of ending it leaves a process."""

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


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


def assert_nothing_runs(home: Home) -> None:
    assert psutil.wait_procs(home.processes(), timeout=20)[1] == []


@pytest.fixture(scope="module")
def up(filled: Home) -> Iterator[Home]:
    """The stack in the background; afterwards `aieco down` must leave nothing."""
    started = filled.aieco("up", "--detach")
    try:
        assert started.returncode == 0, started.stderr
        yield filled
    finally:
        assert filled.aieco("down").returncode == 0
    assert_nothing_runs(filled)


def test_dagster_mlflow_and_the_service_answer(up: Home) -> None:
    assert b"dagster" in get(up, "DAGSTER", "/server_info")
    assert get(up, "MLFLOW", "/health") == b"OK"
    assert b"<html" in get(up, "SERVICE", "/").lower()
    assert json.loads(get(up, "SERVICE", "/version"))


def test_the_command_line_asks_the_running_service(up: Home) -> None:
    answer = up.json("ask", "How many days do I have to return something I ordered online?")
    assert answer["verified"]
    assert "30 days" in answer["answer"]


def test_a_second_stack_of_the_same_home_is_refused(up: Home) -> None:
    second = up.aieco("up")
    assert second.returncode == 1
    assert "already up" in second.stderr


def test_a_dropped_document_reaches_the_answers_by_itself_and_leaves_them_again(up: Home) -> None:
    question = "Which bird is on the flag of the Quillfeather rowing club?"
    added = up.path / "sample" / "documents" / "rowing.md"

    def cited() -> bool:
        return "rowing.md" in json.dumps(up.json("ask", question)["citations"])

    added.write_text("# Rowing club\n\nThe flag of the Quillfeather rowing club shows a black kingfisher.\n")
    try:
        wait_for(cited, 240, "an answer from the dropped document")
    finally:
        added.unlink()
    wait_for(lambda: not cited(), 240, "an answer without the deleted document")


def test_ctrl_c_leaves_nothing(filled: Home, up: Home) -> None:
    assert filled.aieco("down").returncode == 0
    process = filled.start("up")
    try:
        read_until(process, "Ctrl-C stops all of it")
        assert len(filled.processes()) > 5
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 0, output
    assert_nothing_runs(filled)


def test_a_killed_up_is_cleaned_up_by_the_next_command(filled: Home) -> None:
    process = filled.start("up")
    read_until(process, "✓ dagster")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert filled.processes() != []
    result = filled.aieco("status")
    assert result.returncode == 0
    assert "stopped what a killed" in result.stderr
    assert_nothing_runs(filled)
