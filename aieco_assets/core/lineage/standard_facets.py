"""Facets of OpenLineage (and ours), each by its name, from plain records. Imports the library: import it late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    datasource_dataset,
    documentation_dataset,
    documentation_job,
    error_message_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    ownership_dataset,
    ownership_job,
    parent_run,
    schema_dataset,
)

from aieco_assets.core.lineage.custom_facets import ModelVersionFacet, PartitionsFacet
from aieco_assets.core.lineage.records import AssetNode, Check, Column, MadeAsset

Facets = dict[str, Any]
_DAY = "%Y-%m-%d"


def of_job(processing: str, kind: str, node: AssetNode | None = None) -> Facets:
    """`processing`: BATCH or SERVICE; `kind`: what our own jobs are told apart by."""
    facets: Facets = {"jobType": job_type_job.JobTypeJobFacet(processing, "DAGSTER", kind)}
    if node and node.description:
        facets["documentation"] = documentation_job.DocumentationJobFacet(node.description)
    if node and node.owners:
        owners = [ownership_job.Owner(name, "MAINTAINER") for name in node.owners]
        facets["ownership"] = ownership_job.OwnershipJobFacet(owners)
    return facets


def of_dataset(node: AssetNode, columns: Sequence[Column] = ()) -> Facets:
    """`columns`: as a run has seen them, where it has."""
    facets: Facets = {}
    if node.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(node.description)
    if node.owners:
        owners = [ownership_dataset.Owner(name, "MAINTAINER") for name in node.owners]
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet(owners)
    if node.kinds:  # which kinds of store, without an address
        kinds = "+".join(node.kinds)
        facets["dataSource"] = datasource_dataset.DatasourceDatasetFacet(kinds, f"urn:aieco:kind:{kinds}")
    if fields := [
        schema_dataset.SchemaDatasetFacetFields(one.name, one.type or None, one.description or None)
        for one in columns or node.columns
    ]:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields)
    return facets


def of_output(made: MadeAsset, namespace: str) -> Facets:
    """What a run adds to the facets of a dataset that it made."""
    facets = version(str(made.model.get("version") or made.version))
    if made.column_edges:
        facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(
            {
                name: column_lineage_dataset.Fields(
                    [column_lineage_dataset.InputField(namespace, key, column) for key, column in origins]
                )
                for name, origins in made.column_edges.items()
            }
        )
    return {**facets, **_model(made)}


def statistics(made: MadeAsset) -> Facets:
    if made.rows is None and made.bytes is None:
        return {}
    return {
        "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(made.rows, made.bytes)
    }


def partitions(made: MadeAsset) -> Facets:
    """The range of partitions; of days also as the time that the run is about."""
    if made.partitions is None:
        return {}
    facets: Facets = {"aieco_partitions": PartitionsFacet(*made.partitions, made.partition_count)}
    try:
        first, last = (datetime.strptime(day, _DAY).replace(tzinfo=timezone.utc) for day in made.partitions)
    except ValueError:
        return facets
    return {**facets, "nominalTime": nominal_time_run.NominalTimeRunFacet(first.isoformat(), last.isoformat())}


def assertions(checks: Sequence[Check]) -> Facets:
    quality = data_quality_assertions_dataset
    found = [
        quality.Assertion(one.name, one.passed, name=one.name, severity="error" if one.is_blocking else "warn")
        for one in checks
    ]
    return {"dataQualityAssertions": quality.DataQualityAssertionsDatasetFacet(found)}


def version(text: str) -> Facets:
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(text)} if text else {}


def parent(run_id: str, job: str, namespace: str) -> Facets:
    run = parent_run.Run(run_id)
    return {"parent": parent_run.ParentRunFacet(run, parent_run.Job(namespace, job))}


def error(kind: str) -> Facets:
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(kind, "python")}


def _model(made: MadeAsset) -> Facets:
    facts: Mapping[str, Any] = made.model
    if not facts:
        return {}
    name, number = made.key.rpartition("/")[2], facts["version"]
    facet = ModelVersionFacet(
        name=name,
        version=number,
        champion=facts.get("champion"),
        sha256=facts.get("sha256"),
        dataDigest=facts.get("data_digest"),
        trainedOn=facts.get("trained_on"),
    )
    return {"aieco_modelVersion": facet}
