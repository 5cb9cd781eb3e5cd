"""Shops that are too young or too odd for a model: the run ends well, says what it waits for, and is then done."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.e2e.conftest import Home, one_document

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800), pytest.mark.long]

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
MODELS = ("models/clv", "models/churn", "models/segments", "predictions/daily_sales")


def send(home: Home, tmp_path: Path, first: date, days: int, customer: str, items: int) -> None:
    transactions = tmp_path / "transactions"
    transactions.mkdir()
    lines = [
        f"{number},10{number % items},TIN,1,{first + timedelta(number)} 09:00:00,6.5,{customer and number},Ireland\n"
        for number in range(days)
    ]
    (transactions / "sales.csv").write_text(HEADER + "".join(lines))
    home.variables |= {
        "AIECO_TRANSACTIONS": str(transactions),
        "AIECO_DOCUMENTS": one_document(tmp_path / "documents"),
    }


def settle(home: Home) -> dict[str, dict]:
    """Runs until there should be nothing to do, and checks that there is not; gives the status by asset."""
    first = home.aieco("run")
    assert first.returncode == 0, first.stdout + first.stderr
    second = home.aieco("run")
    assert (second.returncode, "Nothing changed since the last run" in second.stdout) == (0, True), second.stdout
    return {asset["key"]: asset for asset in home.json("status")["assets"]}


def test_before_a_month_is_complete_every_model_says_so(fresh: Home, tmp_path: Path) -> None:
    send(fresh, tmp_path, date(2026, 3, 2), days=24, customer="known", items=3)
    status = settle(fresh)
    assert "no month is complete yet" in status["models/clv"]["waits"]
    assert {status[key]["status"] for key in MODELS} == {"materialized"}
    assert all(status[key]["waits"] for key in MODELS)
    for key in ("features/customer_rfm", "predictions/customers", "predictions/next_items"):
        assert status[key]["status"] == "missing"
        assert status[key]["waits"] == "no month is complete yet (sales from 2026-03-02 to 2026-03-25)"
    assert "failed" not in {asset["status"] for asset in status.values()}


def test_one_item_and_nobody_who_comes_back(fresh: Home, tmp_path: Path) -> None:
    send(fresh, tmp_path, date(2026, 1, 20), days=70, customer="known", items=1)
    status = settle(fresh)
    assert "of whom 20 bought on more than one day" in status["models/clv"]["waits"]
    assert "of whom 20 bought on more than one day" in status["predictions/customers"]["waits"]
    assert status["features/customer_rfm"]["rows"] > 0


def test_nobody_is_known_by_name(fresh: Home, tmp_path: Path) -> None:
    send(fresh, tmp_path, date(2026, 1, 20), days=70, customer="", items=2)
    status = settle(fresh)
    assert all(status[key]["waits"] for key in MODELS)
