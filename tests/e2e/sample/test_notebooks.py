"""The notebook that looks around in the warehouse, on the shared home; the others: tests/notebooks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.conftest import ROOT, Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_the_warehouse_notebook_shows_its_sales_its_cohorts_and_a_governed_number(filled: Home) -> None:
    before = filled.rows("select count(*) from marts.fct_sales_lines")
    done = subprocess.run(
        [sys.executable, ROOT / "notebooks" / "explore_warehouse.py"],
        cwd=ROOT,
        env=filled.environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    ((days, orders),) = filled.rows("select count(*), sum(orders) from marts.agg_daily_sales")
    ((cohorts,),) = filled.rows(
        "select count(distinct cohort_month) from marts.agg_cohort_retention where months_since between 1 and 12"
    )
    said = done.stdout.splitlines()
    assert said[:2] == [f"{days} days of sales, {orders:,} orders", f"{cohorts} cohorts"]
    assert said[2].startswith("How many orders did we have? ") and any(letter.isdigit() for letter in said[2])
    assert filled.rows("select count(*) from marts.fct_sales_lines") == before
