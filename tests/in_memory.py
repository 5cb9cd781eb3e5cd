"""Temporary files of the tests lie in memory where there is room: homes and databases are made and gone in seconds.

A test makes two databases of 600 files; on a disk that costs the processors ten times as much. TMPDIR set: what lies
there is left there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil
import pytest

MEMORY = Path("/dev/shm")
# Of memory and of the folder. All homes together take 3 GB, all processes of a run 6.
ROOM = 10 * 2**30
_NAME = "aieco-{}"


def begin() -> None:
    """Have this process and its children put temporary files there, once."""
    if "TMPDIR" in os.environ or not _has_room():
        return
    for left in MEMORY.glob(_NAME.format("*")):  # by a run that was killed
        number = left.name.rpartition("-")[2]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(left, ignore_errors=True)
    folder = MEMORY / _NAME.format(os.getpid())
    folder.mkdir()
    folder.chmod(0o755)  # as root, Postgres runs as another user
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None


def _has_room() -> bool:
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return False
    # Some tests write programs and run them.
    runs_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return runs_programs and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) > ROOM


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    folder = Path(os.environ.get("TMPDIR", ""))
    if folder == MEMORY / _NAME.format(os.getpid()):
        shutil.rmtree(folder, ignore_errors=True)
