"""What is said of a dbt model beside its own tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings


def manifest() -> Mapping[str, Any]:
    """dbt's manifest as the code location has read it."""
    from aieco_assets.defs.warehouse.assets import MANIFEST
    from aieco_assets.defs.warehouse.dbt_integration import validate_manifest

    return validate_manifest(MANIFEST)


def rows_check(layer: str, name: str) -> dg.AssetChecksDefinition:
    """A warning where a relation was made and is empty."""

    @dg.asset_check(asset=dg.AssetKey([layer, name]), name=f"{name}_has_rows", description="There is any row.")
    def has_rows_check(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        from aieco_assets.core.declared.contract import has_rows

        return dg.AssetCheckResult(
            passed=(filled := has_rows(settings.warehouse, layer, name)),
            severity=dg.AssetCheckSeverity.WARN,
            description=None if filled else "It has no row.",
        )

    return has_rows_check
