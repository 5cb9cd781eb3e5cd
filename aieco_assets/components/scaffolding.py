"""What the scaffolders share: the name is the folder's, an error is one sentence, and nothing half-written is left."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import click
import dagster as dg

from aieco_assets.core.dbt_text import checked_text
from aieco_assets.core.declarations import NAMES, refuse_unread_place
from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.declared.sources import VARIABLE
from aieco_assets.core.declared.twins import refuse_twin
from aieco_assets.core.errors import AiecoError


class HouseScaffolder(dg.Scaffolder[Any]):
    """Writes the files that `files` gives, then `defs.yaml` with the attributes that it returns."""

    # Options that may name a variable, as '{{ env.NAME }}'.
    of_environment: ClassVar[tuple[str, ...]] = ()

    def scaffold(self, request: dg.ScaffoldRequest[Any]) -> None:
        folder = request.target_path
        root = request.project_root or Path(__file__).parents[2]
        try:
            refuse_unread_place(folder, root / "aieco_assets" / "defs")
            if request.scaffold_format != "yaml":
                raise AiecoError("These components are YAML alone: leave out --format.")
            name = checked_name(folder.name)
            refuse_twin(root / "aieco_assets" / "defs", folder, request.type_name.rpartition(".")[2])
            for option, value in request.params.model_dump().items():
                for text in value if isinstance(value, list) else [value]:
                    checked_option(name, option, text, option in self.of_environment)
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


def checked_option(name: str, option: str, value: object, of_environment: bool) -> None:
    """Raises AiecoError for a text that dbt, or Dagster in `defs.yaml`, would take for a template."""
    if isinstance(value, str):
        said = VARIABLE.sub("", value) if of_environment else value
        checked_text(said, f"--{option.replace('_', '-')} of {name}")


def only_one(context: dg.ComponentLoadContext, kind: str) -> None:
    """Raises AiecoError, which names both files, where another folder declares the same: Dagster names neither."""
    refuse_twin(context.defs_module_path, context.path, kind)


def place_of(context: dg.ComponentLoadContext) -> str:
    """The declaration, as a message names it."""
    file = next((one for one in NAMES if (context.path / one).exists()), NAMES[0])
    return str((context.path / file).relative_to(context.project_root))
