"""A newcomer points the platform at files of their own: other shops, as they are, end well or say what is missing."""

import json
import os
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.e2e.conftest import Home, one_document

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

# The first days of the nine months, and no model of their customers; `make journey` runs all of them, and all.
DAYS = int(os.environ.get("AIECO_JOURNEY_DAYS", "38"))
WHOLE = "AIECO_JOURNEY_DAYS" in os.environ
ASKED = '+key:"marts/fct_sales_lines" or +key:"knowledge/index" or key:"models/llm"'


@pytest.fixture
def journey(real_data: Path, tmp_path: Path) -> tuple[Path, pl.DataFrame]:
    """A folder as dunnhumby's Complete Journey comes, with its first days; and its lines with their departments."""
    lines = pl.read_parquet(real_data / "complete_journey" / "transactions.parquet")
    lines = lines.filter(pl.col("transaction_timestamp").dt.date() < date(2017, 1, 1) + timedelta(days=DAYS))
    folder = tmp_path / "journey"
    folder.mkdir()
    lines.write_parquet(folder / "transactions.parquet")
    for name in ("products.parquet", "demographics.parquet"):
        (folder / name).write_bytes((real_data / "complete_journey" / name).read_bytes())
    products = pl.read_parquet(folder / "products.parquet", columns=["product_id", "department"])
    return folder, lines.join(products, on="product_id", how="left")


def test_a_supermarket_needs_no_mapping_and_answers_sales_by_department_and_month(
    fresh: Home, journey: tuple[Path, pl.DataFrame], real_data: Path, tmp_path: Path
) -> None:
    folder, lines = journey
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "PerksPlus.pdf").write_bytes((real_data / "documents" / "PerksPlus.pdf").read_bytes())
    fresh.variables |= {"AIECO_TRANSACTIONS": str(folder), "AIECO_DOCUMENTS": str(documents)}
    result = fresh.aieco("run", *(() if WHOLE else ("--select", ASKED)))
    assert result.returncode == 0, result.stdout + result.stderr

    read, loaded, rejected = fresh.rows("select sum(read), sum(loaded), sum(rejected) from lake.transaction_days")[0]
    assert (read, rejected) == (lines.height, 0) and read == loaded + rejected
    total = fresh.rows("select sum(amount) from marts.fct_sales_lines where line_type = 'sale'")[0][0]
    assert float(total) == pytest.approx(lines["sales_value"].sum(), abs=0.005)

    people = pl.read_parquet(folder / "demographics.parquet")
    told_of = dict(fresh.rows("select attribute, count(*) from lake.customer_attributes group by 1"))
    assert told_of == {name: people[name].drop_nulls().len() for name in ("age", "income")}

    month = pl.col("transaction_timestamp").dt.strftime("%Y-%m")
    wanted = lines.group_by("department", month.alias("month")).agg(pl.col("sales_value").sum())
    wanted = wanted.filter(pl.col("department").is_not_null() & (pl.col("sales_value") > 0))
    metric = fresh.json("ask", "What were our sales by department and month?")["metric"]
    told = {row["key"]: row["value"] for row in metric["rows"]}
    for department, when, value in wanted.rows():
        assert told[f"{department}|{when}"] == pytest.approx(value, abs=0.006)
    assert metric["unit"] == "USD"

    answer = fresh.json("ask", "How much can employees expense for fitness-related programs?")
    assert "$1000" in answer["answer"]
    assert ("PerksPlus.pdf", 3) in {(citation["document"], citation["page"]) for citation in answer["citations"]}

    if WHOLE:
        second = fresh.aieco("run")
        assert second.returncode == 0 and "Nothing changed" in second.stdout, second.stdout + second.stderr


@pytest.mark.long
def test_a_source_from_which_no_row_can_be_loaded_is_no_success_and_documents_still_run(
    fresh: Home, tmp_path: Path
) -> None:
    transactions = tmp_path / "transactions"
    transactions.mkdir()
    (transactions / "a.csv").write_text("Ref,When,What\n1,2026-01-02,Lamp\n")
    (transactions / "b.csv").write_text("InvoiceNo,StockCode,InvoiceDate\n1,22139,2026-01-02 10:00:00\n")
    fresh.variables |= {
        "AIECO_TRANSACTIONS": str(transactions),
        "AIECO_DOCUMENTS": one_document(tmp_path / "documents"),
    }
    result = fresh.aieco("run")
    assert result.returncode == 1
    assert "a.csv: the header is 'Ref,When,What', which is no known layout" in result.stderr
    assert "b.csv: the header is 'InvoiceNo,StockCode,InvoiceDate', which lacks Description" in result.stderr
    assert "aieco init" in result.stderr and "Traceback" not in result.stdout + result.stderr

    refused = json.loads(fresh.aieco("status", "--json").stdout)["transactions"]["quarantined"]
    assert [*refused] == ["a.csv", "b.csv"] and "which is no known layout" in refused["a.csv"]

    answer = fresh.json("ask", "How many days do I have to return an unused item?")
    assert "45 days" in answer["answer"]
