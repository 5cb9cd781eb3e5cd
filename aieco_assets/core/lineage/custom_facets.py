"""Facets of ours, beside those of OpenLineage; docs/lineage.schema.json describes each."""

from __future__ import annotations

from typing import Any

import attr
from openlineage.client.facet_v2 import DatasetFacet, RunFacet, set_producer

PRODUCER = "urn:aieco"
set_producer(PRODUCER)  # of the library's own facets, too


def _described_as(name: str) -> staticmethod[[], str]:
    return staticmethod(lambda: f"urn:aieco:lineage:1#/$defs/{name}")


@attr.define
class ModelVersionFacet(DatasetFacet):
    """The registered version that a run made, or found to be there already."""

    name: str
    version: int
    champion: bool | None = None
    sha256: str | None = None
    dataDigest: str | None = None
    trainedOn: str | None = None

    _get_schema = _described_as("ModelVersionDatasetFacet")


@attr.define
class PartitionsFacet(RunFacet):
    """The partitions that a run made, as a range."""

    first: str
    last: str
    count: int

    _get_schema = _described_as("PartitionsRunFacet")


@attr.define
class AnswerFacet(RunFacet):
    """An answer of the service: what was asked, as the log has it, and what vouches for it."""

    traceId: str
    question: str
    outcome: str
    verified: bool
    abstained: bool
    arm: str
    knowledgeVersion: int | None
    models: dict[str, str]
    versions: dict[str, int]

    _get_schema = _described_as("AnswerRunFacet")


@attr.define
class CitationsFacet(RunFacet):
    """What an answer quotes: each with document, its sha256, page, start, end and quote."""

    count: int
    citations: list[dict[str, Any]]

    _get_schema = _described_as("CitationsRunFacet")
