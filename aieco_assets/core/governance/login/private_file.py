"""A JSON file that only its owner reads. It is looked at again with every question, so that what was taken out of it
counts no more; one that can't be read counts for nothing."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from aieco_assets.core.errors import AiecoError

_MOST_BYTES = 4_000_000
_Entries = TypeVar("_Entries")


class PrivateFile(Generic[_Entries]):
    """`parse` makes entries of what the JSON holds and raises AiecoError, ValueError, KeyError or TypeError; `what` it
    is and what follows (`so`) when it can't be read stand in the errors."""

    def __init__(self, path: Path, parse: Callable[[Any], _Entries], none: _Entries, what: str, so: str) -> None:
        self.path, self._parse, self._what, self._so = path, parse, what, so
        self._none = none
        self._seen: tuple[int, ...] = ()
        self._entries = none

    def read(self) -> _Entries:
        """Raises AiecoError for a file that can't be read; without one there are none."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return self._none
        except OSError as error:
            raise self._unreadable(error) from None
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._entries = self._parsed()
            self._seen = seen
        return self._entries

    def write(self, told: Any) -> None:
        """All of it, or nothing. Inside `held`."""
        new = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}")
        try:
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(told, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self.path)
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            new.unlink(missing_ok=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(self.path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600), "a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise self._unwritable(error) from None

    def _parsed(self) -> _Entries:
        try:
            with open(self.path, "rb") as file:
                return self._parse(json.loads(file.read(_MOST_BYTES)))
        except OSError as error:
            raise self._unreadable(error) from None
        except (ValueError, KeyError, TypeError):
            raise AiecoError(
                f"{self.path} is no file of {self._what}: {self._so} until it is put back from a copy."
            ) from None

    def _unreadable(self, error: OSError) -> AiecoError:
        return AiecoError(f"{self.path} cannot be read ({error.strerror}): {self._so}.")

    def _unwritable(self, error: OSError) -> AiecoError:
        return AiecoError(f"{self.path} cannot be written ({error.strerror}): name another place in AIECO_LOGIN_USERS.")
