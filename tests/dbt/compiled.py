"""The models' SQL as dbt compiles it, run without dbt: thousands of small warehouses would pay for dbt's start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from typing import Any

import psycopg

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import dbt_environment, run_dbt

# Pairs of items are rare among the few lines of a history.
VARIABLES = "{fewest_invoices_of_a_pair: 1}"
# Stand-ins for a window, compiled into the SQL and replaced by the real one.
MARKS = ("1001-01-01", "1001-01-02", "1001-01-03", "1001-01-04")
NAMES = ("AIECO_START_DAY", "AIECO_END_DAY", "AIECO_AS_OF_START", "AIECO_AS_OF_END")
Window = tuple[date, date, date, date]


@dataclass(frozen=True)
class Model:
    """One table: its query over everything, its query over a window, and the column that the window bounds.

    `to_the_end`: the window has no end. `key`: columns by which rows outside the window are replaced, too.
    """

    table: str
    columns: str
    everything: str
    windowed: str
    window_column: str | None
    to_the_end: bool
    key: str | None


@dataclass(frozen=True)
class Models:
    """Tables in the order of their making. Views are there already."""

    tables: list[Model]

    def rebuild(self, connection: psycopg.Connection[Any], window: Window) -> None:
        """Every table from nothing, features up to the window's end."""
        for model in self.tables:
            query = self._at(model.everything, window)
            connection.execute(f"truncate {model.table}".encode())
            connection.execute(f"insert into {model.table} ({model.columns}) {query}".encode())

    def replace(self, connection: psycopg.Connection[Any], window: Window) -> None:
        """What a run over a window does: the window of incremental tables, all of the others."""
        for model in self.tables:
            where = "true"
            if model.window_column:
                first, last = window[2:] if model.window_column in ("as_of", "month_end") else window[:2]
                where = f"{model.window_column} between '{first}' and '{'infinity' if model.to_the_end else last}'"
            if model.key:
                where += f" or ({model.key}) in (select {model.key} from made)"
            # As dbt does it: what is to be inserted is read before anything is deleted.
            connection.execute(f"create temporary table made as {self._at(model.windowed, window)}".encode())
            connection.execute(f"delete from {model.table} where {where}".encode())
            connection.execute(f"insert into {model.table} ({model.columns}) select {model.columns} from made".encode())
            connection.execute(b"drop table made")

    @staticmethod
    def _at(query: str, window: Window) -> str:
        for mark, day in zip(MARKS, window, strict=True):
            query = query.replace(mark, day.isoformat())
        return query


def build_and_compile(settings: Settings) -> Models:
    """Make every relation in the settings' warehouse, and give the models' SQL. Two dbt compilations: about 20 s."""
    _dbt(settings, "build", "--exclude-resource-type", "unit_test", "test")
    windowed = _compiled(settings)
    everything = _compiled(settings, "--full-refresh")
    order = TopologicalSorter({name: node["depends_on"]["nodes"] for name, node in everything.items()}).static_order()
    made = [name for name in order if name in everything and everything[name]["config"]["materialized"] in KINDS]
    return Models([_model(everything[name], windowed[name]) for name in made])


KINDS = ("table", "incremental")


def _model(everything: dict[str, Any], windowed: dict[str, Any]) -> Model:
    incremental = everything["config"]["materialized"] == "incremental"
    # dbt names the database in every relation; the copies have names of their own.
    here = f'"{everything["database"]}".'
    whole, window = (node["compiled_code"].replace(here, "") for node in (everything, windowed))
    meta = everything["config"]["meta"] if incremental else {}
    return Model(
        table=f"{everything['schema']}.{everything['name']}",
        columns=", ".join(everything["columns"]),
        everything=f"select {', '.join(everything['columns'])} from ({whole}) as made",
        windowed=f"select {', '.join(everything['columns'])} from ({window}) as made",
        window_column=meta.get("window_column"),
        to_the_end=meta.get("to_the_end", False),
        key=meta.get("key"),
    )


def _compiled(settings: Settings, *arguments: str) -> dict[str, dict[str, Any]]:
    _dbt(settings, "compile", *arguments, **dict(zip(NAMES, MARKS, strict=True)))
    manifest = json.loads((settings.dbt_target / "manifest.json").read_text())
    return {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def _dbt(settings: Settings, *arguments: str, **window: str) -> None:
    environment = {**dbt_environment(settings.warehouse), **window}
    result = run_dbt(settings.dbt_target, environment, *arguments, "--vars", VARIABLES)
    assert result.returncode == 0, result.stdout
