"""OpenLineage events of literal records: what they say, that they are valid, and that a repeat is the same event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aieco_assets.core.lineage.events import answer_events, graph_events, run_events
from aieco_assets.core.lineage.rebuild import differences, graph_of, rebuild
from aieco_assets.core.lineage.records import AnswerRecord, Cited
from tests.core.lineage.literal import BROKEN, NAMESPACE, NODES, RUN, rebuilt

BY_KEY = {node.key: node for node in NODES}
ANSWER = AnswerRecord(
    7, "t-1", 1_764_200_100.0, 0.25, "How many days?", "verified", True, False, "champion", 4,
    {"llm": "smollm2"}, {"llm": 1, "embedder": 2}, 2,
    (Cited("policies/leave.md", "a" * 64, 1, 0, 12, "Thirty days."), Cited("", "", 2, 5, 9, "")),
)  # fmt: skip
SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "lineage.schema.json").read_text())


def events() -> list[dict[str, Any]]:
    graph = graph_events(NODES, NAMESPACE, 1_764_100_000.0)
    return [*graph, *run_events(RUN, BY_KEY, NAMESPACE), *run_events(BROKEN, BY_KEY, NAMESPACE),
            *answer_events(ANSWER, NAMESPACE)]  # fmt: skip


def ended(job: str, state: str = "COMPLETE") -> dict[str, Any]:
    (found,) = [one for one in events() if one.get("eventType") == state and one["job"]["name"] == job]
    return found


def own_facets(value: Any) -> list[dict[str, Any]]:
    """Facets of ours, wherever they are."""
    if isinstance(value, list):
        return [found for one in value for found in own_facets(one)]
    if not isinstance(value, dict):
        return []
    mine = [value] if str(value.get("_schemaURL", "")).startswith("urn:aieco") else []
    return [*mine, *(found for one in value.values() for found in own_facets(one))]


@pytest.mark.parametrize("at", range(len(events())))
def test_every_event_is_what_the_classes_of_openlineage_make_of_it(at: int) -> None:
    event = json.loads(json.dumps(events()[at]))
    assert rebuilt(event) == event
    assert event["schemaURL"].startswith("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/")


def test_facets_of_ours_are_as_their_schema_says() -> None:
    found = own_facets(events())
    assert {one["_schemaURL"].rpartition("/")[2] for one in found} == set(SCHEMA["$defs"])
    for one in found:
        assert one["_schemaURL"].startswith(SCHEMA["$id"] + "#")
        name = one["_schemaURL"].rpartition("/")[2]
        jsonschema.validate(one, {**SCHEMA["$defs"][name], "$schema": SCHEMA["$schema"]})


def test_what_is_made_again_of_the_same_records_is_the_same_event() -> None:
    assert events() == events()
    assert len({one["run"]["runId"] for one in events() if "run" in one}) == 8


def test_an_asset_says_rows_columns_partitions_version_and_where_its_columns_come_from() -> None:
    event = ended("marts/orders")
    (output,) = event["outputs"]
    facets = output["facets"]
    assert [(one["name"], one.get("type")) for one in facets["schema"]["fields"]] == [
        ("order_id", "text"),
        ("amount", "numeric"),
    ]
    assert [one["field"] for one in facets["columnLineage"]["fields"]["amount"]["inputFields"]] == ["price", "quantity"]
    assert (facets["version"]["datasetVersion"], facets["dataSource"]["name"]) == ("abc", "dbt+postgres")
    assert facets["ownership"]["owners"][0]["name"] == "team:data-platform"
    assert facets["documentation"]["description"] == "Orders. Grain: one order."
    statistics = output["outputFacets"]["outputStatistics"]
    assert (statistics["rowCount"], statistics["size"]) == (12, 345)
    assert event["run"]["facets"]["aieco_partitions"]["count"] == 26
    assert event["run"]["facets"]["nominalTime"]["nominalEndTime"] == "2025-11-26T00:00:00+00:00"
    parent = event["run"]["facets"]["parent"]
    assert (parent["run"]["runId"], parent["job"]["name"]) == (RUN.run_id, "dagster/retail_day")


def test_a_prediction_names_the_version_of_the_model_that_made_it() -> None:
    assert ended("models/clv")["outputs"][0]["facets"]["aieco_modelVersion"]["version"] == 3
    inputs = {one["name"]: one["facets"] for one in ended("predictions/customers")["inputs"]}
    assert inputs["models/clv"]["version"]["datasetVersion"] == "3"
    assert inputs["marts/orders"] == {}


def test_checks_are_assertions_on_what_they_read() -> None:
    (checked,) = ended("marts/orders/checks")["inputs"]
    found = checked["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [(one["assertion"], one["success"], one["severity"]) for one in found] == [
        ("amounts_add_up", True, "error"),
        ("few_returns", False, "warn"),
    ]


def test_a_failure_says_its_kind_and_which_run_it_tried_again() -> None:
    assert ended("marts/orders", "FAIL")["run"]["facets"]["errorMessage"]["message"] == "UniqueViolation"
    run = ended("dagster/retail_day", "FAIL")["run"]
    assert run["facets"]["parent"]["run"]["runId"] == RUN.run_id


def test_an_answer_names_question_quote_page_and_the_versions_behind_it() -> None:
    event = ended("answer")
    facets = event["run"]["facets"]
    assert (facets["aieco_answer"]["question"], facets["aieco_answer"]["knowledgeVersion"]) == ("How many days?", 4)
    first, second = facets["aieco_citations"]["citations"]
    assert (first["document"], first["page"], first["quote"]) == ("policies/leave.md", 1, "Thirty days.")
    assert (second["document"], second["quote"], second["page"]) == ("", "", 2)
    versions = {one["name"]: one["facets"]["version"]["datasetVersion"] for one in event["inputs"]}
    assert versions == {"knowledge/index": "4", "models/embedder": "2", "models/llm": "1"}


def test_the_graph_is_in_the_events_and_a_missing_edge_is_seen() -> None:
    known = graph_of(NODES, {"marts/orders": RUN.made[0].column_edges})
    told = rebuild(reversed(events()))
    assert differences(told, known) == []
    assert (len(told.assets), len(told.edges), len(told.column_edges)) == (4, 4, 2)
    told.edges.remove(("models/clv", "predictions/customers"))
    del told.columns["marts/orders"]
    assert differences(told, known) == [
        "in Dagster alone: edge models/clv -> predictions/customers",
        "in Dagster alone: columns marts/orders: order_id, amount",
    ]
