"""A process that has dbt imported, and forks for each command: the imports take longer than most commands.

`dbt_client.py` is what asks it. Only on Linux: forking is not safe everywhere, and pidfd is Linux's.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from aieco_assets.core.garbage_collection import collect_rarely
from aieco_assets.core.stack.dbt_client import SOCKET, is_ours
from aieco_assets.core.stack.forked_dbt import become, rehearse

# All that a command on Postgres was seen to import.
PRELOADED = (
    "dbt.cli.main",
    "dbt.adapters.postgres",
    "dbt.parser.schema_yaml_readers",
    "google.protobuf.descriptor_pb2",
)
STOP_SECONDS = 10


class WarmDbt:
    """dbt commands of this process, and of those that it starts from here on, are forked off one warm dbt.

    Nothing is started before `start`; nothing is left when the block ends, nor when this process is killed.
    """

    def __enter__(self) -> WarmDbt:
        self.process: subprocess.Popen[bytes] | None = None
        self._listener: socket.socket | None = None
        return self

    def listen(self) -> None:
        """From here on commands come here; they wait for `start`. Does nothing the second time, or elsewhere."""
        if self._listener or not hasattr(os, "pidfd_open"):
            return
        name = f"aieco-dbt-{secrets.token_hex(16)}"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"\0{name}")  # of no file system: whoever is killed leaves nothing behind
        self._listener.listen()
        os.environ[SOCKET] = name

    def start(self, parsed: Mapping[str, str] | None = None) -> None:
        """Returns at once: commands wait until the imports are done. Does nothing the second time, or elsewhere.

        `parsed`: the environment in which the project was parsed already, and can be rehearsed before the first command
        instead of after it (`forked_dbt.rehearse`).
        """
        self.listen()
        if self.process or self._listener is None:
            return
        known = ["parsed"] if parsed else []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aieco_assets.core.stack.warm_dbt", str(self._listener.fileno()), *known],
            env={**os.environ, **(parsed or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[self._listener.fileno()],
            start_new_session=True,  # the terminal's Ctrl-C goes to whoever asked, who passes it on
            cwd=Path(__file__).parents[3],
        )
        self._listener.close()

    def __exit__(self, *exc_info: object) -> None:
        if self._listener is None:
            return
        os.environ.pop(SOCKET, None)
        self._listener.close()
        if self.process is None:
            return
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS + 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True)
class _Command:
    """A running command: its process, the connection of whoever waits for it, and what was asked."""

    pid: int
    connection: socket.socket
    request: bytes


def serve(listener: socket.socket, parsed: bool) -> None:
    """Fork for each request until standard input ends, which is when whoever started this process is gone.

    `parsed`: the project is, in the environment of this process.
    """
    collect_rarely()
    for module in PRELOADED:
        import_module(module)
    gc.freeze()
    running: dict[int, _Command] = {}
    rehearsed = parsed and rehearse(dict(os.environ))
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj == 0:
                    _end([command.pid for command in running.values()])
                    return
                if key.fileobj is listener:
                    connection, _ = listener.accept()
                    if not is_ours(connection):
                        connection.close()
                    elif command := _fork(connection):
                        process = os.pidfd_open(command.pid)
                        running[process] = command
                        selector.register(process, selectors.EVENT_READ)
                        selector.register(connection, selectors.EVENT_READ, command)
                elif key.data is not None:
                    _pass_on(key.data, selector)
                else:
                    command = running.pop(key.fd)
                    succeeded = _finish(command, selector) == 0
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    if succeeded and not rehearsed and not running:
                        arguments, _, environment = json.loads(command.request)
                        # With other variables the project is another one.
                        rehearsed = "--vars" not in arguments and rehearse(environment)


def _pass_on(command: _Command, selector: selectors.BaseSelector) -> None:
    """A signal that the client got; a client that is gone has its command interrupted, as a terminal would."""
    sent = b""
    with contextlib.suppress(ConnectionError):
        sent = command.connection.recv(1)
    if not sent:
        selector.unregister(command.connection)
    os.kill(command.pid, sent[0] if sent else signal.SIGINT)


def _finish(command: _Command, selector: selectors.BaseSelector) -> int:
    """The exit code, of which the client is told."""
    _, status = os.waitpid(command.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(KeyError):
        selector.unregister(command.connection)
    with contextlib.suppress(OSError):
        command.connection.send(bytes([code if code >= 0 else 128 - code]))
    command.connection.close()
    return code


def _end(pids: list[int]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for number in (signal.SIGINT, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while pids and (number == signal.SIGKILL or time.monotonic() < deadline):
            pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG) == (0, 0)]
            time.sleep(0.05)


def _fork(connection: socket.socket) -> _Command | None:
    """The command that a client asks for, begun; None when the client went away first."""
    message, fds, _, _ = socket.recv_fds(connection, 1, 4)
    if not message:
        connection.close()
        return None
    request, *streams = fds
    with open(request, "rb", closefd=False) as file:
        file.seek(0)
        asked = file.read()
    pid = os.fork()
    if pid == 0:
        become(asked, streams)
    for fd in fds:
        os.close(fd)
    return _Command(pid, connection, asked)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), parsed=sys.argv[2:] == ["parsed"])
