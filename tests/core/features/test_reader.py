"""The one reader of features."""

from __future__ import annotations

from datetime import date

from aieco_assets.core.features.reader import available_as_of, features_digest, first_customer_day, read_rfm
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows
from tests.core.customers.literal import COLUMNS, TABLE

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 31)
ROWS = [
    (JULY, "2", 1, 30, 60, 12.5, 25, 2, 7, date(2025, 7, 1), date(2025, 6, 1), "France",
     30, 4, 5, 0.2, 12.5, "Spain", 1),
    (JULY, "10", 0, 0, 30, None, 9, 1, 1, date(2025, 7, 1), date(2025, 7, 1), None,
     None, 1, 0, 0, 9, None, 0),
    (JUNE, "2", 0, 0, 29, None, 12.5, 1, 3, date(2025, 6, 1), date(2025, 6, 1), "France",
     None, 2, 0, 0, 12.5, "France", 0),
]  # fmt: skip


def fill(settings: Settings, rows=ROWS) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(TABLE.encode())
        connection.execute("truncate features.customer_rfm")
        copy_rows(connection, "features.customer_rfm", COLUMNS, rows)


def test_a_month_end_is_read_whole_in_order_with_numbers_as_floats(settings: Settings) -> None:
    fill(settings)
    frame = read_rfm(settings, JULY)
    assert frame["customer_id"].tolist() == ["10", "2"]
    assert frame["frequency"].tolist() == [0.0, 1.0]
    assert frame["monetary"].isna().tolist() == [True, False]
    assert str(frame["revenue"].dtype) == "float64"
    assert read_rfm(settings, JULY, ["2", "unknown"])["customer_id"].tolist() == ["2"]
    assert read_rfm(settings, date(2025, 1, 31)).empty
    assert available_as_of(settings) == [JUNE, JULY]
    assert first_customer_day(settings) == date(2025, 6, 1)


def test_the_digest_follows_content_not_the_order_of_writing(settings: Settings) -> None:
    fill(settings)
    before = features_digest(read_rfm(settings, JUNE), read_rfm(settings, JULY))
    fill(settings, list(reversed(ROWS)))
    assert features_digest(read_rfm(settings, JUNE), read_rfm(settings, JULY)) == before
    fill(settings, [(*ROWS[0][:2], 2, *ROWS[0][3:]), *ROWS[1:]])
    assert features_digest(read_rfm(settings, JUNE), read_rfm(settings, JULY)) != before
