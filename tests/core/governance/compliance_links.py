"""Whether what a sentence of the pack is linked to is there, looked up anew."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Any
from urllib.parse import unquote

from aieco_assets.core.governance.audit import verify
from aieco_assets.core.governance.compliance.facts import ROOT, kept_by_hand
from aieco_assets.core.policy.files import load_policies
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


def is_there(settings: Settings, address: str) -> bool:
    """Whether the row, version, file … of an address exists as the pack says."""
    kind, _, rest = address.partition(":")
    if kind == "table":
        return _row_is_there(settings, address)
    if kind == "mlflow":
        return _in_registry(settings, rest)
    if kind == "file":
        path, _, digest = rest.partition("#sha256=")
        found = ROOT / path
        return found.is_file() and sha256(found.read_bytes()).hexdigest() == digest
    if kind == "test":
        path, _, name = rest.partition("::")
        found = ROOT / path
        return found.is_file() and f"def {name}(" in found.read_text("utf-8")
    if kind == "setting":
        return rest in type(settings).model_fields
    if kind == "policy":
        return rest in {f"{one.name}@{one.version}" for one in load_policies(settings)}
    if kind == "audit":
        return str(verify(settings).head) == rest
    if kind == "home":
        return kept_by_hand(settings.home, rest.partition("/")[2].partition(".*")[0])[0] == address
    return kind == "package" and _is_installed(rest)


def _row_is_there(settings: Settings, address: str) -> bool:
    from psycopg import sql

    table, key = _key_of(address)
    with connect(settings.warehouse) as connection:
        if not key:
            return connection.execute("select to_regclass(%s)", (table,)).fetchone() != (None,)
        where = sql.SQL(" and ").join(sql.SQL("{}::text = %s").format(sql.Identifier(column)) for column in key)
        query = sql.SQL("select exists (select from {} where {})").format(sql.Identifier(*table.split(".")), where)
        found: Any = connection.execute(query, list(key.values())).fetchone()
    return bool(found and found[0])


def _key_of(address: str) -> tuple[str, dict[str, str]]:
    """The table and key of an address that `row` made."""
    table, _, told = address.removeprefix("table:").partition("?")
    pairs = (one.partition("=") for one in told.split("&") if one)
    return table, {column: unquote(value) for column, _, value in pairs}


def _in_registry(settings: Settings, rest: str) -> bool:
    from mlflow.exceptions import MlflowException

    kind, name, *more = rest.split("/", 2)
    if kind == "models":
        return not more or int(more[0]) in {one.version for one in versions(settings, name)}
    try:
        client = mlflow_client(settings)
        client.get_run(name)
        folder = more[0].rpartition("/")[0] if more else ""
        return not more or more[0] in {one.path for one in client.list_artifacts(name, folder)}
    except MlflowException:
        return False


def _is_installed(rest: str) -> bool:
    name, _, number = rest.partition("==")
    try:
        return installed(name) == number
    except PackageNotFoundError:
        return False
