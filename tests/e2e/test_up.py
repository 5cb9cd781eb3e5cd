"""`aieco up`: everything answers, Ctrl-C leaves nothing, a kill -9 is cleaned up by the next command."""

import json
import signal
import subprocess
import urllib.request

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


def get(home: Home, name: str, path: str) -> bytes:
    port = home.variables[f"AIECO_{name}_PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
        return response.read()


def test_everything_answers_and_ctrl_c_leaves_nothing(filled: Home) -> None:
    process = filled.start("up")
    try:
        read_until(process, "Ctrl-C stops all of it")
        assert b"dagster" in get(filled, "DAGSTER", "/server_info")
        assert get(filled, "MLFLOW", "/health") == b"OK"
        assert json.loads(get(filled, "SERVICE", "/version"))
        assert b"<html" in get(filled, "SERVICE", "/").lower()
        asked = filled.json("ask", "How many days do I have to return an item?")
        assert asked["trace_id"]
        while_up = filled.processes()
        assert len(while_up) > 5
    finally:
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=90)
    assert process.returncode == 0, output
    assert psutil.wait_procs(filled.processes(), timeout=20)[1] == []


def test_a_killed_up_is_cleaned_up_by_the_next_command(filled: Home) -> None:
    process = filled.start("up")
    read_until(process, "✓ dagster")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert filled.processes() != []
    result = filled.aieco("status")
    assert result.returncode == 0
    assert "stopped what a killed" in result.stderr
    assert psutil.wait_procs(filled.processes(), timeout=20)[1] == []


def test_a_second_up_is_refused_while_the_first_runs_detached(filled: Home) -> None:
    first = filled.aieco("up", "--detach")
    try:
        assert first.returncode == 0, first.stderr
        second = filled.aieco("up")
        assert second.returncode == 1
        assert "already up" in second.stderr
    finally:
        assert filled.aieco("down").returncode == 0
    assert psutil.wait_procs(filled.processes(), timeout=20)[1] == []
