"""`dbt …` as a command: forked off a warm dbt (`warm_dbt.py`) where there is one, else the installed dbt itself.

Run as `python -I -S dbt_client.py …`: the standard library alone, because it starts in no time.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys

SOCKET = "AIECO_DBT_SOCKET"


def is_ours(connection: socket.socket) -> bool:
    """Whether the other end is this user's process: the name of a socket keeps nobody out (Linux, unix(7))."""
    _, user, _ = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return user == os.geteuid()


def main(arguments: list[str]) -> int:
    """Exit code of the command; interrupts and termination are passed on to it."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"\0{os.environ[SOCKET]}")
            warm = is_ours(connection)
        except (KeyError, OSError):
            warm = False
        if not warm:
            dbt = os.path.join(os.path.dirname(sys.executable), "dbt")
            os.execv(dbt, [dbt, *arguments])  # noqa: S606 - a list of arguments needs no shell
        request = os.memfd_create("request")
        os.write(request, json.dumps([arguments, os.getcwd(), dict(os.environ)]).encode())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: connection.send(bytes([number])))
        socket.send_fds(connection, [b"!"], [request, 0, 1, 2])
        code = b""
        with contextlib.suppress(ConnectionError):
            code = connection.recv(1)
    if not code:
        print("dbt ended before its time: its process was killed.", file=sys.stderr)
    return code[0] if code else 137


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
