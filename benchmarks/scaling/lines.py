"""More lines: more days of the real shop, then ten such shops after each other; files to marts, and one new day."""

from __future__ import annotations

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path

from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import dbt_environment, parsed_environment, run_dbt
from aieco_assets.core.stack.warm_dbt import WarmDbt
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import connect
from benchmarks.scaling.meter import Meter, Point, disk_mib
from benchmarks.warehouse import DAILY, EVER, build, open_shop, real_files

# As the assets `dbt_daily` and `dbt_whole_history` divide them, without the views of analysts.
OF_THE_DAY = (*DAILY, "tag:whole_history")
OF_ALL_LINES = ("--select", "aieco.marts,tag:whole_history")
# Days of the shop, and how many shops.
SIZES = ((15, 1), (240, 1), (240, 10))
NEW_DAY = 240  # the file that comes last, dated on the day after the others
APART = timedelta(days=400)


def measure(size: tuple[int, int]) -> list[Point] | None:
    """None where the real files are not there."""
    source = real_files()
    if source is None:
        return None
    days, shops = size
    files = sorted(source.glob("*.csv"))
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder:
        lines = sum(_copy(file, Path(folder), shop) for file in files[:days] for shop in range(shops))
        with open_shop(Path(folder)) as shop, WarmDbt() as dbt:
            dbt.start(parsed_environment(shop))
            run_dbt(shop.dbt_target, dbt_environment(shop.warehouse), "ls", "--select", "dim_date").check_returncode()
            meter = Meter("lines", lines, EmbeddedPostgres(shop.home).data)
            with meter.step("landing files in the lake"):
                land_days(shop, *EVER)
            with meter.step("loading them into raw"):
                load_days(shop, *EVER)
            with meter.step("dbt: marts from nothing"):
                build(shop, DAILY)
            last = max(date.fromisoformat(file.stem) for file in Path(folder).glob("*.csv"))
            day = last + timedelta(days=1)
            text = files[NEW_DAY].read_text().replace(files[NEW_DAY].stem, str(day))
            (Path(folder) / f"{day}.csv").write_text(_renumbered(text, shops))
            with meter.step("one new day: landing, loading"):
                land_days(shop, day, day)
                load_days(shop, day, day)
            with meter.step("one new day: dbt, daily models"):
                build(shop, OF_THE_DAY, AIECO_START_DAY=str(day), AIECO_END_DAY=str(day))
            with meter.step("one new day: dbt, what is made of all lines"):
                build(shop, OF_ALL_LINES)
            meter.note("the lake on disk", disk_mib(Path(shop.lake)), "MiB")
            meter.note("the warehouse on disk", _database_mib(shop), "MiB")
    return meter.points


def _copy(file: Path, folder: Path, shop: int) -> int:
    """A day's file of the n-th shop; returns its lines."""
    day = date.fromisoformat(file.stem) + shop * APART
    text = file.read_text().replace(file.stem, str(day))
    (folder / f"{day}.csv").write_text(_renumbered(text, shop))
    return text.count("\n") - 1


def _renumbered(text: str, shop: int) -> str:
    """Invoices and customers of their own for each shop but the first."""
    if not shop:
        return text
    text = re.sub(r"(?m)^([AC]?)(\d)", rf"\g<1>{shop}\2", text)
    return re.sub(r"(?m),(\d+\.0),([^,\n]*)$", rf",{shop}\1,\2", text)


def _database_mib(shop: Settings) -> float:
    with connect(shop.warehouse) as connection:
        ((size,),) = connection.execute("select pg_database_size(current_database())").fetchall()
    return size / 2**20
