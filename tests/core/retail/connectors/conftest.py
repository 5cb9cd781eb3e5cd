from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from aieco_assets.core.retail.connectors.days import DailyTable
from aieco_assets.core.retail.landing import LandResult, land_days
from aieco_assets.core.settings import Settings

SHOP = """
    create schema shop;
    create table shop.sales (
        id serial primary key,
        invoice_no text, stock_code text, description text, quantity integer, invoice_date timestamp,
        unit_price numeric(10, 3), customer_id double precision, country text,
        updated_at timestamptz default '2020-01-01'
    );
    insert into shop.sales
        (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
    values ('536365', '85123A', 'HEART', 6, '2010-12-01 08:26:00', 2.550, 17850, 'United Kingdom'),
           ('536366', '71053', 'LANTERN', 1, '2010-12-02 09:00:00', 3.390, null, 'France'),
           ('536367', '22139', 'RETRO "TIN"', -2, '2010-12-03 23:59:59.7', 1.250, 12583, 'France')
"""


class Shop:
    """A table of sales in a schema of the test's own database, and the settings that read it."""

    def __init__(self, settings: Settings) -> None:
        self.url, self._settings = settings.warehouse, settings
        self.do(SHOP)

    def do(self, statements: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statements.encode())

    def settings(self, query: str = "table=shop.sales", url: str = "") -> Settings:
        return self._settings.model_copy(update={"transactions": f"{url or self.url}?{query}"})

    def other_login(self, login: str) -> str:
        parts = urlsplit(self.url)
        return parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}").geturl()


@pytest.fixture
def shop(settings: Settings) -> Shop:
    return Shop(settings)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were fetched from a table, in order; the real thing still runs."""
    found: list[str] = []
    get: Callable[..., bytes] = DailyTable.get

    def spy(self: Any, path: str) -> bytes:
        found.append(path)
        return get(self, path)

    monkeypatch.setattr(DailyTable, "get", spy)
    return found


def land(settings: Settings) -> LandResult:
    return land_days(settings, date(2010, 1, 1), date(2011, 12, 31))
