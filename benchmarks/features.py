"""Customer features of one new month on little and on much history: what dbt takes for the model, and the lines that
Postgres reads for it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from datetime import date
from pathlib import Path

from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.sample.writer import write_sample
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import dbt_environment, prepare_manifest, run_dbt
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import connect
from benchmarks.record import Result

EVER = (date(2009, 12, 1), date(2030, 1, 1))
TIMES = 10
# The whole history once more for each earlier stretch of as many months as it has: the same customers and items.
EARLIER = """
    insert into marts.fct_sales_lines (line_id, invoice_date, invoiced_at, invoice_no, stock_code, description,
        customer_id, country, line_type, is_product, quantity, unit_price, amount)
    select line_id || '/' || n, (invoice_date - n * %(stretch)s::interval)::date,
        invoiced_at - n * %(stretch)s::interval,
        invoice_no, stock_code, description, customer_id, country, line_type, is_product, quantity, unit_price, amount
    from marts.fct_sales_lines cross join generate_series(1, %(times)s - 1) as n
"""
READ = """
    select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables
    where schemaname = 'marts' and relname = 'fct_sales_lines'
"""


def new_month() -> list[Result] | None:
    """The last month of the sample, on the months before it and on ten times as many."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        os.chmod(home, 0o755)
        write_sample(home)
        source = str(home / "sample" / "transactions")
        with open_platform(Settings(home=home, transactions=source, _env_file=None)) as shop:  # type: ignore[call-arg]
            land_days(shop, *EVER)
            load_days(shop, *EVER)
            _dbt(shop, "aieco.staging", "aieco.marts")
            little = _measured(shop)
            with connect(shop.warehouse) as connection:
                ((months,),) = connection.execute(
                    "select count(distinct date_trunc('month', invoice_date)) from marts.fct_sales_lines"
                ).fetchall()
                connection.execute(EARLIER, {"stretch": f"{months} months", "times": TIMES})
            with connect(shop.warehouse, autocommit=True) as connection:
                connection.execute("vacuum analyze marts.fct_sales_lines")
            much = _measured(shop)
    return [
        Result("one month's features on the sample's history", little[0], "s"),
        Result("the same on ten times the history", much[0], "s"),
        Result("  ratio", much[0] / little[0], "x", 1.5),
        Result("lines read on the sample's history", little[1], "lines"),
        Result("lines read on ten times the history", much[1], "lines"),
        Result("  ratio", much[1] / little[1], "x", 1.5),
    ]


def _measured(shop: Settings) -> tuple[float, float]:
    """Makes all months, and the last one again: seconds of the model and lines read."""
    _dbt(shop, "customer_rfm")
    with connect(shop.warehouse) as connection:
        ((last,),) = connection.execute("select max(as_of) from features.customer_rfm").fetchall()
        connection.execute("delete from features.customer_rfm where as_of = %s", (last,))
    with connect(shop.warehouse, autocommit=True) as connection:
        connection.execute("vacuum analyze features.customer_rfm")
    before = _lines_read(shop)
    _dbt(shop, "customer_rfm", AIECO_AS_OF_START=str(last), AIECO_AS_OF_END=str(last))
    results = json.loads((shop.dbt_target / "run_results.json").read_text())["results"]
    return results[0]["execution_time"], _lines_read(shop) - before


def _lines_read(shop: Settings) -> float:
    time.sleep(1)  # a server process reports what it read when it ends
    with connect(shop.warehouse) as connection:
        return float(connection.execute(READ).fetchall()[0][0])


def _dbt(shop: Settings, *select: str, **window: str) -> None:
    prepare_manifest(shop)
    run = run_dbt(shop.dbt_target, {**dbt_environment(shop.warehouse), **window}, "run", "--select", *select)
    if run.returncode:
        raise RuntimeError(run.stdout)
