"""Names that are not known, told with those that are near."""

from __future__ import annotations

from collections.abc import Iterable


def one_of(value: str, known: Iterable[str], kind: str) -> str:
    """The value, when it is known. Raises ValueError with the nearest known ones."""
    from rapidfuzz import process

    names = sorted(known)
    if value in names:
        return value
    near = [name for name, _, _ in process.extract(value, names, limit=3, score_cutoff=60)] or names
    raise ValueError(f"{value!r} is no {kind}: write {' or '.join(near) if len(near) < 3 else ', '.join(near)}")
