"""A home that was moved takes its Postgres cluster along, wherever that lay.

A cluster lies in its home, but for root's private homes, whose folders the server's user can't enter: then it lies
outside, in a folder named after the home's path. `postgres/cluster` of a home says where.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from aieco_assets.core.errors import AiecoError


def remember(folder: Path, data: Path) -> None:
    """Writes down that the cluster of the home with this `postgres` folder lies at `data`."""
    (folder / "cluster").write_text(f"{folder}\n{data}")


def bring_along(
    folder: Path, data: Path, stop: Callable[[Path], None], written_by_earlier_releases: Path | None = None
) -> None:
    """Moves the cluster to `data` where the home has one that lies elsewhere; `stop` ends a server that runs on it.

    Earlier releases wrote down nothing, and named the folder outside after the path as it was given, links and all.

    Raises AiecoError for a home that has lost its cluster, and for the copy of one that is still there.
    """
    if (data / "PG_VERSION").exists():
        return
    written = _read(folder)
    inside = folder / "data"
    if (inside / "PG_VERSION").exists():
        found = inside
    elif written is None:
        found = written_by_earlier_releases
        if not (found and (found / "PG_VERSION").exists() and (folder / "password").exists()):
            return
    else:
        owner, found = written
        if not (found / "PG_VERSION").exists():
            raise AiecoError(
                f"The Postgres cluster of {folder.parent} lay in {found} and is gone: put it back, or remove "
                f"{folder} to begin with an empty warehouse."
            )
        if (owner / "cluster").exists() and not owner.samefile(folder):
            raise AiecoError(
                f"{folder.parent} is a copy of {owner.parent}, whose Postgres cluster lies in {found}: use the "
                f"original, or move that away first, or remove {folder} to begin with an empty warehouse."
            )
    stop(found)
    data.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(found, data)


def copied_from(data: Path) -> Path | None:
    """The cluster that `data` was copied from while its server ran, as the server's pid file names it.

    None for one that was not copied, or only moved: what its file names is itself, or gone.
    """
    try:
        origin = (data / "postmaster.pid").read_text().splitlines()[1]
    except (FileNotFoundError, IndexError):
        return None
    return Path(origin) if os.path.exists(origin) and not os.path.samefile(origin, data) else None


def refuse_torn_copy(folder: Path, data: Path) -> None:
    """Raises AiecoError for such a copy: its pid file names the original's server, which is not to be taken for ours,
    and its files are of different moments."""
    if origin := copied_from(data):
        raise AiecoError(
            f"{folder.parent} was copied while the Postgres of {origin} ran, so that its files are of different "
            "moments: remove the copy, run `aieco down` for the original, and copy it again."
        )


def _read(folder: Path) -> tuple[Path, Path] | None:
    try:
        owner, data = (folder / "cluster").read_text().splitlines()
    except (FileNotFoundError, ValueError):
        return None
    return Path(owner), Path(data)
