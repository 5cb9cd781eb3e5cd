"""A run killed in the middle, and run again, ends where an undisturbed run ends."""

import signal
from datetime import date
from pathlib import Path

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


def lake_of(home: Home) -> dict[str, bytes]:
    lake = home.path / "lake"
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("*.parquet")}


def warehouse_of(home: Home) -> list[tuple]:
    from aieco_assets.core.settings import Settings
    from aieco_assets.core.stack.platform import open_platform
    from aieco_assets.core.storage.postgres import connect

    with open_platform(Settings(home=home.path, _env_file=None)) as opened, connect(opened.warehouse) as connection:
        return connection.execute(
            "select invoice_date, count(*), sum(quantity * unit_price) from raw.transactions group by 1 order by 1"
        ).fetchall()
