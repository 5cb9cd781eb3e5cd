"""A feature of customers, point in time: its dbt model and the contract beside it, as texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aieco_assets.core.dbt_text import checked_text
from aieco_assets.core.declared.aggregate import checked_aggregate
from aieco_assets.core.declared.names import checked_feature_name
from aieco_assets.core.errors import AiecoError

_LONGEST = 3650


def declared_features(folder: Path) -> list[str]:
    """Names of the features with a table of their own, from dbt_project/models/features: each has a contract file."""
    return sorted(path.stem[1:] for path in folder.glob("_*.yml") if (folder / f"{path.stem[1:]}.sql").is_file())


def feature_files(name: str, expression: str, days: int, unit: str, description: str = "") -> dict[str, str]:
    """Text by file name of a feature: an aggregate of the purchases of the `days` days that end on a month end.

    Purchases are those known by that day (`features.purchases`). Raises AiecoError where the aggregate is none.
    """
    checked_feature_name(name)
    if not unit:
        raise AiecoError(f"The feature {name} needs its --unit, as pieces or days.")
    for option, text in (("unit", unit), ("description", description)):
        checked_text(text, f"The --{option} of the feature {name}")
    if not 1 <= days <= _LONGEST:
        raise AiecoError(f"The feature {name} looks back 1 to {_LONGEST} --days, not {days}.")
    sql = checked_aggregate(name, expression)
    said = description or f"{name.replace('_', ' ').capitalize()} of the {days} days to `as_of`."
    return {f"{name}.sql": _sql(name, sql, days), f"_{name}.yml": _contract(name, unit, said)}


def _sql(name: str, sql: str, days: int) -> str:
    return f"""{{{{ config(
    meta={{'window_column': 'as_of'}},
    indexes=[{{'columns': ['as_of', 'customer_id'], 'unique': true}}],
) }}}}

-- Point in time: a purchase counts as it was known on the as-of day.
select
    customers.as_of,
    customers.customer_id,
    ({sql})::double precision as {name}
from {{{{ ref('customer_rfm') }}}} as customers
left join {{{{ ref('purchases') }}}} as bought
    on bought.customer_id = customers.customer_id
    and customers.as_of between bought.known_from and bought.known_until
    and bought.invoice_date > customers.as_of - {days}
where {{{{ in_window('customers.as_of', 'as_of') }}}}
group by customers.as_of, customers.customer_id
"""  # noqa: S608 - read and allowed node by node


def _contract(name: str, unit: str, description: str) -> str:
    import yaml

    meta = {"owner": "team:data-platform", "freshness": "made at the end of each month, late after 35 days"}
    grain = ["as_of", "customer_id"]
    kinds = {"as_of": "date", "customer_id": "text"}
    told = {"as_of": "Last day that the row knows about; the last day of a month."}
    keys: list[dict[str, Any]] = [
        {
            "name": column,
            "description": told.get(column, "{{ doc('customer_id') }}"),
            "data_type": kinds[column],
            "constraints": [{"type": "not_null"}],
            "config": {"meta": {**meta, "unit": "day" if column == "as_of" else "customer number"}},
        }
        for column in grain
    ]
    value = {"name": name, "description": description, "data_type": "double precision"}
    within = {"where": "__window__", "meta": {"window_column": "as_of"}}
    model = {
        "name": name,
        "description": f"{description} One row per as-of date and customer of customer_rfm; null without a purchase.",
        "data_tests": [{"unique_combination": {"arguments": {"columns": grain}, "config": within}}],
        "columns": [*keys, {**value, "config": {"meta": {**meta, "unit": unit}}}],
    }
    return yaml.safe_dump({"version": 2, "models": [model]}, sort_keys=False, allow_unicode=True, width=116)


def customers_left_out(url: str, name: str) -> tuple[int, int]:
    """Of the newest month end: customers, and those of them without a row of the feature."""
    from psycopg import errors, sql

    from aieco_assets.core.storage.postgres import connect

    query = sql.SQL(
        "select count(*), count(*) filter (where made.customer_id is null) from features.customer_rfm as rfm"
        " left join {} as made on made.as_of = rfm.as_of and made.customer_id = rfm.customer_id"
        " where rfm.as_of = (select max(as_of) from {})"
    )
    relation = sql.Identifier("features", name)
    with connect(url) as connection:
        try:
            ((customers, left_out),) = connection.execute(query.format(relation, relation)).fetchall()
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            raise AiecoError(f"features/{name} was not made yet: `aieco run --select features/{name}`.") from None
    return customers, left_out
