"""What a step takes of the machine: processor seconds of all its processes, Postgres' among them, memory and time."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.record import Result

SAMPLE_SECONDS = 0.5


@dataclass(frozen=True)
class Point(Result):
    """One step at one size. `value` is processor seconds: on a busy machine they are steadier than `wall` (seconds).

    `peak`: MiB of memory that all processes together held, pages that they share counted once. `size` is in the units
    of the curve (lines, documents, customers, clients). A value that is no step's (bytes on disk, milliseconds of a
    search) has no wall and no peak.
    """

    step: str = ""
    size: int = 0
    wall: float | None = None
    peak: float | None = None


class Meter:
    """Measures steps of this process, of what it starts, and of the Postgres cluster in `cluster`."""

    def __init__(self, noun: str, size: int, cluster: Path | None = None) -> None:
        self._noun, self._size, self._cluster = noun, size, cluster
        self.points: list[Point] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        stop, peaks = threading.Event(), [self.memory()]

        def watch() -> None:
            while not stop.wait(SAMPLE_SECONDS):
                peaks.append(self.memory())

        watching = threading.Thread(target=watch, daemon=True)
        used, began = self._processor(), time.perf_counter()
        watching.start()
        try:
            yield
        finally:
            wall = time.perf_counter() - began
            stop.set()
            watching.join()
        self._add(name, self._processor() - used, "processor s", round(wall, 3), round(max(peaks), 1))

    def note(self, name: str, value: float, unit: str) -> None:
        self._add(name, value, unit, None, None)

    def _add(self, name: str, value: float, unit: str, wall: float | None, peak: float | None) -> None:
        what = f"{name}, {self._size:,} {self._noun}"
        self.points.append(Point(what, value, unit, None, name, self._size, wall, peak))

    def _processes(self) -> list[psutil.Process]:
        roots = [psutil.Process()]
        with suppress(FileNotFoundError, TypeError, psutil.NoSuchProcess):
            roots.append(psutil.Process(int((self._cluster / "postmaster.pid").read_text().split()[0])))  # type: ignore[operator]
        return [*roots, *(child for root in roots for child in _children(root))]

    def _processor(self) -> float:
        """Seconds so far, those of children that have ended included."""
        total = 0.0
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                total += sum(process.cpu_times()[:4])  # user, system, and both of the children that it waited for
        return total

    def memory(self) -> float:
        """MiB now."""
        total = 0
        for process in self._processes():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_full_info().pss
        return total / 2**20


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of the least-squares line through the logarithms: 1 when twice the size takes twice as much."""
    logs = [(math.log(size), math.log(value)) for size, value in zip(sizes, values, strict=True)]
    middle_x, middle_y = (sum(column) / len(logs) for column in zip(*logs, strict=True))
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / sum((x - middle_x) ** 2 for x, _ in logs)


def disk_mib(folder: Path) -> float:
    """MiB that the files under it take on disk."""
    total = 0
    for at, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(at, name)).st_blocks * 512
    return total / 2**20


def _children(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []
