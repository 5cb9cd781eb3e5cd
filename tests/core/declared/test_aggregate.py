"""What a feature may be made of: read node by node, and run by the Postgres that it is for."""

from __future__ import annotations

import sys

import pytest

from aieco_assets.core.declared.aggregate import checked_aggregate
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

# Of the purchases below: 3 pieces at 6.0 of A1 in invoice 1, and 1 piece at 4.0 of B2 in invoice 2.
MADE = {
    "avg(quantity)": 2.0,
    "count(stock_code)::numeric / nullif(count(distinct invoice_no), 0)": 1.0,
    "sum(amount) filter (where quantity > 1)": 6.0,
    "percentile_cont(0.5) within group (order by amount)": 5.0,
    "count(distinct date_trunc('month', invoice_date))": 2.0,
    "max(invoice_date) - min(invoice_date)": 32.0,
    "sum(case when stock_code like 'A%' then amount else 0 end)": 6.0,
    "coalesce(sum(amount), 0) / nullif(sum(quantity), 0)": 2.5,
    "max(case when stock_code in ('A1', 'C3') and not invoice_no = '7' then 1 end)": 1.0,
    "extract(dow from max(invoice_date))": 6.0,
    "round(avg(amount), 2) + greatest(sum(quantity), 1)": 9.0,
    "count(distinct left(stock_code, 1))": 2.0,
    "sum(amount) / 4 + max(quantity % 2)": 3.5,
    "count(stock_code) / (2 * count(invoice_no) - 4)": None,
}


def test_what_is_accepted_is_a_number_of_purchases_in_postgres(settings: Settings) -> None:
    purchases = (
        "(values (date '2011-01-04', '1', 'A1', 3::numeric, 6::numeric), (date '2011-02-05', '2', 'B2', 1, 4))"
        " as bought (invoice_date, invoice_no, stock_code, quantity, amount)"
    )
    found = {}
    with connect(settings.warehouse) as connection:
        for expression in MADE:
            statement = f"select ({checked_aggregate('x', expression)})::double precision from {purchases}"
            ((found[expression],),) = connection.execute(statement.encode()).fetchall()
    assert found == MADE


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "quantity",
        "count(*)",
        "count(1)",
        "sum(price)",
        "sum(quantity) + amount",
        "sum(quantity), 1",
        "sum(quantity); drop table x",
        "sum((select amount from marts.fct_orders))",
        "sum(quantity in (select 1))",
        "exists (select 1)",
        "sum(quantity) over ()",
        "sum(bought.quantity)",
        "sum(quantity) from x",
        "sum(quantity) as x",
        "sum(sum(quantity))",
        "avg(amount) filter (where sum(quantity) > 1)",
        "max(quantity, amount)",
        "percentile_cont(quantity) within group (order by amount)",
        "max(current_user)",
        "max(session_user)",
        "max(current_date)",
        "max($1)",
        "max(:name)",
        "max(cast(stock_code as marts.x))",
        "max(stock_code::regclass)",
        "pg_sleep(sum(quantity))",
        "sum(nextval('x'))",
        "sum(lo_import('/etc/passwd'))",
        "sum(set_config('role', 'x', false)::int)",
        "sum(quantity) + dblink('x', 'y')",
        "set x = 1",
        "sum(extract('x''y' from invoice_date))",
        "count(distinct date_trunc('x''y', invoice_date))",
        "max(stock_code)",
        "max(invoice_date)",
        "sum(stock_code)",
        "count(invoice_no) = 1",
        "(" * 900 + "sum(quantity)" + ")" * 900,
    ],
)
def test_what_is_no_number_of_purchases_alone_is_refused(expression: str) -> None:
    with pytest.raises(AiecoError, match=r"^The feature basket .*--expression takes one aggregate") as refused:
        checked_aggregate("basket", expression)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("limit", [1_000, 50_000])
def test_how_deep_an_expression_may_be_is_not_a_matter_of_the_process(limit: int) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)  # as libraries do that are loaded beside
    try:
        assert checked_aggregate("basket", "(" * 30 + "sum(quantity)" + ")" * 30).startswith("(((")
        for deep in ("(" * 50 + "sum(quantity)" + ")" * 50, "- " * 900 + "sum(quantity)"):
            with pytest.raises(AiecoError, match="can't be made of"):
                checked_aggregate("basket", deep)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize(
    "expression",
    [
        "max(case when stock_code = '{{ run_query(\"create table public.pwned\") }}' then 1 end)",
        "max(case when stock_code = '{% do run_query(x) %}' then 1 end)",
        "sum(quantity) -- {# x #}",
    ],
)
def test_what_dbt_would_run_between_quotes_is_refused(expression: str) -> None:
    with pytest.raises(AiecoError, match=r"The --expression of the feature basket holds \{., which begins what dbt"):
        checked_aggregate("basket", expression)


def test_an_expression_that_nobody_reads_is_refused() -> None:
    with pytest.raises(AiecoError, match="more than 2000 characters: make a dbt model of it"):
        checked_aggregate("basket", "sum(quantity) + " * 200 + "1")
