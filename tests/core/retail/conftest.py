from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aieco_assets.core.settings import Settings

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


@pytest.fixture
def source(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose transaction source is an empty folder."""
    folder = tmp_path / "source"
    folder.mkdir()
    return settings.model_copy(update={"transactions": str(folder)})


@pytest.fixture
def drop(source: Settings) -> Callable[..., Path]:
    """Write lines below the usual header into a file of the source."""

    def write(name: str, *lines: str) -> Path:
        path = Path(source.transactions) / name
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return path

    return write
