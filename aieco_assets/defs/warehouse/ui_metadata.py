"""What the Dagster UI shows of the warehouse's tables: rows, columns, and which columns those come from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.columns import ColumnLineage
from aieco_assets.core.storage.postgres import connect, count_rows
from aieco_assets.defs.warehouse.dbt_integration import DagsterDbtTranslator, DbtCliInvocation


def source_schema(manifest: Mapping[str, Any], key: dg.AssetKey) -> dg.TableSchema:
    """The documented columns of dbt's sources that an asset loads."""
    columns = {
        column["name"]: dg.TableColumn(column["name"], description=column["description"])
        for source in manifest["sources"].values()
        if source["config"]["meta"].get("dagster", {}).get("asset_key") == [*key.path]
        for column in source["columns"].values()
    }
    return dg.TableSchema([*columns.values()])


def shown_events(
    context: dg.AssetExecutionContext,
    invocation: DbtCliInvocation,
    settings: Settings,
    translator: DagsterDbtTranslator,
) -> Iterator[Any]:
    """The events of a dbt build, those of models with their number of rows and the lineage of their columns.

    Of a range of partitions the last one tells the lineage, which is where the UI looks: events are one for each day.
    Not by `fetch_row_counts` and `fetch_column_metadata`: they import all of dbt into this process, open connections
    for each model and its parents, and lose what comes through ephemeral models. SQL that sqlglot can't read costs a
    warning, not the run.
    """
    nodes = {**invocation.manifest["nodes"], **invocation.manifest["sources"]}
    last = context.partition_key_range.end if context.assets_def.partitions_def else None
    lineage = ColumnLineage(invocation.manifest)
    with connect(settings.warehouse, autocommit=True) as connection:
        for event in invocation.stream():
            if isinstance(event, dg.Output):
                node = nodes[event.metadata["unique_id"].value]
                if node["config"]["materialized"] != "view":
                    rows = count_rows(connection, node["schema"], node["alias"])
                    event = event.with_metadata({**event.metadata, "dagster/row_count": rows})
                try:
                    found = _lineage(lineage, node, nodes, invocation.target_path, translator)
                    context.add_asset_metadata(
                        {"dagster/column_lineage": found}, translator.get_asset_key(node), partition_key=last
                    )
                except ValueError as error:
                    context.log.warning(f"No column lineage of {node['name']}: {error}")
            yield event


def _lineage(
    lineage: ColumnLineage,
    node: Mapping[str, Any],
    nodes: Mapping[str, Any],
    target: Path,
    translator: DagsterDbtTranslator,
) -> dg.TableColumnLineage:
    compiled = target / "compiled" / node["package_name"] / node["original_file_path"]
    return dg.TableColumnLineage(
        {
            # Rows that an incremental model keeps come from itself: that says nothing.
            column: [
                dg.TableColumnDep(translator.get_asset_key(nodes[name]), of)
                for name, of in origins
                if name != node["unique_id"]
            ]
            for column, origins in lineage.of(compiled.read_text()).items()
        }
    )
