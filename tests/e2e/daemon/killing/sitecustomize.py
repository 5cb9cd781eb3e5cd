"""In every Python process of the home under test: SIGKILL at a named point, as often as a fuse of its name lies there.

Python imports this by itself from PYTHONPATH. AIECO_FUSES names the folder of the fuses; nothing else changes but the
pace at which the policies' sensor is asked.
"""

import functools
import importlib.abc
import importlib.util
import inspect
import os
import signal
import sys
from pathlib import Path
from types import ModuleType

ENGINE, LAUNCHER = "aieco_assets.defs.monitoring.policy_sensor", "aieco_assets.orchestrate.run_launcher"
SEGMENTS = "aieco_assets.core.customers.segments.training"
# point: (module, function, whether it has done its work by then)
POINTS = {
    "decided": (ENGINE, "tick", True),
    "claimed": (ENGINE, "claim", True),
    "asked": (ENGINE, "_run", True),
    "told": (ENGINE, "report", True),
    "ended": (ENGINE, "end", True),
    "made": ("dagster._core.instance", "DagsterInstance.submit_run", False),
    "launching": (LAUNCHER, "LocalRunLauncher.launch_run", False),
    "launched": (LAUNCHER, "LocalRunLauncher.launch_run", True),
    "starting": ("dagster._grpc.impl", "core_execute_run", False),
    "working": (SEGMENTS, "train_segments", True),
    "everything": (SEGMENTS, "train_segments", False),
}
FUSES = Path(os.environ["AIECO_FUSES"])
SECONDS_BETWEEN_TICKS = 5


def killed(point: str, work):
    """`work`, which kills its process before or after if the fuse is there, spending it."""
    after = POINTS[point][2]

    def burn() -> None:
        try:
            (FUSES / point).rename(FUSES / f"{point}.spent")
        except FileNotFoundError:
            return
        for pid in others() if point == "everything" else ():
            os.kill(pid, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(work)
    def wrapped(*values, **named):
        if not after:
            burn()
        result = work(*values, **named)
        if inspect.isgenerator(result) and after:
            result = [*result]
            if not result:
                return result  # asked for nothing
        if after:
            burn()
        return result

    return wrapped


def others() -> list[int]:
    """The daemon, its code server and its runs: whatever has these fuses."""
    everybody = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in everybody if pid != os.getpid() and f"AIECO_FUSES={FUSES}".encode() in environment(pid)]


def environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


class Patching(importlib.abc.MetaPathFinder):
    """Finds the modules of POINTS as everybody else does, and wraps what is named of them once they are executed."""

    def find_spec(self, name: str, path=None, target=None):
        if name not in {module for module, *_ in POINTS.values()}:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec and spec.loader:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (execute(module), patch(module))  # type: ignore[method-assign]
        return spec


def patch(module: ModuleType) -> None:
    for point, (name, function, _) in POINTS.items():
        if name == module.__name__:
            *owners, last = function.split(".")
            owner = functools.reduce(getattr, owners, module)
            setattr(owner, last, killed(point, getattr(owner, last)))
    if module.__name__ == ENGINE:
        module.policy_sensor._min_interval = SECONDS_BETWEEN_TICKS


sys.meta_path.insert(0, Patching())
