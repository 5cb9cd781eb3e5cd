"""What lies in the document source right now: names, sizes and stamps; contents only when asked for."""

from __future__ import annotations

import os
import stat
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.mail_paths import mail_of
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.http import HttpStore
from aieco_assets.core.storage.objects import FolderStore, source_store
from aieco_assets.core.storage.s3 import S3Store
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource

MAX_BYTES = 100 * 1024 * 1024
# A file written within the clock's coarsest tick (2 s on FAT) may change again under the same mtime.
RACY_SECONDS = 2.0
_MOST_ENDINGS = 10  # of files that are passed by, told one by one
# Whoever puts one of these beside documents means that not everybody reads them.
_RULES = frozenset({"access.yaml", "access.yml", "access.yaml.txt"})
_OURS = frozenset({"access.yaml", "questions.jsonl", "labels.jsonl"})  # at the root, read by others here
_HIDDEN = "hidden"


@dataclass(frozen=True)
class SourceFile:
    """One file of a known type. `stamp` changes when the content does; empty: it cannot be trusted, read the file."""

    path: str
    bytes: int
    media_type: str
    stamp: str
    refused: str = ""


@dataclass(frozen=True)
class Listing:
    """All files of known types in path order; `ignored` counts the others by the ending of their names; `newest` is the
    last mtime (epoch s)."""

    files: list[SourceFile] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    newest: float = 0.0


class DocumentSource:
    """The folder, bucket or listing named by AIECO_DOCUMENTS, or a declared one, whose documents have paths that begin
    with its name. Raises AiecoError when it can't be read.

    `url` is what messages call it, `mend` what they ask to be mended.
    """

    def __init__(self, settings: Settings, declared: DeclaredSource | None = None) -> None:
        url = declared.url if declared else settings.documents_source
        self.url, self.mend = shown(url), declared.said if declared else "AIECO_DOCUMENTS"
        self.prefix = f"{declared.name}/" if declared else ""
        self._store = source_store(url, self.mend, settings)

    def list(self) -> Listing:
        files, ignored, newest = [], Counter[str](), 0.0
        if self.prefix and isinstance(self._store, FolderStore):
            self._refuse_rules(os.listdir(self._store.root))
        for path, size, stamp, modified, refused in self._entries():
            if self.prefix:
                self._refuse_rules([path])
            ending = os.path.splitext(path.rstrip("/"))[1].lower()
            media_type = DOCUMENT_TYPES.get(ending)
            if path in _OURS:
                continue
            if media_type is None or _is_hidden(path):
                ignored[_HIDDEN if _is_hidden(path) else printable(ending) or "without an ending"] += 1
                continue
            refused = refused or _refusal(path, size)
            files.append(SourceFile(self.prefix + printable(path), size, media_type, stamp, refused))
            newest = max(newest, modified)
        return Listing(sorted(files, key=lambda file: file.path), ignored, newest)

    def read(self, path: str) -> bytes:
        """Raises OSError when the file is gone or may not be read."""
        return self._store.get(path.removeprefix(self.prefix))

    def _refuse_rules(self, names: Sequence[str]) -> None:
        if found := next((name for name in names if name.lower() in _RULES), ""):
            raise AiecoError(
                f"{self.url} holds {found}, which counts at the root of AIECO_DOCUMENTS only: write its rules there, "
                f"for the folder {self.prefix.rstrip('/')}, and take it out here. No document was read."
            )

    def _entries(self) -> Iterator[tuple[str, int, str, float, str]]:
        """(path, bytes, stamp, mtime, refusal) of everything there."""
        if isinstance(self._store, FolderStore):
            yield from _folder_entries(self._store.root)
        elif isinstance(self._store, S3Store):
            for item in self._store.entries():
                path = item["Key"][len(self._store.prefix) :]
                yield path, item["Size"], item["ETag"], item["LastModified"].timestamp(), ""
        elif isinstance(self._store, HttpStore):
            for file in self._store.walk():
                yield file.key, file.bytes, file.stamp, file.modified, ""


def _folder_entries(root: Path) -> Iterator[tuple[str, int, str, float, str]]:
    # Strings and one look per file: with a Path of each, a sensor that looks every 30 s would do little else.
    inside = root.resolve()
    for folder, subfolders, names in os.walk(root, onerror=unreadable_folder):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        below = Path(folder).relative_to(root).as_posix()
        prefix = "" if below == "." else f"{below}/"
        for name in names:
            path, refused = f"{folder}/{name}", ""
            try:
                found = os.lstat(path)
                if stat.S_ISLNK(found.st_mode):
                    found = os.stat(path)
                    if not Path(path).resolve().is_relative_to(inside):
                        refused = "a link that leads out of the source folder"
            except (FileNotFoundError, NotADirectoryError):  # gone since it was listed, or a dangling link
                continue
            except OSError as error:  # a link to itself, for one: no reason to read nothing else
                if isinstance(error, PermissionError) and not os.path.islink(path):  # of the folder, not of the file
                    unreadable_folder(PermissionError(error.errno, error.strerror, folder))
                yield prefix + name, 0, "", 0.0, f"it cannot be read ({error.strerror})"
                continue
            if not stat.S_ISREG(found.st_mode):
                continue
            stamp = "" if abs(time.time() - found.st_mtime) < RACY_SECONDS else str(found.st_mtime_ns)
            yield prefix + name, found.st_size, stamp, found.st_mtime, refused


def unreadable_folder(error: OSError) -> None:
    # Silence would look like every document in it had been deleted.
    raise AiecoError(f"{error.filename} cannot be read ({error.strerror}): mend its permissions or move it away.")


def _is_hidden(path: str) -> bool:
    """Dot files, and the lock files that Office leaves beside an open document."""
    if "/." not in f"/{path}" and "~$" not in path:  # of a hundred thousand files, nearly all
        return False
    parts = path.rstrip("/").split("/")
    return any(part.startswith(".") and part not in (".", "..") for part in parts) or parts[-1].startswith("~$")


def _refusal(path: str, size: int) -> str:
    if path != printable(path):
        return "its name holds control or invisible characters"
    if path.startswith("/") or ".." in path.split("/"):
        return "its name leads out of the source"
    if mail := mail_of(path):
        return f"its name is that of an attachment of the mail {mail}: rename it"
    if size == 0:
        return "it is empty"
    if size > MAX_BYTES:
        return f"it is larger than {MAX_BYTES // 1024**2} MB"
    return ""


def told(ignored: Counter[str]) -> str:
    """`.mbox 3, .heic 1`: what was passed by, what is most of it first; "" where nobody would miss any of it."""
    seen = [(ending, files) for ending, files in ignored.items() if ending != _HIDDEN]
    most = sorted(seen, key=lambda one: (-one[1], one[0]))[:_MOST_ENDINGS]
    others = ["others"] if len(seen) > len(most) else []
    return ", ".join([*(f"{ending} {files:,}" for ending, files in most), *others])


def printable(path: str) -> str:
    """The path with control, invisible and undecodable characters written as escapes."""
    if path.isprintable():  # which knows no character of these categories
        return path
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character)[0] == "C" else character for character in path
    )
