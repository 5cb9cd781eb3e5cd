"""The dbt project on a real Postgres: its own unit and data tests, and what no single model can promise."""

from __future__ import annotations

from aieco_assets.core.stack.dbt import dbt_environment, run_dbt
from aieco_assets.core.storage.postgres import connect
from tests.dbt.as_of import differing_rows

TABLES = {
    "marts.fct_sales_lines": "line_id",
    "marts.fct_orders": "invoice_date, invoice_no",
    "marts.fct_returns": "line_id",
    "marts.fct_linked_cancellations": "line_id",
    "marts.agg_daily_sales": "invoice_date",
    "marts.agg_cohort_retention": "cohort_month, month",
    "marts.agg_item_pairs": "month_end, stock_code, other_stock_code",
    "marts.dim_date": "date_day",
    "marts.dim_items": "stock_code, valid_from",
    "marts.dim_customers": "customer_id, valid_from",
    "features.customer_rfm": "as_of, customer_id",
}
DECEMBER = (
    "1,85123A,HEART,6,2010-12-01 08:26:00,2.55,7,United Kingdom",
    "1,85123A,HEART,6,2010-12-01 08:26:00,2.55,7,United Kingdom",
    "C2,85123A,HEART,-1,2010-12-02 09:00:00,2.55,7,United Kingdom",
    "3,POST,POSTAGE,1,2010-12-03 09:00:00,18,8,France",
    "4,22139,,-5,2010-12-03 10:00:00,0,,",
    "5,85123A,HEART,2,2010-12-20 10:00:00,2.95,7,United Kingdom",
)
JANUARY = (
    "6,85123A,HEART,2,2011-01-04 10:00:00,2.55,7,Belgium",
    "7,22139,TIN,3,2011-01-05 10:00:00,1.255,8,France",
    "A8,B,Adjust bad debt,1,2011-01-05 11:00:00,-11062.06,,",
)


def tables(settings) -> dict[str, list[tuple]]:
    with connect(settings.warehouse) as connection:
        return {
            name: connection.execute(f"select * from {name} order by {order}").fetchall()
            for name, order in TABLES.items()
        }


def rewritten_days(settings, transaction: int) -> set[str]:
    """Days of the facts that were written after a transaction."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select distinct invoice_date::text from marts.fct_sales_lines where xmin::text::bigint > %s",
            (transaction,),
        )
        return {day for (day,) in rows}


def test_a_first_build_over_a_window_makes_no_month_that_has_not_ended(shop, send, dbt):
    send("december.csv", *DECEMBER)
    send("january.csv", *JANUARY)  # to the fifth
    dbt("run", "--select", "+customer_rfm", AIECO_AS_OF_START="2010-12-31", AIECO_AS_OF_END="2010-12-31")
    with connect(shop.warehouse) as connection:
        days = connection.execute("select distinct as_of::text from features.customer_rfm").fetchall()
    assert days == [("2010-12-31",)]


def test_late_re_sent_and_removed_days_give_what_a_full_rebuild_gives(shop, send, dbt):
    send("december.csv", *DECEMBER)
    first = dbt("build")  # dbt's own unit tests included
    assert "unit_test" in first
    with connect(shop.warehouse) as connection:
        ((transaction,),) = connection.execute("select max(xmin::text::bigint) from marts.fct_sales_lines").fetchall()
        # A home from before the last feature was added: the build that adds it makes the window's months anew.
        connection.execute("alter table features.customer_rfm drop column recent_frequency")

    # One day is corrected, one comes late, one goes, a month is new; only the window that holds them is built.
    send("december.csv", *DECEMBER[:2], DECEMBER[2].replace(",-1,", ",-2,"), DECEMBER[5].replace("2.95", "3.95"))
    send("january.csv", *JANUARY)
    send("late.csv", "9,22139,TIN,1,2010-12-10 10:00:00,1.45,9,Spain")
    # A home from before the column gets it.
    with connect(shop.warehouse) as connection:
        connection.execute("alter table marts.dim_items drop column described_at cascade")
    dbt(
        *("build", "--exclude-resource-type", "unit_test"),
        AIECO_START_DAY="2010-12-02",
        AIECO_END_DAY="2011-01-05",
        AIECO_AS_OF_START="2010-12-31",
        AIECO_AS_OF_END="2011-01-31",
    )
    days = {"2010-12-02", "2010-12-10", "2010-12-20", "2011-01-04", "2011-01-05"}
    assert rewritten_days(shop, transaction) == days
    with connect(shop.warehouse) as connection:
        assert differing_rows(connection) == (5, 0)  # postage is no purchase: customer 8 is there from January on
    incremental = tables(shop)
    assert {row[0].isoformat() for row in incremental["marts.agg_daily_sales"]} == {"2010-12-01"} | days

    dbt("build", "--exclude-resource-type", "unit_test", "--full-refresh")
    assert incremental == tables(shop)


def test_views_that_say_the_same_are_not_replaced_and_wait_for_no_reader(shop, send, dbt):
    send("december.csv", *DECEMBER)
    views = ("run", "--select", "fct_orders", "analytics_fct_orders", "+stg_retail__transactions")
    dbt("run", "--select", "+analytics_fct_orders")
    with connect(shop.warehouse) as connection:
        before = connection.execute("select 'analytics.fct_orders'::regclass::oid").fetchone()
    with connect(shop.warehouse) as analyst:
        assert analyst.execute("select count(*) from analytics.fct_orders").fetchone() == (5,)
        dbt(*views)
        assert analyst.execute("select 'analytics.fct_orders'::regclass::oid").fetchone() == before


def test_a_view_that_says_something_else_is_replaced(shop, send, dbt):
    send("december.csv", *DECEMBER)
    dbt("run", "--select", "+analytics_fct_orders")
    with connect(shop.warehouse) as connection:
        connection.execute("drop view analytics.fct_orders")
        connection.execute("set local role aieco_transformer")
        connection.execute("create view analytics.fct_orders as select 1 as one")
    dbt("run", "--select", "analytics_fct_orders")
    with connect(shop.warehouse) as connection:
        owner = "select pg_get_userbyid(relowner) from pg_class where oid = 'analytics.fct_orders'::regclass"
        assert connection.execute(owner).fetchone() == ("aieco_transformer",)
        assert connection.execute("select count(invoice_no) from analytics.fct_orders").fetchone() == (5,)


def test_a_column_that_is_new_is_filled_for_every_day_and_month_whatever_the_window(shop, send, dbt):
    send("december.csv", *DECEMBER)
    send("january.csv", *JANUARY)
    window = {
        "AIECO_START_DAY": "2011-01-04",
        "AIECO_END_DAY": "2011-01-05",
        "AIECO_AS_OF_START": "2011-01-31",
        "AIECO_AS_OF_END": "2011-01-31",
    }
    models = ("run", "--select", "staging", "marts", "features")
    dbt(*models, AIECO_AS_OF_START="2010-12-31", AIECO_AS_OF_END="2011-01-31")
    with connect(shop.warehouse) as connection:  # homes from before each of these columns
        columns = [("fct_orders", "order_type"), ("fct_returns", "sale_date"), ("dim_customers", "country")]
        before = {
            table: connection.execute(f"select {column}, count(*) from marts.{table} group by 1 order by 1").fetchall()
            for table, column in columns
        }
        features = "select as_of, customer_id, returned, country from features.customer_rfm order by 1, 2"
        known = connection.execute(features).fetchall()
        for table, column in columns:
            connection.execute(f"alter table marts.{table} drop column {column} cascade")
        connection.execute("alter table features.customer_rfm drop column returned, drop column country cascade")
    dbt(*models, **window)
    with connect(shop.warehouse) as connection:
        after = {
            table: connection.execute(f"select {column}, count(*) from marts.{table} group by 1 order by 1").fetchall()
            for table, column in columns
        }
        assert connection.execute(features).fetchall() == known
        required = "select attnotnull from pg_attribute where attrelid = 'marts.fct_orders'::regclass and attname = %s"
        assert connection.execute(required, ("order_type",)).fetchone() == (True,)
    assert after == before


def test_a_column_that_is_gone_names_the_command_that_makes_the_table_anew(shop, send, dbt):
    send("december.csv", *DECEMBER)
    dbt("run", "--select", "+fct_orders")
    with connect(shop.warehouse) as connection:
        connection.execute("alter table marts.fct_orders add column old text, alter column lines type bigint")
    result = run_dbt(shop.dbt_target, dbt_environment(shop.warehouse), "run", "--select", "fct_orders")
    assert result.returncode == 1
    said = " ".join(result.stdout.split())
    assert "marts.fct_orders has other columns than its model now (gone: old; of another type: lines)" in said
    assert "dbt build --full-refresh --select fct_orders+` makes it" in said
    dbt("run", "--full-refresh", "--select", "fct_orders")
