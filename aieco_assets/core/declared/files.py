"""Files of the dbt project that a scaffold writes: all of them or none, and never over what is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from aieco_assets.core.errors import AiecoError

# As Postgres keeps it whole, and MLflow and dbt take it.
_NAME = re.compile(r"[a-z][a-z0-9_]{1,49}")


def checked_name(name: str) -> str:
    """`name`, where an asset, a relation and a file can be called so. Raises AiecoError where not."""
    if not _NAME.fullmatch(name):
        raise AiecoError(f"{name!r} is no name: take 2 to 50 small letters, digits and underscores, a letter first.")
    return name


def write_new(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Writes files (text by name) that are not there yet. Raises AiecoError, with nothing written, where one is."""
    paths = {folder / name: text for name, text in texts.items()}
    if there := next((path for path in paths if path.exists()), None):
        raise AiecoError(f"{there.relative_to(folder.parents[2])} is there already: take another name, or remove it.")
    done: list[Path] = []
    try:
        for path, text in paths.items():
            done.append(path)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        for path in done:
            path.unlink(missing_ok=True)
        raise AiecoError(f"{folder} cannot be written ({error.strerror}): make it writable, or edit a copy.") from None
    return done
