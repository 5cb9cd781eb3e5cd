"""What a GraphQL request wants to do: the fields of its mutations, each with the act that it takes.

Every operation of a document counts, whichever of them is named to be executed, so that no name can hide one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.roles import Act

if TYPE_CHECKING:
    from graphql import DocumentNode, SelectionSetNode

_MOST_TOKENS = 20_000
# Dagster's mutations (dagster-graphql 1.13). One that is not here takes `administer`, as does each that comes anew.
DAGSTER: dict[str, Act] = {
    **dict.fromkeys(("logTelemetry", "setNuxSeen"), "inspect"),  # the pages send them of themselves
    **dict.fromkeys(
        (
            *("launchRun", "launchMultipleRuns", "launchPipelineExecution", "launchPartitionBackfill"),
            *("launchRunReexecution", "launchPipelineReexecution", "reexecutePartitionBackfill"),
            *("resumePartitionBackfill", "cancelPartitionBackfill"),
            *("terminateRun", "terminateRuns", "terminatePipelineExecution"),
            *("startSchedule", "stopRunningSchedule", "resetSchedule", "scheduleDryRun"),
            *("startSensor", "stopSensor", "resetSensor", "setSensorCursor", "sensorDryRun"),
            *("setAutoMaterializePaused", "setConcurrencyLimit", "deleteConcurrencyLimit"),
            *("freeConcurrencySlots", "freeConcurrencySlotsForRun"),
            *("reloadRepositoryLocation", "reloadWorkspace", "addDynamicPartition"),
        ),
        "operate",
    ),
}
# Mutations in MLflow's GraphQL that only read (mlflow 3.17).
MLFLOW: dict[str, Act] = {"mlflowSearchRuns": "inspect", "mlflowSearchDatasets": "inspect"}


def wants(payload: Any, table: Mapping[str, Act], reading_only: bool = False) -> dict[str, Act]:
    """The mutations of one request, or of a batch of them, with what each takes; none for what only reads.

    Raises AiecoError for what is no GraphQL request that can be read, and with `reading_only` for one that writes.
    """
    requests = payload if isinstance(payload, list) else [payload]
    if not requests or not all(isinstance(one, dict) and isinstance(one.get("query"), str) for one in requests):
        raise AiecoError("A GraphQL request is a JSON object with the text `query`.")
    fields = {name for one in requests for name in _mutations(_parsed(one["query"]))}
    if fields and reading_only:
        raise AiecoError("Only reading is possible here: send mutations by POST.")
    return {name: table.get(name, "administer") for name in sorted(fields)}


def read_json(body: bytes) -> Any:
    """Raises AiecoError for what is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise AiecoError("The body is no JSON.") from None


def _parsed(query: str) -> DocumentNode:
    from graphql import GraphQLError, parse

    try:
        return parse(query, no_location=True, max_tokens=_MOST_TOKENS)
    except (GraphQLError, RecursionError):
        raise AiecoError("The query is no GraphQL, or too long.") from None


def _mutations(document: DocumentNode) -> Iterator[str]:
    from graphql import FragmentDefinitionNode, OperationDefinitionNode, OperationType

    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    for one in document.definitions:
        if isinstance(one, OperationDefinitionNode):
            if one.operation is OperationType.MUTATION:
                yield from _fields(one.selection_set, fragments, set())
        elif not isinstance(one, FragmentDefinitionNode):
            raise AiecoError("A query holds operations and fragments, and nothing else.")


def _fields(selected: SelectionSetNode, fragments: Mapping[str, Any], inside: set[str]) -> Iterator[str]:
    from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

    for one in selected.selections:
        if isinstance(one, FieldNode):
            yield one.name.value  # its own name, whatever its alias
        elif isinstance(one, InlineFragmentNode):
            yield from _fields(one.selection_set, fragments, inside)
        elif isinstance(one, FragmentSpreadNode):
            name = one.name.value
            if name not in fragments:
                raise AiecoError(f"The query has no fragment {name[:60]}.")
            if name not in inside:
                yield from _fields(fragments[name].selection_set, fragments, {*inside, name})
