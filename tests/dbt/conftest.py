from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import PROJECT_DIR, dbt_environment, dbt_executable, prepare_manifest

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


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
        result = subprocess.run(
            [str(dbt_executable()), *arguments, "--no-use-colors"],
            cwd=PROJECT_DIR,
            env={
                **os.environ,
                **dbt_environment(shop.warehouse),
                "DBT_TARGET_PATH": str(shop.dbt_target),
                "DBT_LOG_PATH": str(shop.dbt_target),
                **window,
            },
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout
        return result.stdout

    return run
