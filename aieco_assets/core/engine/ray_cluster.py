"""A step's batches on the nodes of a Ray cluster."""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError, Unavailable

if TYPE_CHECKING:
    from aieco_assets.core.engine.step import B, R, Step

RETRIES = 5  # of a batch whose worker or node was lost
_AHEAD = 2  # batches a processor: one in hand, one on its way
_ANSWERS_WITHIN = 10.0  # seconds
_connecting = threading.Lock()
_mapping: list[object] = []  # the steps of this process that are under way


def map_on_ray(address: str, step: Step[B, R], batches: Iterable[B]) -> Generator[R]:
    """As `map_batches`. Nodes that join are given batches too. Raises Unavailable when the cluster is lost, or a batch
    takes down whatever works on it."""
    ray = _connected(address)
    begun: deque[Future[R]] = deque()
    mine = object()
    _mapping.append(mine)
    try:
        with _in_a_sentence(ray):
            _require_room(ray, step.memory)
            # Lost with its node, a result is made again; an error of the function itself is not tried twice.
            options = {"num_cpus": 1, "memory": step.memory or None, "max_retries": RETRIES}
            work = ray.remote(_work).options(name=step.away.__name__, **options)
            given = ray.put((_code(), step.away, step.given))
        for batch in batches:
            with _in_a_sentence(ray):
                begun.append(work.remote(given, batch).future())
                most = _AHEAD * _processors(ray)
            while len(begun) >= most:
                yield _result(ray, begun[0])
                begun.popleft()
        while begun:
            yield _result(ray, begun[0])
            begun.popleft()
    finally:
        _mapping.remove(mine)
        if begun and not _mapping:
            # Given up: all that was begun ends with the connection. Ray's own cancelling may take this process down
            # ("Tried to complete task that was not pending", a race in 2.60 like that of its issue 54527).
            ray.shutdown()


def _work(given: tuple[str, Callable[..., Any], tuple[Any, ...]], batch: Any) -> Any:
    """On a node, by its own code."""
    code, away, arguments = given
    if code != _code():
        raise AiecoError(
            f"The Ray node {platform.node()} runs another version of aieco or Python than this process: install the "
            "same on every node."
        )
    return away(*arguments, batch)


def _result(ray: Any, begun: Future[R]) -> R:
    try:
        with _in_a_sentence(ray):
            return begun.result()  # not ray.get: there, what a handler of signals raises is lost
    except ray.exceptions.RayTaskError as error:
        # What Ray raises says the node's whole traceback: the error itself is what was raised there.
        raise error.cause if isinstance(error.cause, Exception) else error from None


@contextmanager
def _in_a_sentence(ray: Any) -> Iterator[None]:
    """What Ray says of itself. An error of the function passes."""
    try:
        yield
    except ray.exceptions.RayTaskError:
        raise
    except (ray.exceptions.RayError, ConnectionError) as error:
        raise Unavailable(
            f"The Ray cluster lost a batch {RETRIES + 1} times, or is gone itself ({type(error).__name__}): see "
            "`ray status`, give its nodes more memory, and run again; what is written stays."
        ) from error


@lru_cache(maxsize=1)
def _code() -> str:
    """Names what computes: nodes of another version would give other results, and nobody would know."""
    told = hashlib.sha256(platform.python_version().encode())
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        told.update(file.read_bytes())
    return told.hexdigest()


def _connected(address: str) -> Any:
    """Ray, connected to the cluster once for this process. Raises AiecoError that says what is missing."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise AiecoError(
            "AIECO_ENGINE=ray needs Ray, which is not installed: `pip install 'aieco[ray]'`, or set AIECO_ENGINE=local."
        ) from None
    with _connecting:
        if not ray.is_initialized():
            try:
                _connect(ray, _answering(address))
            except (OSError, ValueError, RuntimeError) as error:
                place = f"at {address}" if address else "on this machine"
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
                kind = Unavailable if isinstance(error, OSError) else AiecoError
                raise kind(
                    f"No Ray cluster answers {place} ({reason}): start one (`ray start --head`), mend "
                    "AIECO_RAY_ADDRESS, or set AIECO_ENGINE=local."
                ) from None
    return ray


def _connect(ray: Any, address: str) -> None:
    """Ray puts a handler of its own in place of the one by which a run that is stopped cleans up: ours comes back."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM) if main else None
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    finally:
        if main:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _answering(address: str) -> str:
    """The address, empty: of the cluster that was started on this machine. Raises OSError or ValueError unless
    something answers there: Ray itself would go on looking for minutes."""
    from ray._private.utils import read_ray_address

    address = address or os.environ.get("RAY_ADDRESS") or read_ray_address() or ""
    if not address:
        raise ConnectionError("none was started")
    place = urlsplit(address if "://" in address else f"//{address}")
    if not place.hostname or not place.port:
        raise ValueError("an address is ray://host:10001 or host:6379")
    socket.create_connection((place.hostname, place.port), timeout=_ANSWERS_WITHIN).close()
    return address


def _processors(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 0)))


def _require_room(ray: Any, memory: int) -> None:
    """A batch that fits no node would wait for ever. An empty cluster may be about to grow."""
    rooms = [node["Resources"].get("memory", 0) for node in ray.nodes() if node["Alive"] and "CPU" in node["Resources"]]
    if rooms and max(rooms) < memory:
        raise AiecoError(
            f"No node of the Ray cluster has {memory / 2**30:.1f} GiB of memory to spare, which this step needs: start "
            "one with more (`ray start --memory`), or set AIECO_ENGINE=local."
        )
