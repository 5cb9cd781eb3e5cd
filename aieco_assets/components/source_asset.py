"""A declared source as the graph shows it: an asset that others make and ours are made from."""

from __future__ import annotations

import dagster as dg

from aieco_assets.components.scaffolding import place_of
from aieco_assets.core.declared.sources import SPELLINGS, DeclaredSource, checked_owner, read_sources
from aieco_assets.core.errors import AiecoError
from aieco_assets.defs.catalog import OWNERS


def source_defs(
    context: dg.ComponentLoadContext, source: DeclaredSource, description: str, owner: str
) -> dg.Definitions:
    """Its asset. Raises AiecoError where landing, which reads declarations without Dagster, sees another source or
    none: an asset would stand in the graph, and what it says would not be so."""
    if source not in read_sources(context.defs_module_path, source.kind):
        raise AiecoError(
            f"{place_of(context)} declares {source.name} in a way that landing does not read: write "
            f"{SPELLINGS[source.kind][0]} as its type and, in what it says, no template but '{{{{ env.NAME }}}}'."
        )
    asset = dg.AssetSpec(
        [source.layer, source.name],
        group_name="sources",
        kinds={source.storage},
        owners=[checked_owner(owner)] if owner else list(OWNERS),
        description=description,
        metadata={"place": source.shown},  # for the UI: who asks for the lineage elsewhere is not told it
    )
    return dg.Definitions(assets=[asset])
