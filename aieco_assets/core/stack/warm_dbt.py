"""A process that has dbt imported, and forks for each command: the imports take longer than most commands.

`dbt_client.py` is what asks it. Only on Linux: forking is not safe everywhere, and pidfd is Linux's.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from aieco_assets.core.stack.dbt_client import SOCKET

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
        return self

    def start(self) -> None:
        """Returns at once: commands wait until the imports are done. Does nothing the second time, or elsewhere."""
        if self.process or not hasattr(os, "pidfd_open"):
            return
        self.folder = Path(tempfile.mkdtemp(prefix="aieco-dbt-"))  # nobody else may enter
        address = str(self.folder / "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aieco_assets.core.stack.warm_dbt", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # the terminal's Ctrl-C goes to whoever asked, who passes it on
                cwd=Path(__file__).parents[3],
            )
        os.environ[SOCKET] = address

    def __exit__(self, *exc_info: object) -> None:
        if self.process is None:
            return
        os.environ.pop(SOCKET, None)
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS + 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class _Command:
    """A running command: its process and the connection of whoever waits for it."""

    pid: int
    connection: socket.socket


def serve(listener: socket.socket) -> None:
    """Fork for each request until standard input ends, which is when whoever started this process is gone."""
    for module in PRELOADED:
        import_module(module)
    gc.freeze()
    running: dict[int, _Command] = {}
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
                    if pid := _fork(connection):
                        command = _Command(pid, connection)
                        process = os.pidfd_open(pid)
                        running[process] = command
                        selector.register(process, selectors.EVENT_READ)
                        selector.register(connection, selectors.EVENT_READ, command)
                elif key.data is not None:
                    _pass_on(key.data, selector)
                else:
                    _finish(running.pop(key.fd), selector)
                    selector.unregister(key.fd)
                    os.close(key.fd)


def _pass_on(command: _Command, selector: selectors.BaseSelector) -> None:
    """A signal that the client got; a client that is gone has its command interrupted, as a terminal would."""
    sent = b""
    with contextlib.suppress(ConnectionError):
        sent = command.connection.recv(1)
    if not sent:
        selector.unregister(command.connection)
    os.kill(command.pid, sent[0] if sent else signal.SIGINT)


def _finish(command: _Command, selector: selectors.BaseSelector) -> None:
    _, status = os.waitpid(command.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(KeyError):
        selector.unregister(command.connection)
    with contextlib.suppress(OSError):
        command.connection.send(bytes([code if code >= 0 else 128 - code]))
    command.connection.close()


def _end(pids: list[int]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for number in (signal.SIGINT, signal.SIGKILL):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while pids and (number == signal.SIGKILL or time.monotonic() < deadline):
            pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG) == (0, 0)]
            time.sleep(0.05)


def _fork(connection: socket.socket) -> int | None:
    """Process id of the command that a client asks for; None when the client went away first."""
    message, fds, _, _ = socket.recv_fds(connection, 1, 4)
    if not message:
        connection.close()
        return None
    pid = os.fork()
    if pid == 0:
        _become(*fds)
    for fd in fds:
        os.close(fd)
    return pid


def _become(request: int, *streams: int) -> None:
    """In the forked process: run dbt with the client's arguments, folder, environment and streams, and end."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.lseek(request, 0, os.SEEK_SET)
        with open(request, "rb") as file:
            arguments, folder, environment = json.loads(file.read())
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        sys.argv = ["dbt", *arguments]
        from dbt.cli.main import cli

        cli(arguments, prog_name="dbt")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        # Not by sys.exit: it would unwind the server's own frames, and taking all modules apart takes its time.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
