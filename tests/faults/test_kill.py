"""A run killed in the middle, and run again, ends where an undisturbed run ends."""

import signal
from datetime import date
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Home, make_home, remove

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SELECT = ("--select", 'key:"lake/transactions" or key:"raw/*"')


@pytest.mark.parametrize("at", ["lake/transactions", "raw/transactions"])
def test_a_killed_run_is_taken_up_again(at: str, tmp_path: Path) -> None:
    from aieco_assets.core.sample.transactions import write_transactions

    documents, transactions = tmp_path / "documents", tmp_path / "transactions"
    documents.mkdir()
    transactions.mkdir()
    (documents / "a.md").write_text("# Returns\n\nItems can be returned within 30 days.\n")
    write_transactions(transactions, start=date(2024, 10, 1), end=date(2024, 12, 31))
    sources = {"AIECO_DOCUMENTS": str(documents), "AIECO_TRANSACTIONS": str(transactions)}
    undisturbed, killed = make_home(**sources), make_home(**sources)
    try:
        assert undisturbed.aieco("run", *SELECT).returncode == 0
        process = killed.start("run", *SELECT)
        assert process.stdout is not None
        for line in process.stdout:
            if at in line and "✓" in line:
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        again = killed.aieco("run", *SELECT)
        assert again.returncode == 0, again.stdout + again.stderr
        assert warehouse_of(killed) == warehouse_of(undisturbed)
        assert lake_of(killed) == lake_of(undisturbed)
    finally:
        remove(undisturbed)
        remove(killed)


def test_a_killed_run_takes_its_second_process_with_it_and_both_halves_are_taken_up_again(tmp_path: Path) -> None:
    from aieco_assets.core.sample.documents import write_documents
    from aieco_assets.core.sample.transactions import write_transactions

    documents, transactions = tmp_path / "documents", tmp_path / "transactions"
    documents.mkdir()
    transactions.mkdir()
    write_documents(documents)
    write_transactions(transactions, start=date(2024, 10, 1), end=date(2024, 12, 31))
    home = make_home(AIECO_DOCUMENTS=str(documents), AIECO_TRANSACTIONS=str(transactions))
    select = ("--select", 'key:"lake/*" or key:"raw/*" or key:"knowledge/*" or key:"models/embedder"')
    try:
        process = home.start("run", *select)
        assert process.stdout is not None
        for line in process.stdout:
            if "✓ lake/transactions" in line:  # by the second process: the first began with the documents
                assert second_processes(home)
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        assert psutil.wait_procs(second_processes(home), timeout=60)[1] == []
        again = home.aieco("run", *select)
        assert again.returncode == 0, again.stdout + again.stderr
        made = {asset["key"]: asset["status"] for asset in home.json("status")["assets"]}
        assert {made[key] for key in ("lake/documents", "knowledge/index", "raw/transactions")} == {"materialized"}
        assert home.processes() == []
    finally:
        remove(home)


def second_processes(home: Home) -> list[psutil.Process]:
    return [process for process in home.processes() if "aieco_assets.orchestrate.side" in process.cmdline()]


def lake_of(home: Home) -> dict[str, bytes]:
    lake = home.path / "lake"
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("*.parquet")}


def warehouse_of(home: Home) -> list[tuple]:
    return home.rows(
        "select invoice_date, count(*), sum(quantity * unit_price) from raw.transactions group by 1 order by 1"
    )
