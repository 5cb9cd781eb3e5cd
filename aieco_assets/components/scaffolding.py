"""What the scaffolders share: the name is the folder's, an error is one sentence, and nothing half-written is left."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import dagster as dg

from aieco_assets.core.declarations import NAMES, refuse_unread_place
from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.errors import AiecoError


class HouseScaffolder(dg.Scaffolder[Any]):
    """Writes the files that `files` gives, then `defs.yaml` with the attributes that it returns."""

    def scaffold(self, request: dg.ScaffoldRequest[Any]) -> None:
        folder = request.target_path
        root = request.project_root or Path(__file__).parents[2]
        try:
            refuse_unread_place(folder, root / "aieco_assets" / "defs")
            if request.scaffold_format != "yaml":
                raise AiecoError("These components are YAML alone: leave out --format.")
            name = checked_name(folder.name)
            attributes = self.write(name, request.params, root)
        except AiecoError as error:
            _remove_empty(folder)
            raise click.ClickException(str(error)) from None
        dg.scaffold_component(request, dict(attributes))

    @abstractmethod
    def write(self, name: str, params: Any, root: Path) -> Mapping[str, Any]:
        """Writes what the component is made of into the project at `root`; its attributes. Raises AiecoError."""


def _remove_empty(folder: Path) -> None:
    """The folder that dg has made already, and those above it that hold nothing else."""
    for made in (folder.resolve(), *folder.resolve().parents):
        if any(made.iterdir()):
            return
        made.rmdir()


def place_of(context: dg.ComponentLoadContext) -> str:
    """The declaration, as a message names it."""
    file = next((one for one in NAMES if (context.path / one).exists()), NAMES[0])
    return str((context.path / file).relative_to(context.project_root))
