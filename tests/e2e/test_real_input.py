"""The same command on real transactions and real documents."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800), pytest.mark.long]


def test_the_real_input_runs_and_loses_no_line(real_data: Path, fresh: Home) -> None:
    """245 daily files, 370,931 lines (data/README.md), and the real PDFs."""
    fresh.variables |= {
        "AIECO_TRANSACTIONS": str(real_data / "online_retail"),
        "AIECO_DOCUMENTS": str(real_data / "documents"),
    }
    result = fresh.aieco("run")
    assert result.returncode == 0, result.stdout + result.stderr

    counts = fresh.rows("select sum(read), sum(loaded), sum(rejected) from lake.transaction_days")[0]
    total = fresh.rows("select sum(quantity * unit_price) from raw.transactions")[0]
    orders = fresh.rows(
        "select count(*), count(*) filter (where order_type = 'cancellation'), sum(total_amount)::text"
        " from marts.fct_orders"
    )[0]
    lines = fresh.rows(
        "select count(*), count(distinct customer_id), count(distinct country), sum(amount)::text"
        " from marts.fct_sales_lines"
    )[0]
    assert counts[0] == counts[1] + counts[2] == 370_931
    assert f"{total[0]:.2f}" == "6781619.00"
    assert orders == (18_786, 2_887, "6781619.004000")
    assert lines == (370_931, 3_658, 37, "6781619.004000")

    assets = fresh.json("status")["assets"]
    assert {asset["status"] for asset in assets} == {"materialized"}
    assert [asset["key"] for asset in assets if asset["checks"]["failed"]] == []

    answer = fresh.json("ask", "How much can employees expense for fitness-related programs?")
    assert "$1000" in answer["answer"]
    assert ("PerksPlus.pdf", 3) in {(citation["document"], citation["page"]) for citation in answer["citations"]}
    assert fresh.processes() == []
