"""The folder that a training leaves: written in one move, with the recipe that its weights come of."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RECIPE_FILE = "fine_tuning.json"  # what the weights come of; a part of the version


def recipe_of(method: str, training: DataclassInstance, base: str, learned: str) -> dict[str, Any]:
    """What decides the weights. `base`: version of what is trained further; `learned`: of what it learns from."""
    return {"method": method, "base": base, "learned": learned, **asdict(training)}


def recipe_digest(recipe: Mapping[str, Any]) -> str:
    return sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:12]


def is_trained(folder: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether this training is there already, whole. Raises AiecoError where something else is."""
    if not folder.exists():
        return False
    try:
        found = json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if found != dict(recipe):
        raise AiecoError(f"{folder} holds something else than this training: name another folder with --out.")
    return True


@contextmanager
def written_in_one_move(out: Path, recipe: Mapping[str, Any]) -> Iterator[Path]:
    """The block makes the folder `made` in the one that it is given; with its recipe it then becomes `out`.

    Raises AiecoError where it can't be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as beside:
            yield Path(beside)
            made = Path(beside) / "made"
            (made / RECIPE_FILE).write_text(json.dumps(dict(recipe), indent=1, sort_keys=True), encoding="utf-8")
            os.replace(made, out)
    except OSError as error:
        raise AiecoError(f"{out} can't be written ({error.strerror or error}): name another with --out.") from None
