"""What an asset says that can't be made yet though nothing is wrong: it is made, empty, with the reason beside it.

A failed asset would keep every run of a young shop from ending well; `aieco run` and `aieco status` show the reason.
"""

import dagster as dg

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

# Name of the reason among an asset's metadata.
WAITS = "waits"


def waiting(context: dg.AssetExecutionContext, reason: AiecoError) -> dg.MaterializeResult:
    """No rows; `reason` says in one sentence what is needed and what there is."""
    context.log.warning(str(reason))
    return dg.MaterializeResult(metadata={"dagster/row_count": 0, "changed": 0, WAITS: str(reason)})


def waiting_for_champion(context: dg.AssetExecutionContext, settings: Settings, model: str) -> dg.MaterializeResult:
    """Nobody is scored without a champion: the reason is the model's own where it waits, else what its gate said."""
    from aieco_assets.core.registry.models import no_champion

    event = context.instance.get_latest_materialization_event(dg.AssetKey(["models", model]))
    made = event.asset_materialization if event else None
    waits = made.metadata.get(WAITS) if made else None
    if waits is not None:
        return waiting(context, AiecoError(f"Nobody is scored without a champion of model {model}. {waits.value}"))
    return waiting(context, no_champion(settings, model))
