"""The semantic layer as a document of Open Semantic Interchange (now Apache Ossie), for other tools.

The form is that of the core specification as released (0.1.1): an early draft of it was called 1.0, and the draft after
it is 0.2.0.dev0; all three are read. What it can't say travels as the extension of the vendor DBT: the block as
MetricFlow has it, so that our own document comes back as it went.
Source: core-spec/spec.md of the project's repository (Apache-2.0); the models here are written after its tables.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.compiling import leaves_of
from aieco_assets.core.metrics.semantic import Layer, MetricBlock
from aieco_assets.core.metrics.semantic_files import first_error

if TYPE_CHECKING:
    from sqlglot import exp

VERSIONS = ("0.1.1", "0.1.0", "1.0", "0.2.0.dev0")
DIALECT, VENDOR = "ANSI_SQL", "DBT"
MOST_BYTES = 2_000_000
_NAME = Field(min_length=1, max_length=200)


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DialectExpression(_Block):
    dialect: str
    expression: str = Field(max_length=10_000)


class Expression(_Block):
    dialects: tuple[DialectExpression, ...] = Field(min_length=1)


class Extension(_Block):
    vendor_name: str
    data: str


class _Described(_Block):
    name: str = _NAME
    description: str = ""
    ai_context: str | dict[str, Any] = ""
    custom_extensions: tuple[Extension, ...] = ()


class _Role(_Block):
    is_time: bool = False


class OsiField(_Described):
    expression: Expression
    dimension: _Role | None = None
    label: str = ""
    datatype: str = ""


class OsiMetric(_Described):
    expression: Expression
    datatype: str = ""


class Dataset(_Described):
    source: str = _NAME
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    fields: tuple[OsiField, ...] = ()
    metrics: tuple[OsiMetric, ...] = ()


class _Relationship(_Described):
    from_: str = Field(alias="from")
    to: str
    from_columns: tuple[str, ...] = Field(min_length=1)
    to_columns: tuple[str, ...] = Field(min_length=1)


class OsiModel(_Described):
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    relationships: tuple[_Relationship, ...] = ()
    metrics: tuple[OsiMetric, ...] = ()


class Document(_Block):
    version: Literal["0.1.1", "0.1.0", "1.0", "0.2.0.dev0"] = "1.0"  # the draft called 1.0 had no such key
    semantic_model: tuple[OsiModel, ...] = Field(min_length=1)


def document(content: Any, place: str) -> Document:
    """Raises AiecoError that names the first thing that the specification does not allow."""
    try:
        return Document.model_validate(content)
    except ValidationError as error:
        raise AiecoError(
            f"{place} is no document of Open Semantic Interchange: {first_error(error, content)}."
        ) from None


def exported(layer: Layer) -> dict[str, Any]:
    """The layer as a document: JSON, which is YAML as well."""
    model = layer.model
    relation = model.model.split("'")[1].removeprefix("metrics_")
    names = {one.name for one in model.dimensions}
    key = [one.expr or one.name for one in model.entities if one.type == "primary"]
    columns = [name for name in (*key, *_columns(layer)) if name not in names]
    fields = [
        {
            "name": one.name,
            "expression": _expression(one.sql),
            "dimension": {"is_time": one.type == "time"},
            **({"label": one.label} if one.label else {}),
            **({"description": one.description} if one.description else {}),
        }
        for one in model.dimensions
    ]
    return {
        "version": VERSIONS[0],
        "semantic_model": [
            {
                "name": model.name,
                "description": model.description,
                "datasets": [
                    {
                        "name": model.name,
                        "source": f"metrics.{relation}",
                        "primary_key": key,
                        "description": model.description,
                        "fields": [*fields, *({"name": name, "expression": _expression(name)} for name in columns)],
                    }
                ],
                "metrics": [_metric(layer, block) for block in layer.metrics],
            }
        ],
    }


def portable(layer: Layer, name: str) -> str:
    """A metric in SQL that every tool reads: columns with their dataset, filters as cases."""
    template, leaves = leaves_of(layer, name)
    sql = template
    for number, leaf in enumerate(leaves):
        sql = sql.replace(f"\x00{number}\x00", leaf.portable())
    return _qualified(sql.replace("::numeric", " * 1.0"), layer.model.name).sql()


def _metric(layer: Layer, block: MetricBlock) -> dict[str, Any]:
    meta = block.meta
    context = {"synonyms": [block.name.replace("_", " ")], **({"examples": [meta.example]} if meta else {})}
    said = block.model_dump(mode="json", exclude_defaults=True)
    return {
        "name": block.name,
        "description": f"{block.label}. {block.description}".strip(),
        "expression": _expression(portable(layer, block.name)),
        "ai_context": context,
        "custom_extensions": [{"vendor_name": VENDOR, "data": json.dumps(said, ensure_ascii=False)}],
    }


def _columns(layer: Layer) -> list[str]:
    from sqlglot import exp

    found: dict[str, None] = {}
    for block in layer.metrics:
        tree = _qualified(portable(layer, block.name), layer.model.name)
        found |= dict.fromkeys(column.name for column in tree.find_all(exp.Column))
    return [*found]


def _qualified(sql: str, dataset: str) -> exp.Expr:
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(sql, read="postgres")
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier(dataset))
    return tree


def _expression(sql: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": DIALECT, "expression": sql}]}
