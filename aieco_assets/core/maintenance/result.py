"""What a piece of maintenance removed, or would remove."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Freed:
    """`what`: in words, plural. `bytes`: of files, or of rows as Postgres stores them; it fills their place again."""

    what: str
    items: int = 0
    bytes: int = 0


def size_of(paths: Iterable[Path]) -> int:
    """Bytes of files, and of the files in folders; what vanishes meanwhile counts nothing."""
    total = 0
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            try:
                total += file.stat().st_size if file.is_file() else 0
            except FileNotFoundError:
                continue
    return total
