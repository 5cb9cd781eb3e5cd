"""dbt under Dagster: keys and descriptions of its models, and one build over a window."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from packaging.version import Version, parse

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import BUILD, PROJECT_DIR, dbt_command, dbt_environment
from aieco_assets.core.stack.dbt_reason import dbt_reason
from aieco_assets.core.stack.environment import temporary_environment
from aieco_assets.core.storage.locks import ATTEMPTS, LockHeld, LockWatch, is_lock_timeout
from aieco_assets.defs.catalog import FRESHNESS, OWNERS
from aieco_assets.defs.flow import CONDITIONS, EVERY_DAY_UP_TO, FOLLOWS_MADE_MONTHS
from aieco_assets.defs.warehouse.dbt_integration import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
)
from aieco_assets.defs.warehouse.ui_metadata import shown_events


def is_monthly(dbt_resource_props: Mapping[str, Any]) -> bool:
    """Whether a model is made month by month: all features, and what is tagged so."""
    return dbt_resource_props["fqn"][1] == "features" or "monthly" in dbt_resource_props.get("tags", ())


class WarehouseTranslator(DagsterDbtTranslator):
    """Keys are `layer/name`, the folder under models/ and the relation's name; group and owner follow from them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        name = dbt_resource_props.get("alias") or dbt_resource_props["name"]
        return dg.AssetKey([dbt_resource_props["fqn"][1], name])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return self.get_asset_key(dbt_resource_props).path[0]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return list(OWNERS)

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        policy = FRESHNESS.get(spec.key.to_user_string())
        return spec.replace_attributes(freshness_policy=policy) if policy else spec

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition | None:
        condition = CONDITIONS.get(self.get_asset_key(dbt_resource_props).path[0])
        if not (condition and is_monthly(dbt_resource_props)):
            return condition
        # A view shows what is new by itself.
        return None if dbt_resource_props["config"]["materialized"] == "view" else FOLLOWS_MADE_MONTHS

    def get_partition_mapping(
        self, dbt_resource_props: Mapping[str, Any], dbt_parent_resource_props: Mapping[str, Any]
    ) -> dg.PartitionMapping | None:
        by_day = not is_monthly(dbt_parent_resource_props) and "whole_history" not in dbt_parent_resource_props["tags"]
        return EVERY_DAY_UP_TO if is_monthly(dbt_resource_props) and by_day else None

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description", "").strip()


TRANSLATOR = WarehouseTranslator(
    DagsterDbtTranslatorSettings(
        enable_asset_checks=True,
        enable_source_tests_as_checks=True,
        enable_duplicate_source_asset_keys=True,  # lines and pseudonyms are loaded by one asset
    )
)


class WarehouseDbt(DbtCliResource):
    """DbtCliResource without what takes seconds in every process, and is not needed here."""

    @cached_property
    def _cli_version(self) -> Version:
        """As the installed package says it: `dbt --version` takes seconds and asks the package index for news.

        Remove when dagster-dbt reads the package's metadata itself.
        """
        return parse(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        """None: it is for row counts and columns, which `shown_events` gets without importing dbt into this process."""


def warehouse_dbt() -> WarehouseDbt:
    """The `dbt` resource of the code location."""
    project = str(PROJECT_DIR)
    python, *client = dbt_command()
    return WarehouseDbt(project_dir=project, profiles_dir=project, dbt_executable=python, global_config_flags=client)


def build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings, window: Mapping[str, str]
) -> Iterator[Any]:
    """`dbt build` of the selected models and their data tests over a window; a failed test fails the step.

    One target folder per set of models, so that partial parsing works and artifacts do not pile up. A step that could
    not get a lock is tried again, all of it: what was made the first time is made again.
    """
    target = settings.dbt_target / context.op_execution_context.op.name
    with LockWatch(settings.warehouse) as watch:
        with temporary_environment({**dbt_environment(settings.warehouse), **_dagster_environment(settings), **window}):
            invocation = dbt.cli(BUILD, context=context, target_path=target, raise_on_error=False)
        yield from shown_events(context, invocation, settings, TRANSLATOR)
    if not invocation.is_successful():
        raise _failure(context, invocation, watch)


def _failure(context: dg.AssetExecutionContext, invocation: DbtCliInvocation, watch: LockWatch) -> Exception:
    messages = invocation._error_messages  # what get_error() puts behind the command, the exit code and advice
    if not any(map(is_lock_timeout, messages)):
        return AiecoError(dbt_reason(messages, invocation.target_path / "dbt.log"))
    held = LockHeld(watch.sentence())
    if context.op_execution_context.retry_number + 1 >= ATTEMPTS:
        return held
    context.log.warning(str(held))
    again = dg.RetryRequested(max_retries=ATTEMPTS - 1, seconds_to_wait=2)
    again.__cause__ = held
    return again


def generate_docs(dbt: DbtCliResource, settings: Settings) -> Path:
    """`dbt docs generate` as one HTML file at `settings.dbt_docs`, replaced when it is whole."""
    target = settings.dbt_target / "docs"
    with temporary_environment({**dbt_environment(settings.warehouse), **_dagster_environment(settings)}):
        command = ["docs", "generate", "--static"]
        made = dbt.cli(command, target_path=target, raise_on_error=False).wait()
    if not made.is_successful():
        raise AiecoError(dbt_reason(made._error_messages, target / "dbt.log"))
    settings.dbt_docs.parent.mkdir(parents=True, exist_ok=True)
    (target / "static_index.html").replace(settings.dbt_docs)
    return settings.dbt_docs


def _dagster_environment(settings: Settings) -> dict[str, str]:
    return {
        "DBT_TARGET_PATH": str(settings.dbt_target),
        # A test that also reads models of a later step waits for that step.
        "DBT_INDIRECT_SELECTION": "buildable",
    }
