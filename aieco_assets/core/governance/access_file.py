"""What `access.yaml` at the root of the document source reads, or why it can't be read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.rights import FILE
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import FolderStore, readable_store, source_store

_MOST_BYTES = 1_000_000
# What people call it by mistake; a few names, for they are looked for four times a second.
_MISNAMED = ("access.yml", "Access.yaml", "Access.yml", "ACCESS.YAML", "ACCESS.YML", "access.yaml.txt")
Text = tuple[str | None, str]  # the file's text, None where there is none, and what is wrong with it
NO_RULES: Text = (None, "")


def of_source(settings: Settings) -> Text:
    """Raises AiecoError when the source can't be reached, or its folder is empty."""
    store = source_store(settings.documents_source, "AIECO_DOCUMENTS", settings)
    if isinstance(store, FolderStore):
        found = of_folder(store.root)
        if found is None:
            raise AiecoError(f"{store.root} is empty: put documents there or mend AIECO_DOCUMENTS.")
        return found
    return _decoded(store.get(FILE)) if store.exists(FILE) else NO_RULES


def source_folder(settings: Settings) -> Path | None:
    """The source where it is a folder that can be seen from here."""
    if urlsplit(settings.documents_source).scheme in ("s3", "http", "https"):
        return None
    store = readable_store(settings.documents_source, "AIECO_DOCUMENTS", settings)
    return store.root if isinstance(store, FolderStore) and os.path.isdir(store.root) else None


def of_folder(root: Path) -> Text | None:
    """None where the folder is empty, as one is whose disk is not there: then nobody can tell."""
    try:
        # Without waiting: a pipe of that name would hold up every reader until somebody writes into it.
        with open(os.open(root / FILE, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "", f"{FILE} is no file"
            return _decoded(file.read(_MOST_BYTES + 1))
    except FileNotFoundError:
        return _of_folder_without(root)
    except OSError as error:
        return "", f"{FILE} cannot be read ({error.strerror})"


def _of_folder_without(root: Path) -> Text | None:
    """Of a folder in which no file of that name can be opened: whoever put something like it there meant rules."""
    if os.path.islink(root / FILE):
        return "", f"{FILE} is a link to a file that is not there"
    if found := next((name for name in _MISNAMED if os.path.lexists(root / name)), ""):
        return "", f"{found} is not read: its name must be {FILE}"
    try:
        return NO_RULES if any(os.scandir(root)) else None
    except OSError:
        return None


def _decoded(data: bytes) -> Text:
    if len(data) > _MOST_BYTES:
        return "", f"{FILE} has more than {_MOST_BYTES:,} bytes"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "", f"{FILE} is no UTF-8 text"
    return (text, "") if "\0" not in text else ("", f"{FILE} holds characters that are none of a text")
