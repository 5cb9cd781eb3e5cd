"""`make replay`: thirty days of real transactions, and of the sample, on which nothing happens, day by day through real
drift, real signals and the shipped policies. Nothing is retrained and nobody is woken; what is put in is found.

`make test` does the same on a small shop: tests/core/policy/test_stationary.py.
"""

from __future__ import annotations

import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import connect
from tests.e2e.conftest import Home
from tests.replaying import acts, measured

DAYS = int(os.environ.get("AIECO_REPLAY", 0))
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not DAYS, reason="some ten minutes: `make replay`"),
]
TRAINED = "2011-06-30"  # then three months pass without a training
UNTRAINED = " or ".join(f'group:"{name}"' for name in ("lake", "raw", "staging", "marts", "features", "predictions"))


def test_the_sample_is_left_in_peace_and_a_shift_is_found(fresh: Home) -> None:
    ran(fresh, "run")
    nothing_happens_until_something_does(fresh)


def test_online_retail_is_left_in_peace_three_months_after_its_models_were_trained(
    fresh: Home, real_data: Path, tmp_path: Path
) -> None:
    (source := tmp_path / "online_retail").mkdir()
    files = sorted((real_data / "online_retail").glob("*.csv"))
    fresh.variables |= {"AIECO_TRANSACTIONS": str(source), "AIECO_DOCUMENTS": str(real_data / "documents")}
    for file in files:
        if file.stem <= TRAINED:
            shutil.copy(file, source)
    ran(fresh, "run")
    for file in files:
        if file.stem > TRAINED:
            shutil.copy(file, source)
    ran(fresh, "run", "--select", UNTRAINED)
    nothing_happens_until_something_does(fresh)


def ran(home: Home, *arguments: str) -> None:
    result = home.aieco(*arguments, timeout=1800)
    assert result.returncode == 0, result.stdout + result.stderr


def nothing_happens_until_something_does(home: Home) -> None:
    ((last,),) = home.rows("select max(invoice_date) from marts.fct_orders")
    with open_platform(Settings(home=home.path, _env_file=None)) as settings:  # type: ignore[call-arg]
        measured(settings, last - timedelta(days=DAYS - 1), last)
        tell(settings, last)
        assert acts(settings, last, DAYS) == []
        assert home.rows("select kind, subject from monitoring.incidents where severity = 'critical'") == []

        shifted = last - timedelta(days=9)
        with connect(settings.warehouse) as connection:
            connection.execute(
                "update features.customer_rfm set monetary = 3 * monetary, revenue = 3 * revenue,"
                " items_bought = 3 * items_bought where as_of = (select max(current_as_of) from monitoring.drift"
                " where model = 'customer_rfm' and day = %s)",
                (shifted,),
            )
        measured(settings, shifted, last)
        done = acts(settings, last, DAYS)
    assert [(policy, kinds) for _, policy, kinds in done] == [("retrain_on_drift", ["retrain", "retrain", "notify"])]
    assert done[0][0] >= shifted


def tell(settings: Settings, last: date) -> None:
    """What the thirty days looked like, for whoever reads the report (pytest -rP)."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select metric, entity, count(*), min(value), max(value), min(sample_size) from monitoring.signals"
            " where day > %s::date - %s group by 1, 2 order by 1, 2",
            (last, DAYS),
        ).fetchall()
    for metric, entity, days, least, most, sample in rows:
        print(f"{metric:<22} {entity:<32} {days:>3} days  {least:>10.4g} to {most:<10.4g} sample {sample}")
