"""dagster-dbt without dbt-core in the same process: half of what loading the code location takes otherwise.

dagster-dbt knows installations that have no dbt-core (dbt Fusion): it then imports nothing of it. Here dbt runs in
processes of its own, so this one needs it for one thing, which models a selection names. What is needed of dagster-dbt
is imported from here, for whoever imports it first decides.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_SELECTABLE = ("nodes", "exposures", "metrics", "semantic_models", "unit_tests")


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """For the block, importing the module says that it is not installed."""
    present = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if present is not None:
            sys.modules[module] = present


with _hidden("dbt.version"):
    from dagster_dbt import (
        DagsterDbtTranslator,
        DagsterDbtTranslatorSettings,
        DbtCliInvocation,
        DbtCliResource,
        DbtProject,
        asset_utils,
        dbt_assets,
    )
    from dagster_dbt.dbt_manifest import validate_manifest

__all__ = [
    "DagsterDbtTranslator",
    "DagsterDbtTranslatorSettings",
    "DbtCliInvocation",
    "DbtCliResource",
    "DbtProject",
    "dbt_assets",
    "selected",
    "validate_manifest",
]


def selected(manifest: Mapping[str, Any], select: str, exclude: str = "") -> set[str]:
    """Unique ids that dbt's --select and --exclude name, of `package.folder…` and `tag:…` (all that is used here).

    Tests come with any of what they test, as dbt has it (indirect selection `eager`).
    """
    return _named(manifest, select) - _named(manifest, exclude)


def _named(manifest: Mapping[str, Any], criteria: str) -> set[str]:
    everything = [one for kind in _SELECTABLE for one in manifest.get(kind, {}).items()]
    found = {name for name, node in everything if any(_matches(node, one) for one in criteria.split())}
    return found | {
        name
        for name, node in everything
        if node["resource_type"] in ("test", "unit_test") and not found.isdisjoint(node["depends_on"]["nodes"])
    }


def _matches(node: Mapping[str, Any], criterion: str) -> bool:
    method, _, value = criterion.rpartition(":")
    if method == "tag":
        return value in node.get("tags", ())
    if method or not value.replace(".", "").isidentifier():
        raise ValueError(f"{criterion} is no selection that this module knows: package.folder or tag:name.")
    wanted = value.split(".")
    return node["fqn"][: len(wanted)] == wanted


def _select_unique_ids(
    select: str, exclude: str, selector: str, project: object, manifest_json: Mapping[str, Any]
) -> set[str]:
    assert not selector
    return selected(manifest_json, select, exclude)


asset_utils.select_unique_ids = _select_unique_ids  # pyright: ignore[reportPrivateImportUsage]
