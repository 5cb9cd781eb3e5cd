"""How well the published knowledge base answers: golden questions, per-question rows, and the gate."""

import time
from typing import Any

import dagster as dg

from aieco_assets.core.contracts import RAG
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.models.slices import slice_metadata
from aieco_assets.defs.models.tracking import tracked
from aieco_assets.defs.retries import retried

KEY = dg.AssetKey(["evaluation", "rag"])


@dg.asset(
    **catalog("evaluation/rag", {"mlflow", "postgres"}),
    description="Answers to the golden questions held against pages and numbers. Grain: one row per question in "
    "evaluation.rag_questions; the same knowledge, models, questions and code are evaluated once.",
    deps=[["knowledge", "index"], ["models", "llm"]],
)
@retried
def rag(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], mlflow: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    from aieco_assets.core.evaluation.golden import evaluate_published
    from aieco_assets.core.evaluation.records import metrics_of
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart

    started = time.perf_counter()
    with tracked(context, mlflow) as provenance:
        found = evaluate_published(settings, provenance, lambda done, of: context.log.debug(f"{done} of {of} asked"))
    metrics = metrics_of(found.summary)
    shown = {name: value for name, value in metrics.items() if name.endswith("_share") or name.startswith("recall")}
    context.log.info(f"{found.kind}: {metrics}{' (as evaluated before)' if found.reused else ''}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": found.summary["questions"],
            "changed": 0 if found.reused else max(1, found.summary["questions"]),
            "kind": found.kind,
            "passed": found.passed,
            "rag_version": found.rag_version,
            "golden_version": found.summary.get("golden_version", ""),
            "metrics": dg.MetadataValue.json(metrics),
            "shares": dg.MetadataValue.md(as_markdown(bar_chart(list(shown), list(shown.values())), "shares, 0 to 1")),
            "missed": dg.MetadataValue.json(
                [row["question"] for row in found.summary["rows"] if not row["correct"]][:20]
            ),
            **slice_metadata(settings, RAG, found.rag_version),
            "seconds": round(time.perf_counter() - started, 2),
        },
        data_version=dg.DataVersion(found.fingerprint[:32]),
    )


@dg.asset_check(asset=KEY, blocking=True, description="No answer holds a number that none of its quotes has.")
def no_number_is_invented(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.evaluation.records import latest_evaluation

    found = latest_evaluation(settings)
    return dg.AssetCheckResult(
        passed=found.summary["unsupported_numbers"] == 0,
        metadata={"unsupported_numbers": found.summary["unsupported_numbers"], "kind": found.kind},
    )


@dg.asset_check(
    asset=KEY,
    blocking=True,
    description="Enough golden questions are answered rightly; without any, pages are found by their own sentences.",
)
def enough_is_answered(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.evaluation.records import latest_evaluation, metrics_of

    found = latest_evaluation(settings)
    return dg.AssetCheckResult(
        passed=found.passed, metadata={"kind": found.kind, "metrics": dg.MetadataValue.json(metrics_of(found.summary))}
    )
