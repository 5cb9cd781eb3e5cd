"""The local stack's processes: ready when they answer, gone when stopped, found again after a kill -9."""

import json
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.processes import Stack, clean_up_after_crash, read_record
from aieco_assets.core.stack.services import Service, check_ports

# As BentoML starts its workers: in a session of their own.
SLEEPER_WITH_CHILD = """
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
time.sleep(600)
"""


def sleeper(name: str = "sleeper") -> Service:
    return Service(name, [sys.executable, "-c", SLEEPER_WITH_CHILD])


def grandchildren(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    while not (children := process.children()):
        assert process.is_running()
    return children


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=20)[1]


def test_stopping_ends_a_service_and_what_it_started(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.start([sleeper()])
    children = grandchildren(stack.running["sleeper"].pid)
    stack.stop()
    assert gone(children)
    assert read_record(tmp_path) is None


def test_a_service_that_ends_is_named_with_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.start([Service("brief", [sys.executable, "-c", "raise SystemExit(3)"])])
    stack.running["brief"].wait()
    with pytest.raises(AiecoError, match=r"brief ended with exit code 3: read .*brief\.log"):
        stack.check_alive()
    stack.stop()


def test_a_service_that_is_killed_is_started_again_with_what_it_left_gone_and_its_log_kept(tmp_path: Path) -> None:
    talker = Service("talker", [sys.executable, "-c", f"print('here', flush=True)\n{SLEEPER_WITH_CHILD}"])
    stack = Stack(tmp_path)
    try:
        stack.start([talker])
        first, left = stack.running["talker"], grandchildren(stack.running["talker"].pid)
        assert stack.start_again([talker]) == []
        first.kill()
        first.wait()

        assert stack.start_again([talker]) == ["talker ended with exit code -9 and was started again."]
        assert gone(left)
        grandchildren(stack.running["talker"].pid)
        assert stack.running["talker"].pid != first.pid
        assert (tmp_path / "logs" / "talker.log").read_text() == "here\nhere\n"
        assert stack.start_again([talker]) == []
    finally:
        stack.stop()


def test_a_service_that_ends_again_and_again_is_started_five_times_ever_later_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief = Service("brief", [sys.executable, "-c", "raise SystemExit(3)"])
    clock = [1000.0]
    monkeypatch.setattr("aieco_assets.core.stack.processes.time.monotonic", lambda: clock[0])
    stack = Stack(tmp_path)
    stack.start([brief])
    started_at = []
    with pytest.raises(AiecoError, match=r"brief ended with exit code 3: read .*brief\.log"):
        for _ in range(100):
            stack.running["brief"].wait()
            if stack.start_again([brief]):
                started_at.append(clock[0] - 1000)
            clock[0] += 1
    assert started_at == [0, 2, 6, 14, 30]


def test_a_service_is_ready_when_its_health_url_answers(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = Service(
        "web",
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        health=f"http://127.0.0.1:{port}/",
    )
    stack = Stack(tmp_path)
    ready: list[str] = []
    try:
        stack.start([service])
        stack.wait_ready([service], 30, lambda one: ready.append(one.name))
        waiting = read_record(tmp_path)
        stack.tell_ready()
        told = read_record(tmp_path)
    finally:
        stack.stop()
    assert ready == ["web"]
    assert waiting and waiting["ready"] is False
    assert told and told["ready"] is True


def test_a_service_starts_once_the_one_that_it_needs_takes_connections(tmp_path: Path) -> None:
    place = str(tmp_path / "first.sock")
    listens = (
        "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(600)"
    )
    needs = "import os, sys, time; assert os.path.exists(sys.argv[1]); time.sleep(600)"
    first = Service("first", [sys.executable, "-c", listens, place], health=place)
    second = Service("second", [sys.executable, "-c", needs, place], after="first")
    stack = Stack(tmp_path)
    ready: list[str] = []
    try:
        stack.start([second, first])
        assert [*stack.running] == ["first"]
        stack.wait_ready([second, first], 30, lambda one: ready.append(one.name))
        stack.check_alive()
    finally:
        stack.stop()
    assert ready == ["first", "second"]


def test_after_a_kill_of_the_owner_the_next_command_stops_the_orphans(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from aieco_assets.core.stack.processes import Service, Stack
        stack = Stack(Path(sys.argv[1]))
        stack.start([Service("sleeper", [sys.executable, "-c", sys.argv[2]])])
        print(stack.running["sleeper"].pid, flush=True)
        time.sleep(600)
        """
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), SLEEPER_WITH_CHILD], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    orphan = psutil.Process(int(owner.stdout.readline()))
    children = grandchildren(orphan.pid)
    assert clean_up_after_crash(tmp_path) == []  # its owner lives
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert clean_up_after_crash(tmp_path) == ["sleeper"]
    assert gone([orphan, *children])
    assert read_record(tmp_path) is None


def test_a_recycled_process_id_is_not_taken_for_an_orphan(tmp_path: Path) -> None:
    innocent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    record = {
        "owner": {"pid": 2**22 - 1, "created": 1.0},
        "processes": {"old": {"pid": innocent.pid, "created": 1.0}},
        "ready": True,
    }
    (tmp_path / "stack.json").write_text(json.dumps(record))
    assert clean_up_after_crash(tmp_path) == []
    assert innocent.poll() is None
    innocent.kill()
    innocent.wait()


def test_a_taken_port_is_named_with_the_setting_that_moves_it() -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        with pytest.raises(AiecoError, match=rf"Port {port} of dagster is taken: .* AIECO_DAGSTER_PORT"):
            check_ports(Settings(_env_file=None), [Service("dagster", [], "AIECO_DAGSTER_PORT", port)])
