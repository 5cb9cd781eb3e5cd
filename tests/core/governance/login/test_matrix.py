"""Every role against every mutation of Dagster's own schema and the kinds of routes of the parts behind the login."""

from __future__ import annotations

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login import graphql, paths
from aieco_assets.core.governance.login.roles import ACTS, ROLES, Person, Role

DESTROYING = {"wipeAssets", "deleteRun", "deletePipelineRun", "shutdownRepositoryLocation", "deleteDynamicPartitions"}
# (method, path, the roles that may)
ROUTES = [
    ("GET", "/", "viewer analyst operator approver admin"),
    ("POST", "/answer", "viewer analyst operator approver admin"),
    ("POST", "/mcp", "viewer analyst operator approver admin"),
    ("POST", "/agent", "viewer analyst operator approver admin"),
    ("GET", "/dashboard/", "viewer analyst operator approver admin"),
    ("POST", "/dashboard/_dash-update-component", "viewer analyst operator approver admin"),
    ("POST", "/dashboard/other", "admin"),
    ("GET", "/dbt-docs", "viewer analyst operator approver admin"),
    ("POST", "/predict", "analyst operator approver admin"),
    ("POST", "/review/cases/1", "analyst operator approver admin"),
    ("GET", "/dagster/runs", "analyst operator approver admin"),
    ("POST", "/dagster/report_asset_materialization/lake/documents", "operator admin"),
    ("GET", "/mlflow/ajax-api/2.0/mlflow/runs/get", "analyst operator approver admin"),
    ("POST", "/api/2.0/mlflow/runs/search", "analyst operator approver admin"),
    ("POST", "/mlflow/ajax-api/3.0/mlflow/traces/search", "operator admin"),
    ("GET", "/mlflow/ajax-api/3.0/mlflow/traces/tr-1", "operator admin"),
    ("POST", "/mlflow/api/3.0/mlflow/traces", "operator admin"),
    ("POST", "/mlflow/v1/traces", "operator admin"),
    ("POST", "/mlflow/ajax-api/3.0/mlflow/traces/delete-traces", "admin"),
    ("POST", "/mlflow/ajax-api/2.0/mlflow/runs/log-batch", "operator admin"),
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/a/model.json", "operator admin"),
    ("POST", "/mlflow/ajax-api/2.0/mlflow/upload-artifact", "operator admin"),
    ("POST", "/mlflow/ajax-api/2.0/mlflow/registered-models/alias", "approver admin"),
    ("POST", "/api/2.0/mlflow/model-versions/transition-stage", "approver admin"),
    ("POST", "/mlflow/api/2.0/mlflow/registered-models/alias", "approver admin"),
    ("DELETE", "/mlflow/ajax-api/2.0/mlflow/registered-models/delete", "admin"),
    ("POST", "/mlflow/ajax-api/3.0/mlflow/assistant/message", "admin"),
    ("GET", "/mlflow/ajax-api/2.0/mlflow/gateway-proxy", "admin"),
    ("POST", "/mlflow/ajax-api/9.0/mlflow/runs/search", "admin"),
]


def may(role: Role, act: object) -> bool:
    return act in ACTS[role]


@pytest.mark.parametrize("role", ROLES)
def test_of_dagsters_mutations_a_role_has_what_the_table_says_and_no_other(role: Role) -> None:
    from dagster_graphql.schema import create_schema

    mutation = create_schema().graphql_schema.mutation_type
    assert mutation and mutation.fields.keys() >= graphql.DAGSTER.keys() | DESTROYING
    for name in mutation.fields:
        wanted = graphql.wants({"query": f"mutation {{ {name} }}"}, graphql.DAGSTER)[name]
        allowed = may(role, wanted)
        assert allowed == may(role, graphql.DAGSTER.get(name, "administer"))
        if name in DESTROYING:
            assert allowed == (role == "admin"), name
    assert may(role, graphql.DAGSTER["launchRun"]) == (role in ("operator", "admin"))


def test_a_mutation_that_nobody_knows_is_the_admins_alone() -> None:
    assert graphql.wants({"query": "mutation { comesAnew }"}, graphql.DAGSTER) == {"comesAnew": "administer"}


@pytest.mark.parametrize(
    "query",
    [
        "query Q { version } mutation M { x: wipeAssets }",
        "mutation { ...a } fragment a on Mutation { ... on Mutation { wipeAssets } }",
        "fragment a on Mutation { ...a wipeAssets } mutation { ...a }",
    ],
)
def test_neither_a_name_nor_a_fragment_nor_an_alias_hides_a_mutation(query: str) -> None:
    assert graphql.wants({"query": query, "operationName": "Q"}, graphql.DAGSTER) == {"wipeAssets": "administer"}
    assert graphql.wants([{"query": "{ version }"}, {"query": query}], graphql.DAGSTER) == {"wipeAssets": "administer"}
    with pytest.raises(AiecoError, match="Only reading"):
        graphql.wants({"query": query}, graphql.DAGSTER, reading_only=True)


@pytest.mark.parametrize(("method", "path", "roles"), ROUTES)
def test_a_route_opens_to_the_roles_that_it_is_for(method: str, path: str, roles: str) -> None:
    act = paths.demand(method, path).act
    assert [role for role in ROLES if Person("anna", role).may(act)] == roles.split()


@pytest.mark.parametrize("path", ["/a//b", "/a/../b", "/a/..", "/a\\b", "/a/%2e%2e/b", "/a\x00"])
def test_a_path_that_can_be_read_in_two_ways_is_seen(path: str) -> None:
    assert paths.has_two_readings(path)
