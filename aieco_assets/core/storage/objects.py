"""Objects by key in a folder or an S3 bucket: the lake, and sources that it is filled from (`http` has one more)."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.s3 import S3Store, s3_client_from
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings


class ReadableStore(Protocol):
    """Keys are posix paths relative to the store."""

    def get(self, key: str) -> bytes: ...
    def exists(self, key: str) -> bool: ...
    def list(self, prefix: str = "") -> list[str]: ...
    def url(self, key: str) -> str: ...
    def age_s(self, key: str) -> float: ...


class ObjectStore(ReadableStore, Protocol):
    """A store that can be written to; `put` is atomic and overwrites."""

    s3: bool

    def put(self, key: str, data: bytes) -> None: ...
    def delete(self, key: str) -> None: ...
    def size(self, key: str) -> int: ...


class FolderStore:
    """Objects as files. A write goes to a temporary sibling first, so a reader never sees half a file."""

    s3 = False

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
            try:
                with open(handle, "wb") as file:
                    file.write(data)
                os.replace(temporary, path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise AiecoError(
                f"{path} cannot be written ({error.strerror}): mend AIECO_HOME or AIECO_LAKE_URL."
            ) from None

    def get(self, key: str) -> bytes:
        return self._path(key).read_bytes()

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def list(self, prefix: str = "") -> list[str]:
        """Sorted keys that start with `prefix`. Half-written files of a killed process are not among them."""
        start = self.root / PurePosixPath(prefix).parent if not prefix.endswith("/") else self.root / prefix
        found = (path.relative_to(self.root).as_posix() for path in start.rglob("*") if path.is_file())
        return sorted(key for key in found if key.startswith(prefix) and "/.writing-" not in f"/{key}")

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def size(self, key: str) -> int:
        """In bytes."""
        return self._path(key).stat().st_size

    def url(self, key: str) -> str:
        return str(self._path(key))

    def age_s(self, key: str) -> float:
        """Seconds since the file was last written to."""
        return time.time() - self._path(key).stat().st_mtime

    def _path(self, key: str) -> Path:
        path = self.root / key
        if not key or ".." in PurePosixPath(key).parts or PurePosixPath(key).is_absolute():
            raise ValueError(f"not a key: {key!r}")
        return path


def open_store(url: str, settings: Settings | None = None, s3_client: Any = None) -> ObjectStore:
    """The store behind a folder path or s3://bucket/prefix; nothing is created or read yet.

    `s3_client`: a boto3 client, where the caller has one (Dagster's S3Resource); else one is made from the settings
    and the ordinary AWS environment.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        prefix = parts.path.strip("/")
        return S3Store(s3_client or s3_client_from(settings), parts.netloc, f"{prefix}/" if prefix else "")
    if parts.scheme in ("", "file") or len(parts.scheme) == 1:
        return FolderStore(Path(parts.path if parts.scheme == "file" else url).expanduser().absolute())
    raise AiecoError(f"{shown(url)} is not a folder or an s3:// url: set the lake to one of these.")


def readable_store(url: str, variable: str, settings: Settings | None = None) -> ReadableStore:
    """The store behind a folder path, an s3:// url or an http(s):// listing; nothing is read yet."""
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        from aieco_assets.core.storage.http import HttpStore

        return HttpStore(url, variable)
    if scheme not in ("", "file", "s3") and len(scheme) > 1:
        raise AiecoError(
            f"{shown(url)} is not a folder, an s3:// or an http(s):// url: set {variable} to one of these."
        )
    return open_store(url, settings)


def source_store(url: str, variable: str, settings: Settings | None = None) -> ReadableStore:
    """A store to read a source from. Raises AiecoError that names `variable` when it is not there or can't be read."""
    store = readable_store(url, variable, settings)
    if isinstance(store, FolderStore):
        with suppress(PermissionError):  # of a folder that it lies in
            if not store.root.is_dir():
                raise AiecoError(f"{store.root} is not a folder: set {variable} to one that exists.")
        if not os.access(store.root, os.R_OK | os.X_OK):
            raise AiecoError(f"{store.root} cannot be read: mend its permissions, or set {variable} to another folder.")
    elif isinstance(store, S3Store):
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            store.client.head_bucket(Bucket=store.bucket)
        except (BotoCoreError, ClientError) as error:
            raise AiecoError(f"{shown(url)} cannot be read ({error}): mend {variable} or the S3 credentials.") from None
    else:
        store.list()
    return store
