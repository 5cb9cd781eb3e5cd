"""The page of settings, from core/settings.py."""

from __future__ import annotations

from datetime import date
from typing import Any

from markdown_table import WRITTEN, cell, table
from pydantic import SecretStr
from pydantic_core import PydanticUndefined


def settings_page() -> str:
    """Every field of Settings: variable, meaning with its kind, default."""
    from aieco_assets.core.settings import Settings

    rows = []
    for name, field in Settings.model_fields.items():
        aliases = getattr(field.validation_alias, "choices", None)
        variable = aliases[0] if aliases else f"AIECO_{name.upper()}"
        limits = _limits(field.metadata)
        meaning = " ".join(part for part in (field.description or _NO_TEXT.get(name, ""), limits) if part)
        rows.append((f"`{variable}`", cell(f"{meaning} {_kind(field.annotation)}"), _default(field.default)))
    head = (
        "# Settings\n\nVariables of the environment, or lines of `.env` in the folder where a command is called; an"
        " empty one is an unset one. A value that is not valid ends every command with a sentence that names it.\n"
    )
    return f"{head}{WRITTEN}\n{table(('variable', 'means', 'default'), rows)}"


# What the name says already.
_NO_TEXT = {
    "mlflow_tracking_uri": "MLflow's server or store; empty: in Postgres.",
    "n_threads": "Threads of the language model; fewer than cores are faster where it is small (the packaged "
    "one wrote 92 tokens a second with 2, 37 with 16 on 16 virtual cores).",
    "dagster_port": "Of Dagster's pages.",
    "mlflow_port": "Of MLflow.",
    "service_port": "Of the service.",
    "dashboard_port": "Of the dashboard, and of this site.",
}


def _limits(metadata: list[Any]) -> str:
    found = {name: value for one in metadata for name in ("ge", "gt", "le", "lt") if (value := _value(one, name)) != ""}
    low = found.get("ge", found.get("gt", ""))
    above = "above " if "gt" in found else ""
    if low == "" and "le" not in found:
        return ""
    return f"({above}{low} to {found['le']})" if "le" in found else f"({above or 'from '}{low})"


def _value(one: Any, name: str) -> Any:
    value = getattr(one, name, None)
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _kind(annotation: Any) -> str:
    if getattr(annotation, "__args__", None) and "Literal" in str(annotation):
        return f"({' or '.join(f'`{value}`' for value in annotation.__args__)})"
    plain = [one for one in getattr(annotation, "__args__", (annotation,)) if one is not type(None)]
    return {SecretStr: "*Secret.*", date: "(YYYY-MM-DD)"}.get(plain[0], "")


def _default(value: Any) -> str:
    if value is PydanticUndefined or value is None or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return ""
    return f"`{value}`" if str(value) else ""
