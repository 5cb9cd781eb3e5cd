from __future__ import annotations

import pytest

from aieco_assets.core.stack.columns import ColumnLineage


def relation(kind: str, schema: str, name: str, *columns: str) -> dict:
    return {
        "resource_type": kind,
        "relation_name": f'"shop"."{schema}"."{name}"',
        "schema": schema,
        "alias": name,
        "identifier": name if kind == "source" else None,
        "columns": {column: {"data_type": None} for column in columns},
    }


@pytest.fixture
def lineage() -> ColumnLineage:
    return ColumnLineage(
        {
            "metadata": {"adapter_type": "postgres"},
            "nodes": {"model.lines": relation("model", "marts", "lines", "item", "day", "price", "pieces")},
            "sources": {"source.keys": relation("source", "raw", "keys", "item", "code")},
        }
    )


def test_a_column_comes_from_what_its_expression_reads(lineage: ColumnLineage) -> None:
    assert lineage.of(
        'select price * pieces as amount, item, 1 as one, count(*) as lines from "shop"."marts"."lines"'
    ) == {
        "amount": [("model.lines", "pieces"), ("model.lines", "price")],
        "item": [("model.lines", "item")],
        "one": [],
        "lines": [],
    }


def test_columns_are_followed_through_steps_windows_and_joins_without_a_name(lineage: ColumnLineage) -> None:
    columns = lineage.of(
        """
        with lines as (select * from "another"."marts"."lines"),
        days as (
            select distinct on (item) item, day, lag(price) over (partition by item order by day) as before
            from lines
        )
        select coalesce(code, days.item) as code, before
        from days left join "shop"."raw"."keys" as keys using (item)
        """
    )
    assert columns["code"] == [("model.lines", "item"), ("source.keys", "code")]
    assert ("model.lines", "price") in columns["before"]


def test_what_is_no_query_says_so(lineage: ColumnLineage) -> None:
    with pytest.raises(ValueError, match=r"Expected|Invalid|parse"):
        lineage.of("select from where (")
