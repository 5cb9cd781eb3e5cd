"""What each file of tests takes of the processors: the last lines of a test run on several processes.

Wall time says little where three processes share two cores. Counted are the processor seconds of the test process and
of the children it waited for: servers that live on (Postgres, a stack in the background) are not.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from time import monotonic

import pytest

SHOWN = 40


def spent() -> float:
    return sum(os.times()[:4])


class Accounts:
    """Of the process that runs tests: notes beside each test's report what was spent since the one before."""

    def __init__(self) -> None:
        self.pytest_runtest_logstart()

    def pytest_runtest_logstart(self) -> None:
        """Not the collection, nor the wait for a test to run."""
        self.processor, self.wall = spent(), monotonic()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        report = yield
        now = spent(), monotonic()
        report.spent = (now[0] - self.processor, now[1] - self.wall)  # type: ignore[attr-defined]
        self.processor, self.wall = now
        return report  # type: ignore[return-value]


class Table:
    """Of the process that tells: sums by file, and says them after everything else."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.files: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        processor, wall = getattr(report, "spent", (0.0, 0.0))
        called = report.when == "call"
        sums = (called, processor, 0 if called else processor, wall)
        file = self.files[report.nodeid.partition("::")[0]]
        file[:] = [old + new for old, new in zip(file, sums, strict=True)]

    def pytest_unconfigure(self) -> None:
        if not self.config.getoption("numprocesses", None):
            return
        tell = self.config.get_terminal_writer().line
        total = [sum(column) for column in zip(*self.files.values(), strict=True)] or [0, 0.0, 0.0, 0.0]
        tell("processor s  set-up s  wall s  tests  file")
        ranked = sorted(self.files.items(), key=lambda one: -one[1][1])[:SHOWN]
        for name, (tests, processor, set_up, wall) in [*ranked, ("all", total)]:
            tell(f"{processor:11.0f} {set_up:9.0f} {wall:7.0f} {tests:6.0f}  {name}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Accounts())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(config))
