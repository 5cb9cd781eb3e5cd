"""What must hold of the embedder before it embeds anything, and of the clv champion before it scores anybody."""

import math

import dagster as dg

from aieco_assets.core.contracts import CLV
from aieco_assets.core.settings import Settings

EMBEDDER_KEY = dg.AssetKey(["models", "embedder"])
CLV_KEY = dg.AssetKey(["models", "clv"])
# The naive baseline may be this much better before it is worth a warning: holdouts of a few hundred customers vary.
MARGIN = 0.05
NO_CHAMPION = "There is no champion yet; nobody is scored."


@dg.asset_check(
    asset=EMBEDDER_KEY, blocking=True, description="The vectors in use are those that sentence-transformers computes."
)
def vectors_are_those_of_sentence_transformers(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.embeddings.parity import compare

    parity = compare(settings)
    return dg.AssetCheckResult(
        passed=parity.holds, metadata={"backend": parity.backend, "lowest_cosine": parity.lowest_cosine}
    )


@dg.asset_check(asset=CLV_KEY, blocking=True, description="Every parameter of the champion is a positive number.")
def clv_parameters_are_positive_numbers(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.registry.models import champion, load_json

    version = champion(settings, CLV)
    if version is None:
        return dg.AssetCheckResult(passed=True, description=NO_CHAMPION)
    content = load_json(settings, version)
    parameters = content["parameters"] | content.get("spend", {}).get("parameters", {})
    wrong = {name: value for name, value in parameters.items() if not (math.isfinite(value) and value > 0)}
    return dg.AssetCheckResult(
        passed=not wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"version": version.version, "parameters": dg.MetadataValue.json(parameters)},
    )


@dg.asset_check(
    asset=CLV_KEY, description="On its holdout the champion foresaw purchases no worse than past rates did."
)
def clv_is_no_worse_than_naive(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.registry.models import champion, load_json

    version = champion(settings, CLV)
    if version is None:
        return dg.AssetCheckResult(passed=True, description=NO_CHAMPION)
    content = load_json(settings, version)
    ours, naive = content["metrics"]["holdout_rmse"], content["metrics"]["naive_rmse"]
    return dg.AssetCheckResult(
        passed=ours <= naive * (1 + MARGIN),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"RMSE {ours:.3f} purchase days per customer; past rates {naive:.3f}.",
        metadata={"version": version.version, "holdout_rmse": ours, "naive_rmse": naive},
    )
