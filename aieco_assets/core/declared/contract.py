"""A declared mart or feature held to what dbt knows of it: a contract that is enforced, and its grain tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aieco_assets.core.errors import AiecoError


def hold_to_contract(manifest: Mapping[str, Any], layer: str, name: str, grain: Sequence[str], place: str) -> None:
    """Raises AiecoError naming `place` (the declaration) where dbt has no such model, enforces no contract of it, or
    does not test that `grain` tells its rows apart."""
    found = manifest["nodes"].get(f"model.aieco.{name}")
    file = f"dbt_project/models/{layer}/{name}.sql"
    if found is None or found["fqn"][1] != layer:
        raise AiecoError(f"{place} declares {layer}/{name}, and there is no {file}: write it, or remove the folder.")
    if not found["config"].get("contract", {}).get("enforced"):
        raise AiecoError(f"{place} declares {layer}/{name}, whose contract is not enforced: mend the config of {file}.")
    columns = [*found["columns"]]
    if lost := next((one for one in grain if one not in columns), ""):
        raise AiecoError(f"{place} names the grain {lost}, which is no column of {file}: it has {', '.join(columns)}.")
    if not any(_grain_of(node, found["unique_id"]) == {*grain} for node in manifest["nodes"].values()):
        raise AiecoError(
            f"{place} says one row per {', '.join(grain)}, which nothing tests: give {name} the data test "
            f"unique_combination over these columns in dbt_project/models/{layer}, or mend the grain."
        )


def _grain_of(node: Mapping[str, Any], model: str) -> set[str]:
    """The columns by which a test of the model says that no two rows are the same; none of other nodes."""
    test = node.get("test_metadata") or {}
    if node.get("attached_node") != model or test.get("name") not in ("unique", "unique_combination"):
        return set()
    given = test.get("kwargs", {})
    columns = given.get("columns") or (given.get("arguments") or {}).get("columns")
    return {*(columns or [given.get("column_name")])}


def has_rows(url: str, layer: str, name: str) -> bool:
    """Whether the relation has any row. Raises AiecoError where it was not made yet."""
    from psycopg import errors, sql

    from aieco_assets.core.storage.postgres import connect

    with connect(url) as connection:
        try:
            query = sql.SQL("select exists (select from {})").format(sql.Identifier(layer, name))
            ((found,),) = connection.execute(query).fetchall()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            raise AiecoError(
                f"{layer}/{name} was not made yet: `aieco run --select 'key:\"{layer}/{name}\"'`."
            ) from None
    return bool(found)
