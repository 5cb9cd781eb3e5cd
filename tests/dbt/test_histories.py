"""However the files come, go and change, and whenever that is taken in: the warehouse equals one full rebuild, and its
customer features what the raw lines say.

`make long` runs eight random histories, `make histories` 500; a literal one is that of test_project.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule, run_state_machine_as_test
from pydantic import SecretStr

from aieco_assets.core.retail import land_days, load_days, pending_days
from aieco_assets.core.retail.covered_days import known_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.partitions import as_of
from aieco_assets.defs.ranges import day_range, month_range
from tests.dbt.as_of import differing_rows
from tests.dbt.compiled import Models, Window, build_and_compile

HISTORIES = int(os.environ.get("AIECO_HISTORIES", "8"))
pytestmark = [pytest.mark.timeout(3600), *(() if "AIECO_HISTORIES" in os.environ else (pytest.mark.long,))]
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
FIRST = date(2010, 12, 25)

# Few customers, items and prices, so that histories collide: returns find sales, prices and countries change back.
lines = st.builds(
    "{0}{1},{2},{3},{4}{5},{{day}} {6:02d}:30:00,{7},{8},{9}".format,
    st.sampled_from(["", "", "", "C", "A"]),
    st.integers(1, 4),
    st.sampled_from(["85123A", "22139", "22139", "POST"]),
    st.sampled_from(["HEART", "TIN", ""]),
    st.sampled_from(["", "", "-"]),
    st.integers(1, 3),
    st.integers(8, 10),
    st.sampled_from(["2.55", "2.95", "0", "1.255"]),
    st.sampled_from(["7", "8", ""]),
    st.sampled_from(["Spain", "Belgium"]),
) | st.just("broken line")
# Over two month ends.
days = st.integers(0, 45).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def contents(draw: st.DrawFn) -> str:
    """A file of one to three days, which need not be in order."""
    text = [HEADER]
    for day in draw(st.lists(days, min_size=1, max_size=3)):
        text += [line.format(day=day) for line in draw(st.lists(lines, min_size=1, max_size=4))]
    return "\n".join(text) + "\n"


names = st.integers(0, 9).map("{}.csv".format)


class Histories(RuleBasedStateMachine):
    """A source folder that is written to, and a warehouse that takes it in from time to time."""

    models: ClassVar[Models]
    template: ClassVar[Settings]
    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="aieco-history-"))
        self.source = self.folder / "source"
        self.source.mkdir()
        # A source without any file is refused: this one, of a day of its own, is always there.
        (self.source / "always.csv").write_text(f"{HEADER}\n1,22139,TIN,1,{FIRST} 08:00:00,1.25,9,France\n")
        self.databases: list[str] = []
        self.shop = self.empty("lived")

    def empty(self, name: str) -> Settings:
        database = f"h_{uuid.uuid4().hex[:12]}"
        template = urlsplit(self.template.warehouse).path.lstrip("/")
        with connect(maintenance(self.template), autocommit=True) as connection:
            connection.execute(f'create database "{database}" template "{template}"'.encode())
        self.databases.append(database)
        url = urlsplit(self.template.warehouse)._replace(path=f"/{database}").geturl()
        changed = {"home": self.folder / name, "postgres_url": SecretStr(url), "transactions": str(self.source)}
        return self.template.model_copy(update=changed)

    @initialize()
    def taken_in_once(self) -> None:
        self.take_in()

    @rule(target=files, name=names, content=contents())
    def arrives_or_is_corrected(self, name: str, content: str) -> str:
        (self.source / name).write_text(content)
        return name

    @rule(name=consumes(files))
    def is_dropped(self, name: str) -> None:
        (self.source / name).unlink(missing_ok=True)

    @rule(target=files, name=files, other=names)
    def is_sent_twice(self, name: str, other: str) -> str:
        if (self.source / name).exists() and name != other:
            shutil.copyfile(self.source / name, self.source / other)
        return other

    @rule(target=files, name=consumes(files), other=names)
    def is_renamed(self, name: str, other: str) -> str:
        if (self.source / name).exists():
            (self.source / name).replace(self.source / other)
        return other

    @rule()
    def take_in(self) -> None:
        """What `aieco run` does with its own planning: the window of what changed."""
        pending = pending_days(self.shop)
        if not pending:
            return
        window = window_of(self.shop, everything=False)
        land_days(self.shop, *window[:2])
        load_days(self.shop, *window[:2])
        categorise(self.shop)
        with connect(self.shop.warehouse) as connection:
            self.models.replace(connection, window)

    def teardown(self) -> None:
        try:
            self.take_in()
            again = self.empty("again")
            window = window_of(again, everything=True)
            land_days(again, *window[:2])
            load_days(again, *window[:2])
            categorise(again)
            # Features that were made beyond the last day of today's files are made there again, too.
            end = max(window[3], known_days(self.shop, pending_days(self.shop)).last_as_of or window[3])
            with connect(again.warehouse) as connection:
                self.models.rebuild(connection, (*window[:3], end))
            with connect(self.shop.warehouse) as connection:
                assert differing_rows(connection)[1] == 0
            for model in self.models.tables:
                lived, rebuilt = (rows(one, model.table, model.columns, end) for one in (self.shop, again))
                assert lived == rebuilt, model.table
        finally:
            with connect(maintenance(self.template), autocommit=True) as connection:
                for database in self.databases:
                    connection.execute(f'drop database "{database}" with (force)'.encode())
            shutil.rmtree(self.folder)


def categorise(shop: Settings) -> None:
    """What the files' layout has no column for, told by what the line holds: categories that come, go and change."""
    kinds = "case unit_price when 2.55 then 'Deli' when 2.95 then 'Bakery' end"
    with connect(shop.warehouse) as connection:
        connection.execute(f"update raw.transactions set category = {kinds}".encode())


def window_of(shop: Settings, everything: bool) -> Window:
    """Days and as-of dates of the run that `aieco run` would plan."""
    known = known_days(shop, pending_days(shop))
    first, last = day_range(known, everything) or (str(FIRST), str(FIRST))
    months = month_range(known, everything)
    as_ofs = (as_of(months[0]), as_of(months[1])) if months else (date(1900, 1, 31), date(1900, 1, 31))
    return date.fromisoformat(first), date.fromisoformat(last), *as_ofs


def rows(shop: Settings, table: str, columns: str, end: date) -> list[tuple]:
    """All rows, in order. Of month-end tables those that have ended: dbt by hand also makes the month that has not."""
    ended = {"features.customer_rfm": "as_of", "marts.agg_item_pairs": "month_end"}.get(table)
    where = f"where {ended} <= '{end}'" if ended else ""
    with connect(shop.warehouse) as connection:
        return connection.execute(f"select {columns} from {table} {where} order by {columns}".encode()).fetchall()


def maintenance(shop: Settings) -> str:
    return urlsplit(shop.warehouse)._replace(path="/postgres").geturl()


@pytest.fixture(scope="module")
def compiled(platform: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A warehouse with every relation and no row, to copy; and the models' SQL."""
    from aieco_assets.core.storage.postgres import ensure_databases
    from aieco_assets.core.storage.schema import ensure_schema

    database = f"h_{uuid.uuid4().hex[:12]}"
    ensure_databases(maintenance(platform), [database])
    url = urlsplit(platform.warehouse)._replace(path=f"/{database}").geturl()
    home = tmp_path_factory.mktemp("compiled")
    Histories.template = Settings(home=home, postgres_url=SecretStr(url), _env_file=None)  # type: ignore[call-arg]
    ensure_schema(url)
    Histories.models = build_and_compile(Histories.template)
    yield
    with connect(maintenance(platform), autocommit=True) as connection:
        connection.execute(f'drop database "{database}" with (force)'.encode())


def test_any_history_ends_where_one_full_rebuild_ends(compiled: None) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=HISTORIES == 25,
        ),
    )
