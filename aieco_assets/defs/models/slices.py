"""What the gates found slice by slice, and a warning where the newest version was refused for one."""

from typing import Any

import dagster as dg

from aieco_assets.core.contracts import CHURN, CLV, RAG
from aieco_assets.core.settings import Settings


def slice_metadata(settings: Settings, name: str, version: int) -> dict[str, Any]:
    """Table and plot of a version; nothing where its gate compared none."""
    from aieco_assets.core.fairness.record import kept_slices, plot, table
    from aieco_assets.core.monitoring.chart import as_markdown
    from aieco_assets.core.registry.versions import versions

    found = next((one for one in versions(settings, name) if one.version == version), None)
    slices = kept_slices(settings, found) if found else []
    if not slices:
        return {}
    return {
        "slice_gate": dg.MetadataValue.md(table(slices)),
        "slice_plot": dg.MetadataValue.md(as_markdown(plot(slices), "this version (filled) and the champion (ring)")),
    }


def _checked(settings: Settings, name: str) -> dg.AssetCheckResult:
    from aieco_assets.core.fairness.record import kept_slices
    from aieco_assets.core.fairness.slices import worst
    from aieco_assets.core.registry.versions import versions

    newest = next(iter(versions(settings, name)), None)
    slices = kept_slices(settings, newest) if newest else []
    refused = worst(slices)
    counted = {state: sum(one.state == state for one in slices) for state in ("held", "worse", "inconclusive")}
    told = f"{newest.tags.get('gate_reason', '')}" if newest and refused else f"{len(slices)} compared: {counted}"
    return dg.AssetCheckResult(
        passed=refused is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=told,
        metadata={**counted, **(slice_metadata(settings, name, newest.version) if newest else {})},
    )


@dg.asset_check(
    asset=dg.AssetKey(["models", "churn"]),
    description="For no slice of customers the newest version is much worse than the champion; else it was refused.",
)
def churn_is_no_worse_for_a_slice(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    return _checked(settings, CHURN)


@dg.asset_check(
    asset=dg.AssetKey(["models", "clv"]),
    description="For no slice of customers the newest version is much worse than the champion; else it was refused.",
)
def clv_is_no_worse_for_a_slice(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    return _checked(settings, CLV)


@dg.asset_check(
    asset=dg.AssetKey(["evaluation", "rag"]),
    description="No language, kind of question or kind of document is answered much worse than by the champion.",
)
def rag_is_no_worse_for_a_slice(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    return _checked(settings, RAG)
