"""A declared source as the graph shows it: an asset that others make and ours are made from."""

from __future__ import annotations

import dagster as dg

from aieco_assets.core.declared.sources import DeclaredSource, checked_owner
from aieco_assets.defs.catalog import OWNERS


def source_asset(layer: str, source: DeclaredSource, description: str, owner: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        [layer, source.name],
        group_name="sources",
        kinds={source.storage},
        owners=[checked_owner(owner)] if owner else list(OWNERS),
        description=description,
        metadata={"place": source.shown},  # for the UI: who asks for the lineage elsewhere is not told it
    )
