"""The embedded PostgreSQL: real server binaries from a wheel, one cluster per AIECO_HOME, loopback only.

Whoever uses the server holds a shared lock on its lease file; whoever leaves last stops it. The kernel drops the
lock of a killed process, so a crash leaves nothing that the next command could not see.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.cluster_move import bring_along, copied_from, refuse_torn_copy, remember
from aieco_assets.core.storage.postgres_host import (
    binaries,
    free_port,
    is_free,
    others_can_enter,
    server_user,
    write_secret,
)

USER = DATABASE = "aieco"
# 1 GiB of WAL between checkpoints and no JIT: loads are bulk, queries are short. Nobody replicates this cluster, so
# tables that are made and filled in one transaction are written once, at its end, and not into the WAL, too.
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_wal_size": "1GB",
    "jit": "off",
    "max_connections": "100",
    "scram_iterations": "4096",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# Iterated hashing slows the guessing of weak passwords. Ours has 192 random bits, and each connection pays: half of the
# 13 ms that one takes. Passwords that people add later are hashed as Postgres does by default.
OWN_PASSWORD_ITERATIONS = 1


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One cluster under `home/postgres`. As root it runs as `nobody`, because Postgres refuses to be root."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        """The cluster; elsewhere when the server's user could not enter `home` (root's private folders)."""
        if os.geteuid() == 0 and not others_can_enter(self.folder):
            return _outside(os.path.realpath(self.home))
        return self.folder / "data"

    @property
    def keep_file(self) -> Path:
        """While it exists the server stays up although nobody holds a lease (`aieco env`, `aieco up --detach`)."""
        return self.folder / "keep"

    def url(self) -> str | None:
        """postgresql:// url of the cluster as last started, None when it never was."""
        try:
            port = (self.folder / "port").read_text()
            password = (self.folder / "password").read_text()
        except FileNotFoundError:
            return None
        return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"

    def running(self) -> bool:
        return self._runs(self.data)

    @contextmanager
    def lease(self) -> Iterator[str]:
        """Have the server running while inside; stops it afterwards when no one else uses it. Yields its url."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lease", "a") as lease:
            fcntl.flock(lease, fcntl.LOCK_SH)
            try:
                yield self._ensure_started()
            finally:
                fcntl.flock(lease, fcntl.LOCK_UN)
                self.stop_if_unused()

    def stop_if_unused(self) -> bool:
        """Stop the server unless somebody holds a lease or it is to be kept. True when it is down afterwards."""
        if not (self.folder / "lease").exists():
            return True
        with open(self.folder / "lease", "a") as lease:
            try:
                fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if self.keep_file.exists():
                return False
            self._stop(self.data)
            return True

    def _ensure_started(self) -> str:
        with open(self.folder / "start", "a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if self._outlived_its_home():
                self._set_aside()
            bring_along(self.folder, self.data, self._stop, written_by_earlier_releases=_outside(str(self.home)))
            refuse_torn_copy(self.folder, self.data)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            remember(self.folder, self.data)
            if not self.running():
                self._start()
        url = self.url()
        assert url is not None
        return url

    def _outlived_its_home(self) -> bool:
        """Whether the home was removed and made again, while its cluster, which lay elsewhere, stayed."""
        elsewhere = not self.data.is_relative_to(self.folder)
        return elsewhere and self.data.exists() and not (self.folder / "password").exists()

    def _set_aside(self) -> None:
        """Nobody knows its password any more: out of the way, as `<cluster>.orphan`, and not deleted."""
        self._stop(self.data)
        orphan = self.data.with_name(self.data.name + ".orphan")
        shutil.rmtree(orphan, ignore_errors=True)
        self.data.rename(orphan)

    def _runs(self, data: Path) -> bool:
        # pg_ctl asks whether the process lives that the cluster's file names: of a copy that is the original's server.
        if not data.exists() or copied_from(data):
            return False
        return self._run("pg_ctl", "status", "-D", str(data), check=False).returncode == 0

    def _stop(self, data: Path) -> None:
        if self._runs(data):
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(data))

    def _initialise(self) -> None:
        """initdb beside the final place, then rename: a killed initdb is never mistaken for a cluster."""
        new = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        password = secrets.token_urlsafe(24)
        write_secret(self.folder / "password", password)
        password_file = new.with_name(new.name + ".password")
        write_secret(password_file, password)
        if (owner := server_user()) is not None:
            os.chown(new, *owner)
            os.chown(password_file, *owner)
        try:
            self._run(
                *("initdb", "-D", str(new), "-U", USER, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
                *(
                    "--auth=scram-sha-256",
                    f"--pwfile={password_file}",
                    "-c",
                    f"scram_iterations={OWN_PASSWORD_ITERATIONS}",
                ),
            )
        finally:
            password_file.unlink()
        new.rename(self.data)

    def _start(self) -> None:
        port_file = self.folder / "port"
        known = int(port_file.read_text()) if port_file.exists() else 0
        port = known if known and is_free(known) else free_port()
        options = " ".join(f"-c {name}='{value}'" for name, value in {**SERVER_OPTIONS, "port": port}.items())
        # The server opens its own log, so that a log file never belongs to another user.
        log = self.data / "server.log"
        result = self._run(
            *("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(log), "-o", options), check=False
        )
        if result.returncode != 0:
            raise AiecoError(f"The embedded Postgres did not start: read {log}, or set AIECO_POSTGRES_URL to another.")
        port_file.write_text(str(port))

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        binary = binaries() / program
        owner = server_user()
        if owner is not None and not others_can_enter(binary):
            raise AiecoError(
                f"As root, Postgres runs as another user, who cannot enter {binary.parent}: "
                "move the project to a folder that all users can enter (chmod o+x), or run it as an ordinary user."
            )
        identity = {} if owner is None else {"user": owner[0], "group": owner[1], "extra_groups": []}
        # Output to files would be inherited by the daemon; /dev/null for stdout keeps callers from hanging on a pipe.
        quiet = program == "pg_ctl" and arguments[0] == "start"
        result = subprocess.run(
            [str(binary), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else subprocess.STDOUT,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            **identity,  # type: ignore[arg-type]
        )
        if check and result.returncode != 0:
            last = (result.stdout or "").strip().splitlines()[-1:] or ["no output"]
            raise AiecoError(f"The embedded Postgres failed in {program}: {last[0]} (cluster: {self.data}).")
        return result


def _outside(home: str) -> Path:
    return Path("/var/lib/aieco") / hashlib.sha256(home.encode()).hexdigest()[:16]
