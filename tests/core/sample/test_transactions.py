from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.sample.catalogue import CATALOGUE_ITEMS
from aieco_assets.core.sample.documents import read_sources
from aieco_assets.core.sample.purchases import FIRST_DAY, LAST_DAY
from aieco_assets.core.sample.transactions import TRUE_BGNBD, TRUE_GAMMA_GAMMA, write_transactions
from tests.core.sample import bgnbd


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("transactions")
    write_transactions(folder)
    return folder


@pytest.fixture(scope="module")
def lines(folder) -> pd.DataFrame:
    text = {"InvoiceNo": str, "StockCode": str, "CustomerID": str}
    frames = [pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""]) for path in sorted(folder.iterdir())]
    return pd.concat(frames, ignore_index=True).assign(day=lambda all: pd.to_datetime(all.InvoiceDate).dt.normalize())


@pytest.fixture(scope="module")
def purchase_days(lines) -> pd.DataFrame:
    """One row per known customer and day with a sale."""
    sales = lines[lines.CustomerID.notna() & ~lines.InvoiceNo.str.contains("^[AC]") & (lines.Quantity > 0)]
    return sales[["CustomerID", "day"]].drop_duplicates().sort_values(["CustomerID", "day"])


def histories(purchase_days: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Frequency, recency and age in days of the customers known on `as_of`."""
    end = pd.Timestamp(as_of)
    known = purchase_days[purchase_days.day <= end].groupby("CustomerID").day.agg(["min", "max", "count"])
    return pd.DataFrame(
        {
            "frequency": known["count"] - 1,
            "recency": (known["max"] - known["min"]).dt.days,
            "age": (end - known["min"]).dt.days,
        }
    ).astype(float)


def test_files_have_the_columns_and_notation_of_online_retail(folder):
    with (folder / "2024-10-01.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == TRANSACTION_COLUMNS
    assert rows[0][0] == "600001"
    for invoice, _, _, quantity, at, price, customer, _ in rows:
        assert re.fullmatch(r"C?6000\d\d", invoice)
        assert re.fullmatch(r"-?\d+", quantity)
        assert re.fullmatch(r"2024-10-01 \d\d:\d\d:00", at)
        assert re.fullmatch(r"\d+\.\d{1,2}", price)
        assert re.fullmatch(r"(\d{5}\.0)?", customer)
    assert b"\r" not in (folder / "2024-10-01.csv").read_bytes()


def test_a_year_of_daily_files_without_saturdays_and_holidays(folder, lines):
    days = {date.fromisoformat(path.stem) for path in folder.iterdir()}
    year = {FIRST_DAY + timedelta(days=day) for day in range(365)}
    assert max(year) == LAST_DAY
    closed = {date(2024, 12, 25), date(2024, 12, 26), date(2025, 1, 1), date(2025, 4, 20)}
    assert year - days == {day for day in year if day.weekday() == 5} | closed
    assert 40_000 <= len(lines) <= 60_000


def test_each_file_holds_its_own_day_in_order_of_time(folder):
    for path in sorted(folder.iterdir())[:40]:
        stamps = pd.read_csv(path).InvoiceDate
        assert set(stamps.str[:10]) == {path.stem}
        assert stamps.is_monotonic_increasing


def test_bytes_are_the_same_whatever_the_window(folder, tmp_path):
    files, written = write_transactions(tmp_path, date(2024, 12, 20), date(2025, 1, 3))
    assert files == len(list(tmp_path.iterdir())) == 10
    assert written == sum(len(pd.read_csv(path)) for path in tmp_path.iterdir())
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_a_small_company_is_possible(tmp_path):
    files, written = write_transactions(tmp_path, date(2024, 10, 1), date(2024, 10, 31), customers=60)
    assert files > 5
    assert 50 < written < 1_000


def test_parameters_are_recovered_by_maximum_likelihood(purchase_days):
    """Tolerances are about three standard errors of the fit with 1,400 customers (30 other seeds were tried)."""
    found = bgnbd.fit(*histories(purchase_days, LAST_DAY).to_numpy().T)
    assert found["r"] == pytest.approx(TRUE_BGNBD["r"], rel=0.15)
    assert found["alpha"] == pytest.approx(TRUE_BGNBD["alpha"], rel=0.20)
    assert found["a"] == pytest.approx(TRUE_BGNBD["a"], rel=0.60)
    assert found["b"] == pytest.approx(TRUE_BGNBD["b"], rel=0.75)
    true_rate, rate = (p["r"] / p["alpha"] for p in (TRUE_BGNBD, found))
    true_leaving, leaving = (p["a"] / (p["a"] + p["b"]) for p in (TRUE_BGNBD, found))
    assert rate == pytest.approx(true_rate, rel=0.10)
    assert leaving == pytest.approx(true_leaving, rel=0.12)


def test_as_many_repeat_purchases_happen_as_the_parameters_expect(purchase_days):
    known = histories(purchase_days, LAST_DAY)
    expected = bgnbd.expected_purchases(known.age.to_numpy(), **TRUE_BGNBD).sum()
    assert known.frequency.sum() / expected == pytest.approx(1.0, abs=0.08)


def test_the_last_three_months_follow_from_the_months_before(purchase_days):
    as_of = date(2025, 6, 30)
    known = histories(purchase_days, as_of)
    later = purchase_days[(purchase_days.day > pd.Timestamp(as_of)) & purchase_days.CustomerID.isin(known.index)]
    expected = bgnbd.expected_future_purchases(*known.to_numpy().T, days=92, **TRUE_BGNBD).sum()
    assert len(later) / expected == pytest.approx(1.0, abs=0.10)


def test_first_purchases_spread_over_nine_months(purchase_days):
    first = purchase_days.groupby("CustomerID").day.min()
    assert first.max() <= pd.Timestamp(2025, 7, 1)
    by_month = first.dt.to_period("M").value_counts()
    assert len(by_month[by_month > 20]) == 9
    assert by_month.max() < 2 * by_month[by_month > 20].min()


def test_mean_spend_is_that_of_the_gamma_gamma_parameters(lines):
    sales = lines[lines.CustomerID.notna() & ~lines.InvoiceNo.str.startswith("C") & lines.StockCode.str.match(r"\d")]
    per_day = (sales.Quantity * sales.UnitPrice).groupby([sales.CustomerID, sales.day]).sum()
    true_mean = TRUE_GAMMA_GAMMA["p"] * TRUE_GAMMA_GAMMA["v"] / (TRUE_GAMMA_GAMMA["q"] - 1)
    assert per_day.groupby("CustomerID").mean().mean() == pytest.approx(true_mean, rel=0.08)


def test_cancellations_undo_an_earlier_sale_of_the_same_customer(lines):
    cancelled = lines[lines.InvoiceNo.str.startswith("C") & lines.StockCode.str.match(r"\d")]
    assert (cancelled.Quantity < 0).all()
    assert cancelled.CustomerID.notna().all()
    assert 0.01 < len(cancelled) / len(lines) < 0.03
    sold = lines[~lines.InvoiceNo.str.contains("^[AC]") & (lines.Quantity > 0)]
    pairs = cancelled.merge(sold, on=["CustomerID", "StockCode"], suffixes=("", "_sold"))
    earlier = pairs[(pairs.day_sold < pairs.day) & (pairs.Quantity_sold >= -pairs.Quantity)]
    assert set(earlier.InvoiceNo) == set(cancelled.InvoiceNo)


def test_the_untidy_parts_of_retail_data_are_there(lines):
    missing = lines.CustomerID.isna()
    assert 0.10 < missing.mean() < 0.20
    assert {"POST", "C2", "D", "M", "DOT", "BANK CHARGES", "AMAZONFEE", "B"} <= set(lines.StockCode)
    adjustments = lines[lines.InvoiceNo.str.startswith("A")]
    assert list(adjustments.UnitPrice) == [7420.18, -7420.18, -7420.18]
    assert adjustments.InvoiceNo.is_unique
    assert (lines.UnitPrice == 0).sum() > 50
    assert lines.Description.isna().sum() > 5
    assert lines.duplicated().sum() > 50
    united_kingdom = (lines.Country == "United Kingdom").mean()
    assert 0.8 < united_kingdom < 0.95
    assert lines.Country.nunique() >= 8
    assert (lines[~missing].groupby("CustomerID").Country.nunique() > 1).sum() >= 5
    assert lines.Description.str.contains(",").any()


def test_an_invoice_has_one_time_and_one_customer(lines):
    per_invoice = lines.groupby("InvoiceNo").agg({"InvoiceDate": "nunique", "Country": "nunique"})
    assert (per_invoice == 1).all().all()
    assert (lines.groupby("InvoiceNo").CustomerID.nunique(dropna=False) == 1).all()
    numbers = lines.InvoiceNo.str.lstrip("CA").astype(int)
    assert numbers.is_monotonic_increasing
    assert np.array_equal(numbers.unique(), np.arange(600001, numbers.max() + 1))


def test_some_purchase_days_are_billed_as_two_invoices(lines, purchase_days):
    sales = lines[lines.CustomerID.notna() & ~lines.InvoiceNo.str.contains("^[AC]")]
    assert 1.02 < sales.InvoiceNo.nunique() / len(purchase_days) < 1.10


def test_prices_and_names_of_an_item_change_over_time_but_not_within_a_day(lines):
    items = lines[lines.StockCode.str.match(r"\d") & (lines.UnitPrice > 0)]
    assert (items.groupby(["StockCode", "day"]).UnitPrice.nunique() == 1).mean() > 0.90
    sold = items[~items.InvoiceNo.str.startswith("C")]
    assert (sold.groupby(["StockCode", "day"]).UnitPrice.nunique() == 1).all()
    assert (items.groupby("StockCode").UnitPrice.nunique() > 1).mean() > 0.5
    assert (items.groupby("StockCode").Description.nunique() > 1).sum() >= 5


def test_the_catalogue_document_and_the_shop_agree():
    (document,) = [source for source in read_sources() if source.name == "product-catalogue-2025"]
    text = "\n".join(document.pages)
    for code, description, price in CATALOGUE_ITEMS:
        assert f"| {code} | {description} | {price:.2f} |" in text
