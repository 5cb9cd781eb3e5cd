"""Documents of a place beside that of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel

from aieco_assets.components.scaffolding import HouseScaffolder, only_one
from aieco_assets.components.source_asset import source_defs
from aieco_assets.core.declared.sources import DOCUMENTS, checked_owner, declared_source, no_login


class DocumentSourceParams(BaseModel):
    folder: str = ""
    owner: str = ""
    description: str = ""


class DocumentSourceScaffolder(HouseScaffolder):
    of_environment = ("folder",)

    @classmethod
    def get_scaffold_params(cls) -> type[DocumentSourceParams]:
        return DocumentSourceParams

    def write(self, name: str, params: DocumentSourceParams, root: Path) -> Mapping[str, Any]:
        declared_source(DOCUMENTS, name, no_login(params.folder), root)
        said = {"owner": checked_owner(params.owner), "description": params.description}
        return {"folder": params.folder, **{key: value for key, value in said.items() if value}}


@dg.scaffold_with(DocumentSourceScaffolder)
class DocumentSource(dg.Component, dg.Model, dg.Resolvable):
    """Documents of a place beside AIECO_DOCUMENTS: a folder, s3:// or http(s)://.

    The folder's name is the source's, and the first part of the paths under which its documents are landed, cited,
    given rights and erased. `lake/documents` reads all sources together; without the declaration, what came goes.
    """

    folder: str
    owner: str = ""
    description: str = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        only_one(context, "DocumentSource")
        source = declared_source(DOCUMENTS, context.path.name, self.folder, context.defs_module_path.parents[1])
        told = self.description or "Documents of a declared source. Grain: path."
        return source_defs(context, source, told, self.owner)
