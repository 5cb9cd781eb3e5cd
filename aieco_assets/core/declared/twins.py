"""Two declarations of one name: the folder's name is the thing's, wherever under defs/ the folder lies."""

from __future__ import annotations

import re
from pathlib import Path

from aieco_assets.core.declarations import declaration_files
from aieco_assets.core.errors import AiecoError

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def refuse_twin(defs: Path, folder: Path, kind: str) -> None:
    """Raises AiecoError where something else under `defs` declares a thing of this kind (its component's name) and of
    the name of `folder`."""
    of_kind = re.compile(rf"^\s*type:\s*['\"]?aieco_assets\.components\.(?:\w+\.)?{kind}\b", re.MULTILINE)
    found = {}
    for path in declaration_files(defs):
        if path.parent.name != folder.name:
            continue
        if times := len(of_kind.findall(path.read_text(encoding="utf-8", errors="replace"))):
            found[path] = times
    mine = next((path for path in found if path.parent == folder), None)
    thing = f"the {_WORD.sub(' ', kind).lower()} {folder.name}"
    if other := next((path for path in found if path != mine), None):
        here, there = ((path or folder).relative_to(defs.parents[1]) for path in (mine, other))
        if mine is None:
            raise AiecoError(f"{there} declares {thing} already: take another name, or change it there.")
        raise AiecoError(f"{here} declares {thing}, which {there} declares too: rename one folder, or remove it.")
    if mine is not None and found[mine] > 1:
        raise AiecoError(f"{mine.relative_to(defs.parents[1])} declares {thing} more than once: leave one.")
