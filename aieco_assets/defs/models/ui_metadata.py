"""What a training shows in the Dagster UI: plots, tables and the model card."""

from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings


def clv_metadata(content: dict[str, Any]) -> dict[str, Any]:
    """Metadata of a clv version's content: failed candidates are in the table, with their reasons."""
    from aieco_assets.core.customers.card import calibration_plot, model_card
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart

    metrics, candidates = content["metrics"], content["candidates"]
    judged = [row for row in candidates if not row["error"]]
    labels = [*(row["candidate"] for row in judged), content["report"]["baseline"]]
    errors = [*(row["holdout_rmse"] for row in judged), metrics["naive_rmse"]]
    return {
        "model": content["model"],
        "parameters": dg.MetadataValue.json(content["parameters"] | content["spend"]["parameters"]),
        "metrics": dg.MetadataValue.json(metrics),
        "convergence": dg.MetadataValue.json(content["convergence"]),
        "holdout": dg.MetadataValue.md(as_markdown(bar_chart(labels, errors), "RMSE in purchase days per customer")),
        "calibration": dg.MetadataValue.md(as_markdown(calibration_plot(content), "calibration by decile")),
        "candidates": dg.MetadataValue.table([_record(row) for row in candidates], schema=_CANDIDATES),
        "failed_candidates": sum(bool(row["error"]) for row in candidates),
        "model_card": dg.MetadataValue.md(model_card(content)),
    }


def version_metadata(settings: Settings, name: str, trained: Any) -> dict[str, Any]:
    """Which version a training came to: what lineage tells of a model."""
    from aieco_assets.core.registry.versions import versions

    found = next(one for one in versions(settings, name) if one.version == trained.version)
    return {
        "version": trained.version,
        "champion": trained.champion,
        "sha256": found.sha256,
        "data_digest": trained.content["data_digest"],
    }


_CANDIDATES = dg.TableSchema(
    [
        dg.TableColumn("candidate", "string"),
        dg.TableColumn("holdout_rmse", "float"),
        dg.TableColumn("log_likelihood", "float"),
        dg.TableColumn("gradient", "float"),
        dg.TableColumn("error", "string"),
    ]
)


def _record(row: dict[str, Any]) -> dg.TableRecord:
    return dg.TableRecord({column.name: row.get(column.name) for column in _CANDIDATES.columns})
