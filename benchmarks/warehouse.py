"""Files to lake to warehouse: against a bare `\\copy`, one INSERT per row, and one new day on little and much."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import psutil

from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import BUILD, dbt_environment, parsed_environment, prepare_manifest, run_dbt
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.stack.warm_dbt import WarmDbt
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.postgres_host import binaries
from benchmarks.record import Result

EVER = (date(2009, 12, 1), date(2030, 1, 1))
# What the nightly job makes; the views of analysts show what is new without being made again.
DAILY = ("--select", "aieco.staging", "aieco.marts", "--exclude", "tag:monthly")
VIEWS = ("--select", "aieco.staging", "aieco.marts", "aieco.analytics", "--exclude", "tag:monthly")
BARE = "create table bare (like raw.transactions)"
# How the original system works: a dimension row where it is missing, a fact row with the keys of both.
ITEM = "insert into slow_items (code, text) values (%s, %s) on conflict do nothing"
CUSTOMER = "insert into slow_customers (id, country) values (%s, %s) on conflict do nothing"
FACT = "insert into slow_facts values (%s, %s, %s, %s, %s, %s, %s, %s)"
SLOW = """
    create table slow_items (code text primary key, text text);
    create table slow_customers (id text primary key, country text);
    create table slow_facts (invoice_no text, invoiced_at timestamp, code text references slow_items,
    customer_id text references slow_customers, quantity integer, unit_price numeric(14, 4), amount numeric(28, 4),
    line_type text)
"""


def warehouse() -> list[Result] | None:
    """On the 245 real files (370,931 lines)."""
    source = real_files()
    if source is None:
        return None
    with open_shop(source) as shop:
        load_seconds = _seconds(lambda: (land_days(shop, *EVER), load_days(shop, *EVER)))
        file = _exported(shop)
        copy_seconds = _seconds(lambda: _bare_copy(shop, file))
    with open_shop(source) as shop, WarmDbt() as dbt:
        ours = _seconds(lambda: _files_to_marts(shop, dbt))
        slow_seconds = _seconds(lambda: _one_insert_per_row(shop, source))
    return [
        Result("landing and loading 370,931 lines", load_seconds, "s"),
        Result("a bare \\copy of the same rows", copy_seconds, "s"),
        Result("  ratio", load_seconds / copy_seconds, "x", 3),
        Result("files to marts", ours, "s"),
        Result("pandas and one INSERT per row", slow_seconds, "s"),
        Result("  our time of theirs (a tenth or less)", ours / slow_seconds, "x", 0.1),
    ]


def new_day() -> list[Result] | None:
    """One new day, landed, loaded and transformed, on a history of 10 and of 240 days."""
    source = real_files()
    if source is None:
        return None
    files = sorted(source.glob("*.csv"))
    few, many = (_one_more_day(files[:count], files[240]) for count in (10, 240))
    return [
        Result("one new day on 10 days", few, "s"),
        Result("one new day on 240 days", many, "s"),
        Result("  ratio", many / few, "x", 1.3),
    ]


def supermarket() -> list[Result] | None:
    """Complete Journey (1.1 million lines in one file, products and customers beside them) against Online Retail."""
    real, folder = real_files(), real_data("complete_journey")
    if real is None or folder is None:
        return None
    per_line = []
    for source in (real, folder):
        with open_shop(source) as shop, WarmDbt() as dbt:
            seconds = _seconds(partial(_files_to_marts, shop, dbt))
            with connect(shop.warehouse) as connection:
                ((lines,),) = connection.execute("select count(*) from raw.transactions").fetchall()
            per_line.append(seconds / lines * 1e6)
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as copy:
        shutil.copytree(folder, f"{copy}/shop")
        command = [sys.executable, "-m", "aieco_assets.cli", "init", f"{copy}/shop", "--yes"]
        environment = {**os.environ, "AIECO_HOME": f"{copy}/home"}
        init = _seconds(lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True))
    return [
        Result("files to marts, Online Retail, a line", per_line[0], "µs"),
        Result("files to marts, Complete Journey, a line", per_line[1], "µs"),
        Result("  ratio", per_line[1] / per_line[0], "x", 1.3),
        Result("aieco init on its 1.1 million lines", init, "s", 10),
    ]


def ten_times() -> list[Result] | None:
    """Peak memory of the process that lands and loads ten times the real rows (the days, ten times over the years)."""
    source = real_files()
    if source is None:
        return None
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder, open_shop(Path(folder)) as shop:
        for file in sorted(source.glob("*.csv")):
            for copy in range(10):
                day = date.fromisoformat(file.stem) + timedelta(days=400 * copy)
                (Path(folder) / f"{day}.csv").write_text(file.read_text().replace(file.stem, str(day)))
        code = (
            "from datetime import date; from aieco_assets.core.settings import get_settings;"
            "from aieco_assets.core.retail import land_days, load_days; s = get_settings();"
            "e = (date(2009, 12, 1), date(2030, 1, 1)); land_days(s, *e); print(load_days(s, *e).rows)"
        )
        environment = {
            **os.environ,
            "AIECO_HOME": str(shop.home),
            "AIECO_POSTGRES_URL": shop.warehouse,
            "AIECO_TRANSACTIONS": folder,
        }
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        watched, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            peak = max(peak, watched.memory_info().rss)
            time.sleep(0.1)
        seconds = time.perf_counter() - began
        rows = int(process.stdout.read()) if process.stdout else 0
    return [
        Result("rows landed and loaded", rows, "rows"),
        Result("  in", seconds, "s"),
        Result("largest process", peak / 2**30, "GiB", 1.5),
    ]


def real_files() -> Path | None:
    return real_data("online_retail")


def real_data(name: str) -> Path | None:
    root = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("AIECO_TEST_DATA") or root) / name
    return folder if folder.is_dir() else None


@contextmanager
def open_shop(source: Path) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        settings = Settings(home=Path(home), transactions=str(source), _env_file=None)  # type: ignore[call-arg]
        with open_platform(settings) as opened:
            prepare_manifest(opened)
            yield opened


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _exported(shop: Settings) -> Path:
    """The loaded rows as one csv file, so that \\copy gets exactly them."""
    file = shop.home / "rows.csv"
    with connect(shop.warehouse) as connection, file.open("wb") as out:
        connection.execute(BARE)
        with connection.cursor().copy("copy (select * from raw.transactions) to stdout with (format csv)") as rows:
            for block in rows:
                out.write(block)
    return file


def _bare_copy(shop: Settings, file: Path) -> None:
    command = f"\\copy bare from '{file}' with (format csv)"
    subprocess.run([str(binaries() / "psql"), "-q", shop.warehouse, "-c", command], check=True)


def _files_to_marts(shop: Settings, dbt: WarmDbt) -> None:
    """As `aieco run` does it: dbt gets ready beside the landing."""
    dbt.start(parsed_environment(shop))
    land_days(shop, *EVER)
    load_days(shop, *EVER)
    build(shop, DAILY)


def build(shop: Settings, selection: tuple[str, ...], **window: str) -> None:
    environment = {**dbt_environment(shop.warehouse), **window}
    run_dbt(shop.dbt_target, environment, *BUILD, *selection).check_returncode()


def _one_insert_per_row(shop: Settings, source: Path) -> None:
    import pandas as pd

    frame = pd.concat([pd.read_csv(file, dtype=str, keep_default_na=False) for file in sorted(source.glob("*.csv"))])
    frame["Quantity"], frame["UnitPrice"] = frame["Quantity"].astype(int), frame["UnitPrice"].astype(float)
    frame["Amount"] = frame["Quantity"] * frame["UnitPrice"]
    frame["Type"] = frame["InvoiceNo"].str[:1].map({"C": "return", "A": "adjustment"}).fillna("sale")
    with connect(shop.warehouse) as connection:
        connection.execute(SLOW.encode())
        for row in frame.itertuples(index=False):
            connection.execute(ITEM, (row.StockCode, row.Description))
            connection.execute(CUSTOMER, (row.CustomerID, row.Country))
            fact = (row.InvoiceNo, row.InvoiceDate, row.StockCode, row.CustomerID)
            connection.execute(FACT, (*fact, row.Quantity, row.UnitPrice, row.Amount, row.Type))


def _one_more_day(history: list[Path], new: Path) -> float:
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder, open_shop(Path(folder)) as shop:
        for file in history:
            (Path(folder) / file.name).write_bytes(file.read_bytes())
        land_days(shop, *EVER)
        load_days(shop, *EVER)
        build(shop, VIEWS)
        (Path(folder) / new.name).write_bytes(new.read_bytes())
        day = date.fromisoformat(new.stem)

        def take_in() -> None:
            land_days(shop, day, day)
            load_days(shop, day, day)
            build(shop, DAILY, AIECO_START_DAY=new.stem, AIECO_END_DAY=new.stem)

        return _seconds(take_in)
