"""What the tests have done on nodes, which know these by name."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from aieco_assets.core.errors import AiecoError, ModelUnavailable
from tests.waiting import until


def doubled(number: int) -> int:
    return 2 * number


def refused(number: int) -> int:
    if number == 2:
        raise AiecoError("Shelf 2 is empty: fill it.")
    return number


def away(_number: int) -> int:
    raise ModelUnavailable.away("The server is away: start it.")


def broken(number: int) -> float:
    return 1 / number


def cut_off(_number: int) -> int:
    raise ConnectionResetError("the store hung up")


def leave_and_wait(folder: str, number: int) -> int:
    """Says who works on it, and goes on when it is told to."""
    Path(folder, f"{number}.{os.getpid()}").touch()
    until(Path(folder, "go").exists, 120, "the word to go on")
    return number


def wait_for_ever(folder: str, number: int) -> int:
    Path(folder, f"{number}.{os.getpid()}").touch()
    threading.Event().wait()
    return number
