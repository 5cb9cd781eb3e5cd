from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import dbt_environment, prepare_manifest, run_dbt
from aieco_assets.core.stack.warm_dbt import WarmDbt

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.fixture(scope="session", autouse=True)
def _commands_are_quick(warm_dbt: WarmDbt) -> None: ...


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose transaction source is an empty folder."""
    folder = tmp_path / "source"
    folder.mkdir()
    return settings.model_copy(update={"transactions": str(folder)})


@pytest.fixture
def send(shop: Settings) -> Callable[..., None]:
    """Put a file of lines into the source (none: remove it), then land and load everything."""

    def write(name: str, *lines: str) -> None:
        path = Path(shop.transactions) / name
        if lines:
            path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        else:
            path.unlink()
        land_days(shop, date(2010, 1, 1), date(2011, 12, 31))
        load_days(shop, date(2010, 1, 1), date(2011, 12, 31))

    return write


@pytest.fixture
def dbt(shop: Settings) -> Callable[..., str]:
    """Run dbt on the shop's warehouse as a person would; returns its output, fails the test when dbt fails."""

    def run(*arguments: str, **window: str) -> str:
        prepare_manifest(shop)
        result = run_dbt(shop.dbt_target, {**dbt_environment(shop.warehouse), **window}, *arguments)
        assert result.returncode == 0, result.stdout
        return result.stdout

    return run
