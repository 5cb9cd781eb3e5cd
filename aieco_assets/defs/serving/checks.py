"""What must hold before a bento may be deployed."""

import dagster as dg

from aieco_assets.core.settings import Settings


@dg.asset_check(
    asset=dg.AssetKey(["serving", "bento"]),
    blocking=True,
    description="The bento holds bento/, aieco_assets/core and champions.json, byte for byte, and nothing else.",
)
def bento_holds_exactly_its_sources(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.serving.package import latest_bento, strays

    path = latest_bento(settings)
    wrong = strays(path)
    return dg.AssetCheckResult(
        passed=not wrong,
        metadata={"tag": f"aieco:{path.name}", "wrong_files": dg.MetadataValue.json(wrong[:50]), "count": len(wrong)},
    )
