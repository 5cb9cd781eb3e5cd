"""From an empty home to a cited answer, and again with nothing changed: seconds, and the largest process's memory."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.record import Result

ROOT = Path(__file__).parents[1]
AIECO = str(Path(sys.executable).with_name("aieco"))


def sample() -> list[Result]:
    """The embedded sample."""
    return _lineage({}, first_limit=120)


def real() -> list[Result] | None:
    """245 daily files of UCI Online Retail and the real PDFs."""
    sources = _real_sources()
    return _lineage(sources, first_limit=300) if sources else None


def erasure() -> list[Result] | None:
    """The customer of the real input with the most lines, erased from a finished home."""
    sources = _real_sources()
    if not sources:
        return None
    days = [csv.DictReader(file.open()) for file in Path(sources["AIECO_TRANSACTIONS"]).glob("*.csv")]
    lines = Counter(line["CustomerID"].removesuffix(".0") for day in days for line in day if line["CustomerID"])
    ((customer, count),) = lines.most_common(1)
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)
        environment = _environment(home, sources)
        _timed([AIECO, "run"], environment)
        seconds, _ = _timed([AIECO, "erase", "--customer", customer, "--yes"], environment)
    return [Result("one customer is erased", seconds, "s", 60), Result("  with so many lines", count, "lines")]


def code_location() -> list[Result]:
    """Loading the definitions in a fresh process, as `dagster` does; the best of three."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as home:
        os.chmod(home, 0o755)
        environment = _environment(home, {})
        code = (
            "from aieco_assets.core.settings import get_settings;"
            "from aieco_assets.core.stack.dbt import prepare_manifest; prepare_manifest(get_settings())"
        )
        subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)
        load = "from aieco_assets.definitions import defs; defs().resolve_asset_graph()"
        seconds = [_timed([sys.executable, "-c", load], environment)[0] for _ in range(3)]
    return [Result("code location loads", min(seconds), "s", 5)]


def _lineage(sources: dict[str, str], first_limit: float) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)
        environment = _environment(home, sources)
        run_seconds, run_peak = _timed([AIECO, "run"], environment)
        ask_seconds, ask_peak = _timed([AIECO, "ask"], environment)
        again_seconds, _ = _timed([AIECO, "run"], environment)
    return [
        Result("empty home to the cited answer", run_seconds + ask_seconds, "s", first_limit),
        Result("  of which the graph", run_seconds, "s"),
        Result("  of which the answer", ask_seconds, "s"),
        Result("a run in which nothing changed", again_seconds, "s", 20),
        Result("largest process", max(run_peak, ask_peak) / 2**30, "GiB", 2.5),
    ]


def _real_sources() -> dict[str, str]:
    """Empty where they are not here."""
    data = Path(os.environ.get("AIECO_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not data.is_dir():
        return {}
    return {"AIECO_DOCUMENTS": str(data / "documents"), "AIECO_TRANSACTIONS": str(data / "online_retail")}


def _environment(home: str, extra: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIECO_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "AIECO_HOME": home, "HF_HUB_OFFLINE": "1", **extra}


def _timed(command: list[str], environment: dict[str, str]) -> tuple[float, int]:
    """(seconds, bytes of the largest process among it and its descendants)."""
    peak = 0
    done = threading.Event()
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while not done.wait(0.2):
            for member in [root, *_children(root)]:
                try:
                    peak = max(peak, member.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code != 0:
        raise SystemExit(f"{' '.join(command)} ended with exit code {code}")
    return time.perf_counter() - began, peak


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
