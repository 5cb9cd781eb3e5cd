"""The dbt project on a real Postgres: its own unit and data tests, and what no single model can promise."""

from __future__ import annotations

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
