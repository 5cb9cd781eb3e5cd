"""What a server may remember of the registry, so that it does not ask anew with every request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.registry.versions import ModelVersion

# For how long the champion of a moment ago counts as the present one; None: not at all.
_memory: ContextVar[float | None] = ContextVar("champion_memory", default=None)
_champions: dict[tuple[str, str], tuple[float, ModelVersion | None]] = {}
_files: dict[tuple[str, str], tuple[int, bytes]] = {}  # of the version that was last asked for


@contextmanager
def champions_of_late(seconds: float) -> Iterator[None]:
    """Inside, the registry is asked for a champion once per so many seconds, and for a version's file once.

    For servers: whoever trains or promotes must see the registry as it is.
    """
    token = _memory.set(seconds)
    try:
        yield
    finally:
        _memory.reset(token)


def champion(settings: Settings, name: str, ask: Callable[[], ModelVersion | None]) -> ModelVersion | None:
    memory, key = _memory.get(), (settings.tracking_uri, name)
    if memory is None:
        return ask()
    asked, found = _champions.get(key, (float("-inf"), None))
    if time.monotonic() - asked > memory:
        found = ask()
        _champions[key] = (time.monotonic(), found)
    return found


def file(settings: Settings, version: ModelVersion, read: Callable[[], bytes]) -> bytes:
    """A version never changes: its file is read, and held against its digest, when the version is new to us."""
    key = (settings.tracking_uri, version.name)
    if _memory.get() is None:
        return read()
    known, content = _files.get(key, (0, b""))
    if known != version.version:
        content = read()
        _files[key] = (version.version, content)
    return content
