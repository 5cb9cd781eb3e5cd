"""What a thing that is declared can be called: as files, relations and columns take it, and as nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aieco_assets.core.declared.files import checked_name
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import RFM_COLUMNS
from aieco_assets.core.yaml_file import read_yaml

# Beside the columns of customer_rfm: those of purchases, what the model of a feature calls its tables, what training
# writes beside features, and what every table of Postgres has.
_OF_OTHERS = {
    *("as_of", "invoice_date", "invoice_no", "stock_code", "quantity", "amount", "known_from", "known_until"),
    *("bought", "customers", "truth", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"),
}
# What Postgres takes for no column's name without quotes, which dbt's contract leaves out.
_WORDS = (
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation"
    " column concurrently constraint create cross current_catalog current_date current_role current_schema current_time"
    " current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze"
    " from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like"
    " limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary"
    " references returning right select session_user similar some symmetric system_user table tablesample then to"
    " trailing true union unique user using variadic verbose when where window with"
)
_RESERVED = frozenset(_WORDS.split())
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)")
_DESCRIBED = (".yml", ".yaml")
_VIEWS = ("analytics_", "metrics_")  # macros/generate_alias_name.sql takes it off: the view has its mart's name


def checked_feature_name(name: str, place: str = "") -> str:
    """`name`, where a feature can be called so: a model would be trained on the built-in column of that name.

    `place`: the declaration, for messages. Raises AiecoError where it can't.
    """
    mend = "take another name for the folder"
    said = f"{place}: no feature" if place else "No feature"
    if checked_name(name) in RFM_COLUMNS or name in _OF_OTHERS:
        raise AiecoError(f"{said} can be called {name}, which is a column of the platform's own: {mend}.")
    if name in _RESERVED:
        raise AiecoError(f"{said} can be called {name}, which is a word of SQL: {mend}.")
    return name


def free_name(name: str, models: Path) -> str:
    """`name`, where nothing of the dbt project around `models` has it yet: dbt takes each name once, in whichever
    folder. Raises AiecoError that names the file where something has."""
    for prefix in _VIEWS:
        if name.startswith(prefix):
            raise AiecoError(f"{name} is the name of a view, as all that begins with {prefix}: take another name.")
    if place := taken(models).get(name):
        raise AiecoError(f"{place} has the name {name} already, which dbt takes once: take another name.")
    return name


def taken(models: Path) -> dict[str, Path]:
    """The file of each model, seed, snapshot and table of a source by name, in the dbt project around `models`."""
    found: dict[str, Path] = {}
    project = models.parent
    paths = [path for folder in (models, project / "seeds", project / "snapshots") for path in folder.rglob("*.*")]
    for path in sorted(paths, key=lambda one: (one.suffix in _DESCRIBED, one)):  # first what is, then what describes it
        for name in _named(path):
            found.setdefault(name, path.relative_to(project.parent))
    return found


def _named(path: Path) -> Iterator[str]:
    if path.suffix in (".sql", ".py", ".csv"):
        yield path.stem
    if path.suffix == ".sql":
        yield from _SNAPSHOT.findall(path.read_text(encoding="utf-8", errors="replace"))
    if path.suffix in _DESCRIBED:
        content = read_yaml(path.read_text(encoding="utf-8", errors="replace"), str(path), "remove it")
        for kind in ("models", "seeds", "snapshots"):
            yield from _names(content, kind)
        for source in _listed(content, "sources"):
            yield from _names(source, "tables")


def _names(content: Any, kind: str) -> Iterator[str]:
    yield from (str(one.get("name")) for one in _listed(content, kind))


def _listed(content: Any, kind: str) -> list[dict[str, Any]]:
    listed = content.get(kind) if isinstance(content, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
