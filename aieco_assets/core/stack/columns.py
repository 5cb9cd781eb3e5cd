"""Which columns the columns of a dbt model come from, read off its compiled SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A model or source by dbt's unique id, and a column of it.
Origin = tuple[str, str]


class ColumnLineage:
    """Lineage over the relations of one manifest. Asks no database: a query takes some milliseconds.

    `manifest`: dbt's manifest.json, of whose models and sources the documented columns are known.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        from sqlglot import MappingSchema

        self.dialect = manifest["metadata"]["adapter_type"]
        self.relations: dict[tuple[str, str], str] = {}
        # Without the database, which is another one in each home.
        known: dict[str, Any] = {}
        for name, node in {**manifest["nodes"], **manifest["sources"]}.items():
            if node["resource_type"] in ("model", "source") and node.get("relation_name"):
                table = node.get("identifier") or node["alias"]
                self.relations[node["schema"], table] = name
                columns = {column: about.get("data_type") or "text" for column, about in node["columns"].items()}
                known.setdefault(node["schema"], {})[table] = columns
        self.schema = MappingSchema(known, dialect=self.dialect)

    def of(self, sql: str) -> dict[str, list[Origin]]:
        """Column -> what its value is made from, through every step of a query; empty for counts and constants.

        Raises ValueError when the query can't be read.
        """
        from sqlglot.errors import SqlglotError
        from sqlglot.lineage import lineage

        try:
            columns = lineage(None, sql, self.schema, dialect=self.dialect, trim_selects=False)
        except SqlglotError as error:
            raise ValueError(str(error)) from error
        return {
            name: sorted({origin for leaf in node.walk() if (origin := self._origin(leaf))})
            for name, node in columns.items()
        }

    def _origin(self, leaf: Any) -> Origin | None:
        from sqlglot import exp

        table = None if leaf.downstream or leaf.name == "*" else leaf.expression.find(exp.Table)
        relation = self.relations.get((table.db, table.name)) if table else None
        return (relation, exp.to_column(leaf.name).name) if relation else None
