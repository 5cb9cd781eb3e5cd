"""How well the verification of free sentences tells what the documents support, by labelled sentences."""

import time
from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.models.tracking import tracked
from aieco_assets.defs.retries import retried

KEY = dg.AssetKey(["evaluation", "verification"])


@dg.asset(
    **catalog("evaluation/verification", {"mlflow", "postgres"}),
    description="The verifier in use held against labelled sentences: `labels.jsonl` of the document source, else the "
    "sample's. Grain: one row per evaluation; the same labels, weights and embedder are evaluated once.",
    deps=[["models", "embedder"]],
)
@retried
def verification(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.evaluation.verification import evaluate_verification
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart

    started = time.perf_counter()
    with tracked(context, mlflow) as provenance:
        found = evaluate_verification(settings, provenance, lambda done, of: context.log.debug(f"{done} of {of} read"))
    supported, unsupported = found.summary["supported"], found.summary["unsupported"]
    context.log.info(f"{found.source}: kept {supported}, shown {unsupported}{' (as before)' if found.reused else ''}")
    flaws = found.summary["by_flaw"]
    shown = {flaw: told["shown"] / told["n"] for flaw, told in flaws.items()}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": supported["n"] + unsupported["n"],
            "changed": 0 if found.reused else supported["n"] + unsupported["n"],
            "labels": found.source,
            **found.shares,
            "by_flaw": dg.MetadataValue.json(flaws),
            "shown": dg.MetadataValue.md(
                as_markdown(bar_chart(list(shown), list(shown.values())), "share that is shown")
            ),
            "seconds": round(time.perf_counter() - started, 2),
        },
        data_version=dg.DataVersion(found.fingerprint[:32]),
    )


@dg.asset_check(asset=KEY, description="Hardly any unsupported sentence is shown.")
def unsupported_sentences_are_hardly_shown(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.evaluation.verification import evaluate_verification

    found = evaluate_verification(settings)
    return dg.AssetCheckResult(
        passed=found.passed, severity=dg.AssetCheckSeverity.WARN, metadata={"labels": found.source, **found.shares}
    )
