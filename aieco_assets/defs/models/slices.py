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


def slice_check(name: str) -> dg.AssetChecksDefinition:
    """That of a customer model by its name."""

    @dg.asset_check(
        asset=dg.AssetKey(["models", name]),
        name=f"{name}_is_no_worse_for_a_slice",
        description="For no slice of customers the newest version is much worse than the champion; else it is refused.",
    )
    def is_no_worse_for_a_slice(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        return _checked(settings, name)

    return is_no_worse_for_a_slice


churn_is_no_worse_for_a_slice = slice_check(CHURN)
clv_is_no_worse_for_a_slice = slice_check(CLV)


@dg.asset_check(
    asset=dg.AssetKey(["evaluation", "rag"]),
    description="No language, kind of question or kind of document is answered much worse than by the champion.",
)
def rag_is_no_worse_for_a_slice(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    return _checked(settings, RAG)
