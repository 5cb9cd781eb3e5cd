"""Whatever a user gets wrong ends in one sentence that names the thing and the mend, and a non-zero exit."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

GOOD_CSV = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
)


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    documents, transactions = tmp_path / "documents", tmp_path / "transactions"
    documents.mkdir()
    transactions.mkdir()
    (documents / "a.md").write_text("# Returns\n\nItems can be returned within 30 days.\n")
    (transactions / "2010-12-01.csv").write_text(GOOD_CSV)
    return documents, transactions


def test_a_missing_document_folder(fresh: Home, sources: tuple[Path, Path]) -> None:
    fresh.variables |= {"AIECO_DOCUMENTS": "/nowhere/at/all", "AIECO_TRANSACTIONS": str(sources[1])}
    fresh.refused("run", naming="AIECO_DOCUMENTS")


def test_a_missing_transaction_folder(fresh: Home, sources: tuple[Path, Path]) -> None:
    fresh.variables |= {"AIECO_DOCUMENTS": str(sources[0]), "AIECO_TRANSACTIONS": "/nowhere/at/all"}
    fresh.refused("run", naming="AIECO_TRANSACTIONS")


def test_an_empty_transaction_folder(fresh: Home, sources: tuple[Path, Path]) -> None:
    (sources[1] / "2010-12-01.csv").unlink()
    fresh.variables |= {"AIECO_DOCUMENTS": str(sources[0]), "AIECO_TRANSACTIONS": str(sources[1])}
    fresh.refused("run", naming=str(sources[1]))


def test_an_empty_document_folder(fresh: Home, sources: tuple[Path, Path]) -> None:
    (sources[0] / "a.md").unlink()
    fresh.variables |= {"AIECO_DOCUMENTS": str(sources[0]), "AIECO_TRANSACTIONS": str(sources[1])}
    fresh.refused("run", naming=str(sources[0]))


def test_a_home_that_cannot_be_written(fresh: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    fresh.variables |= {"AIECO_HOME": str(tmp_path / "file" / "home")}
    fresh.refused("run", naming="AIECO_HOME")


def test_a_postgres_that_does_not_answer(fresh: Home) -> None:
    fresh.variables |= {"AIECO_POSTGRES_URL": "postgresql://me:hunter2@127.0.0.1:1/shop"}
    result = fresh.aieco("run")
    assert result.returncode == 1
    assert "AIECO_POSTGRES_URL" in result.stderr
    assert "hunter2" not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_setting_that_is_not_valid(fresh: Home) -> None:
    fresh.variables |= {"AIECO_DAGSTER_PORT": "http"}
    fresh.refused("status", naming="AIECO_DAGSTER_PORT")


def test_an_answer_before_the_first_run_says_what_to_do(fresh: Home) -> None:
    fresh.refused("ask", "How many days?", naming="aieco run")


def test_broken_files_are_set_aside_and_the_rest_goes_on(fresh: Home, sources: tuple[Path, Path]) -> None:
    documents, transactions = sources
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 this is not a pdf")
    (transactions / "wrong-header.csv").write_text("a,b,c\n1,2,3\n")
    (transactions / "2010-12-02.csv").write_text(GOOD_CSV.replace("2010-12-01", "2010-12-02") + "536366,broken line\n")
    fresh.variables |= {"AIECO_DOCUMENTS": str(documents), "AIECO_TRANSACTIONS": str(transactions)}
    result = fresh.aieco("run", "--select", 'key:"lake/*" or key:"raw/*" or key:"knowledge/chunks"')
    assert result.returncode == 0, result.stdout + result.stderr
    assert rejected_of(fresh) == {"2010-12-01": (1, 1, 0), "2010-12-02": (2, 1, 1)}


def rejected_of(home: Home) -> dict[str, tuple[int, int, int]]:
    rows = home.rows("select invoice_date, read, loaded, rejected from lake.transaction_days")
    return {day.isoformat(): (read, loaded, rejected) for day, read, loaded, rejected in rows}
