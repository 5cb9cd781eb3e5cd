"""The pages of metrics, policy files and signals, from their catalogues and schema."""

from __future__ import annotations

from typing import Any

from markdown_table import WRITTEN, cell, table


def metrics_page() -> str:
    """The governed metrics of the catalogue."""
    from aieco_assets.core.metrics.catalog import listed

    metrics = listed()
    rows = [(f"`{one['name']}`", cell(one["definition"]), one["unit"], cell(one["example"])) for one in metrics]
    parts = [
        "# Metrics\n\nThe numbers that `aieco ask` and the service read from the warehouse; `aieco metrics` prints"
        f" them, with SQL. How a question is taken for one: [decisions](../decisions/answers.md).\n{WRITTEN}",
        table(("metric", "is", "unit", "a question"), rows),
        "## Limits and groups\n",
    ]
    for what in ("filters", "groupings"):
        every = sorted({name for one in metrics for name in one.get(what, ())})
        if every:
            parts.append(f"{what.capitalize()}: {', '.join(f'`{name}`' for name in every)}.\n")
    return "\n".join(parts)


def policies_page() -> str:
    """Every entry of a policy file, from its JSON schema."""
    from aieco_assets.core.policy.schema import json_schema

    schema = json_schema()
    parts = [
        "# Policy files\n\nEvery entry, from the [JSON schema](../policy.schema.json) that editors check a file by;"
        f" what policies do: [policies](../policies.md).\n{WRITTEN}"
    ]
    for name, part in {"The file": schema, **schema["$defs"]}.items():
        needed = part.get("required", [])
        rows = [
            (f"`{entry}`", cell(_said(field)), _form(field), "yes" if entry in needed else "")
            for entry, field in part.get("properties", {}).items()
        ]
        if rows:
            said = part.get("description", "")
            parts.append(f"## {name}\n\n{said}\n\n{table(('entry', 'means', 'form', 'needed'), rows)}")
    return "\n".join(parts)


def _said(field: dict[str, Any]) -> str:
    default = field.get("default")
    return f"{field.get('description', '')}{'' if default in (None, [], {}) else f' Default: `{default}`.'}".strip()


def _form(field: dict[str, Any]) -> str:
    if names := field.get("enum"):
        return " or ".join(f"`{name}`" for name in names if name is not None)
    if reference := field.get("$ref"):
        name = reference.rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if ways := field.get("anyOf") or field.get("oneOf"):
        forms = [_form(one) for one in ways if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(form for form in forms if form))
    if field.get("type") == "array":
        return f"list of {_form(field.get('items', {}))}"
    name = str(field.get("type", ""))
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(name, name)


def signals_page() -> str:
    """The signals of the catalogue that policies decide on."""
    from aieco_assets.core.monitoring.signal_catalogue import catalogue_page

    return (
        "# Signals\n\nWhat `monitoring/signals` writes of each day; how they are measured and what they are compared"
        f" with: [signals](../signals.md).\n{WRITTEN}\n{catalogue_page()}"
    )
