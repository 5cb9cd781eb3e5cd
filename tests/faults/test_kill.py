"""A run killed in the middle, and run again, ends where the steps end that nobody disturbed."""

import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psutil
import pytest

from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.sample.transactions import write_transactions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.e2e.conftest import Home, make_home, one_document, remove

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

FIRST, LAST = date(2024, 11, 1), date(2024, 12, 31)
SELECT = ("--select", 'key:"lake/*" or key:"raw/*" or key:"knowledge/chunks"')
DAYS = "select invoice_date, count(*), sum(quantity * unit_price) from raw.transactions group by 1 order by 1"


@pytest.fixture
def home() -> Iterator[Home]:
    made = make_home()
    yield made
    remove(made)


def test_a_run_that_is_killed_takes_its_second_process_with_it_and_the_next_ends_as_if_nothing_had_been(
    home: Home, settings: Settings, tmp_path: Path
) -> None:
    transactions = tmp_path / "transactions"
    transactions.mkdir()
    write_transactions(transactions, start=FIRST, end=LAST)
    documents = one_document(tmp_path / "documents")
    home.variables |= {"AIECO_DOCUMENTS": documents, "AIECO_TRANSACTIONS": str(transactions)}
    kill_once_made(home, "raw/transactions")
    again = home.aieco("run", *SELECT)
    assert again.returncode == 0, again.stdout + again.stderr
    status = {asset["key"]: asset["status"] for asset in home.json("status")["assets"]}
    assert {status[key] for key in ("lake/documents", "knowledge/chunks", "raw/transactions")} == {"materialized"}
    assert home.processes() == []

    undisturbed = settings.model_copy(update={"documents": documents, "transactions": str(transactions)})
    land_days(undisturbed, FIRST, LAST)
    load_days(undisturbed, FIRST, LAST)
    sync_documents(undisturbed)
    refresh_chunks(undisturbed)
    with connect(undisturbed.warehouse) as connection:
        assert home.rows(DAYS) == connection.execute(DAYS).fetchall()
    assert lake_of(home.path) == lake_of(undisturbed.home)


def kill_once_made(home: Home, asset: str) -> None:
    """kill -9 of a run at the moment it says that `asset` is made, while its second process works beside it."""
    process = home.start("run", *SELECT)
    assert process.stdout is not None
    assert any(f"✓ {asset}" in line for line in process.stdout), "the run ended before"
    assert second_processes(home)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert psutil.wait_procs(second_processes(home), timeout=60)[1] == []


def second_processes(home: Home) -> list[psutil.Process]:
    return home.processes(running="aieco_assets.orchestrate.second_process")


def lake_of(home: Path) -> dict[str, bytes]:
    lake = home / "lake"
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("*.parquet")}
