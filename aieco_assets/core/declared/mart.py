"""A mart of sale lines by some of their columns: its dbt model and the contract beside it, as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.semantic_files import parse_yaml

SOURCE = "fct_sales_lines"
WINDOW = "invoice_date"
UNKNOWN = "Unspecified"
# What a line is told by, or what all sale lines are alike in: nothing to group them by.
_OF_ONE_LINE = ("line_id", "description", "line_type", "is_product")
_KINDS = {"text": "a", "date": "2011-01-04"}
# Name, type, SQL; described by the docs of the same names (models/marts/columns.md), `lines` apart.
_FIGURES = (
    ("sale_lines", "integer", "count(*)::integer"),
    ("orders", "integer", "count(distinct {invoice})::integer"),
    ("customers", "integer", "count(distinct customer_id)::integer"),
    ("items_sold", "numeric(28, 4)", "sum(quantity)::numeric(28, 4)"),
    ("sales_amount", "numeric(28, 6)", "sum(amount)::numeric(28, 6)"),
)


@dataclass(frozen=True)
class Column:
    """A column of the fact as its contract says it."""

    name: str
    kind: str
    description: str
    filled: bool


def columns_to_group_by(marts: Path) -> dict[str, Column]:
    """Those of the sale lines that a mart can be by, from the fact's own contract in dbt_project/models/marts."""
    place = marts / "_facts.yml"
    try:
        models = parse_yaml(place.read_text(encoding="utf-8"), place.name)["models"]
        (fact,) = (one for one in models if one["name"] == SOURCE)
    except (OSError, KeyError, ValueError):
        raise AiecoError(f"{place} does not describe {SOURCE}: take it from the repository again.") from None
    found = {}
    for one in fact["columns"]:
        if one["data_type"] in _KINDS and one["name"] not in _OF_ONE_LINE:
            filled = {"type": "not_null"} in one.get("constraints", [])
            found[one["name"]] = Column(one["name"], one["data_type"], one["description"], filled)
    return found


def mart_files(name: str, grain: Sequence[str], marts: Path) -> dict[str, str]:
    """Text by file name of a mart with one row per value of the columns `grain`, made of sale lines.

    With the day among them it is made day by day, else anew from all lines. Raises AiecoError where the name or a
    column is none.
    """
    checked_name(name)
    known = columns_to_group_by(marts)
    if not grain:
        raise AiecoError(f"A mart needs its grain: --grain once for each of the columns ({', '.join(known)}).")
    if strange := next((one for one in grain if one not in known), ""):
        raise AiecoError(f"No mart can be by {strange}: --grain takes {', '.join(known)}.")
    if len({*grain}) < len(grain):
        raise AiecoError("A column stands twice in the grain: name each once.")
    by = [known[one] for one in grain]
    return {f"{name}.sql": _sql(by), f"_{name}.yml": _contract(name, by)}


def _figures(by: Sequence[Column]) -> list[tuple[str, str, str]]:
    names = {one.name for one in by}
    invoice = "invoice_no" if WINDOW in names else "invoice_no || ' ' || invoice_date"
    return [(name, kind, sql.format(invoice=invoice)) for name, kind, sql in _FIGURES if _tells(name, names)]


def _tells(figure: str, grain: set[str]) -> bool:
    return not (figure == "customers" and "customer_id" in grain)


def _sql(by: Sequence[Column]) -> str:
    names = [one.name for one in by]
    unique = ", ".join(f"'{name}'" for name in names)
    windowed = WINDOW in names
    settings = ["meta={'window_column': 'invoice_date'}" if windowed else "tags=['whole_history']"]
    settings.append(f"indexes=[{{'columns': [{unique}], 'unique': true}}]")
    keys = [_key(one) for one in by]
    selected = [*keys, *(f"{sql} as {name}" for name, _, sql in _figures(by))]
    lines = [
        "{{ config(",
        *(f"    {one}," for one in settings),
        ") }}",
        "",
        "select",
        ",\n".join(f"    {one}" for one in selected),
        f"from {{{{ ref('{SOURCE}') }}}}",
        "where line_type = 'sale'",
    ]
    if "customer_id" in names:
        lines.append("    and customer_id is not null")
    if windowed:
        lines += ["{% if is_incremental() %}", "    and {{ in_window('invoice_date') }}", "{% endif %}"]
    return "\n".join([*lines, f"group by {', '.join(str(at) for at, _ in enumerate(by, 1))}", ""])


def _key(column: Column) -> str:
    if column.filled or column.name == "customer_id":
        return column.name
    return f"coalesce({column.name}, '{UNKNOWN}') as {column.name}"


def _contract(name: str, by: Sequence[Column]) -> str:
    import yaml

    names = [one.name for one in by]
    within: dict[str, Any] = {"config": {"where": "__window__"}} if WINDOW in names else {}
    keys = [
        {"name": one.name, "description": one.description, "data_type": one.kind, "constraints": [{"type": "not_null"}]}
        for one in by
    ]
    figures = [
        {"name": figure, "description": _described(figure), "data_type": kind} for figure, kind, _ in _figures(by)
    ]
    said = f"Sale lines by {_listed(names)}. One row per {_listed(names)} with any; returns are not taken off."
    model: dict[str, Any] = {"name": name, "description": said}
    model["data_tests"] = [{"unique_combination": {"arguments": {"columns": names}, **within}}]
    model["columns"] = [*keys, *figures]
    content = {"version": 2, "models": [model], "unit_tests": [_unit_test(name, by)]}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=116)


def _described(figure: str) -> str:
    return "Sale lines." if figure == "sale_lines" else f"{{{{ doc('{figure}') }}}}"


def _unit_test(name: str, by: Sequence[Column]) -> dict[str, Any]:
    keys: Mapping[str, Any] = {one.name: _KINDS[one.kind] for one in by}
    line: dict[str, Any] = {WINDOW: _KINDS["date"], "invoice_no": "1", "customer_id": "7", "line_type": "sale", **keys}
    rows = [
        {**line, "quantity": 2, "amount": 10},
        {**line, "quantity": 1.25, "amount": 5.5},
        {**line, "line_type": "return", "quantity": -1, "amount": -5},
    ]
    told = {"sale_lines": 2, "orders": 1, "customers": 1, "items_sold": 3.25, "sales_amount": 15.5}
    return {
        "name": f"{name}_is_made_of_sale_lines",
        "description": "Two lines of one invoice are one order; a return is no sale.",
        "model": name,
        "overrides": {"macros": {"is_incremental": False}},
        "given": [{"input": f"ref('{SOURCE}')", "rows": rows}],
        "expect": {"rows": [{**keys, **{figure: told[figure] for figure, _, _ in _figures(by)}}]},
    }


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
