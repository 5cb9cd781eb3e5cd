"""A run killed in the middle, and run again, ends where an undisturbed run ends (`make stacks` kills it twice)."""

import os
import signal
from datetime import date
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Home, make_home, remove

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

KILLED_ONCE_MADE = ("lake/transactions", "raw/transactions") if "AIECO_WHOLE" in os.environ else ("raw/transactions",)
SELECT = ("--select", 'key:"lake/*" or key:"raw/*" or key:"knowledge/chunks"')


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, str]:
    from aieco_assets.core.sample.documents import write_documents
    from aieco_assets.core.sample.transactions import write_transactions

    documents, transactions = tmp_path / "documents", tmp_path / "transactions"
    documents.mkdir()
    transactions.mkdir()
    write_documents(documents)
    write_transactions(transactions, start=date(2024, 11, 1), end=date(2024, 12, 31))
    return {"AIECO_DOCUMENTS": str(documents), "AIECO_TRANSACTIONS": str(transactions)}


def test_a_run_killed_again_and_again_takes_its_second_process_with_it_and_ends_as_an_undisturbed_one(
    sources: dict[str, str],
) -> None:
    undisturbed, killed = make_home(**sources), make_home(**sources)
    try:
        assert undisturbed.aieco("run", *SELECT).returncode == 0
        for made in KILLED_ONCE_MADE:
            kill_once_made(killed, made)
        again = killed.aieco("run", *SELECT)
        assert again.returncode == 0, again.stdout + again.stderr
        status = {asset["key"]: asset["status"] for asset in killed.json("status")["assets"]}
        assert {status[key] for key in ("lake/documents", "knowledge/chunks", "raw/transactions")} == {"materialized"}
        assert killed.processes() == []
        assert warehouse_of(killed) == warehouse_of(undisturbed)
        assert lake_of(killed) == lake_of(undisturbed)
    finally:
        remove(undisturbed)
        remove(killed)


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


def lake_of(home: Home) -> dict[str, bytes]:
    lake = home.path / "lake"
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("*.parquet")}


def warehouse_of(home: Home) -> list[tuple]:
    return home.rows(
        "select invoice_date, count(*), sum(quantity * unit_price) from raw.transactions group by 1 order by 1"
    )
