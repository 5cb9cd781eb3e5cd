"""Whether what a sentence of the pack is linked to is there, looked up anew."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Any

from aieco_assets.core.governance.audit import verify
from aieco_assets.core.governance.compliance.facts import ROOT, kept_by_hand, key_of
from aieco_assets.core.policy.files import load_policies
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

KINDS = {
    "table": "a row of the warehouse by its key, or a table that was counted: "
    "`psql` with what `aieco env` prints, `select * from TABLE where COLUMN = 'VALUE'`",
    "mlflow": "a version or a run of the model registry: `aieco up`, page MLflow",
    "file": "a file of the project, with its digest: `sha256sum FILE`",
    "test": "a test of the project: `.venv/bin/python -m pytest TEST`",
    "setting": "a setting, by its name in aieco_assets/core/settings.py",
    "policy": "a policy in force, with its digest: `aieco policy list`",
    "package": "an installed package: `.venv/bin/python -m pip show NAME`",
    "audit": "the last row of the audit log: `aieco audit verify --head SEQUENCE:HASH`",
    "home": "what people keep in governance/ of the home: `ls governance/`",
}


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

    table, key = key_of(address)
    with connect(settings.warehouse) as connection:
        if not key:
            return connection.execute("select to_regclass(%s)", (table,)).fetchone() != (None,)
        where = sql.SQL(" and ").join(sql.SQL("{}::text = %s").format(sql.Identifier(column)) for column in key)
        query = sql.SQL("select exists (select from {} where {})").format(sql.Identifier(*table.split(".")), where)
        found: Any = connection.execute(query, list(key.values())).fetchone()
    return bool(found and found[0])


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
