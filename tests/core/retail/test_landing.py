from __future__ import annotations

import os
from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import land_days, pending_days
from aieco_assets.core.retail.checks import lost_rows, set_aside
from aieco_assets.core.storage.objects import FolderStore
from aieco_assets.core.storage.postgres import connect
from tests.core.retail.conftest import HEADER

FIRST, LAST = date(2010, 12, 1), date(2011, 12, 31)
A = "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"
B = "536366,71053,LANTERN,1,2010-12-02 09:00:00,3.39,,France"
C = "536367,22139,RETRO TIN,2,2010-12-03 10:00:00,1.25,12583.0,France"


def lake(settings) -> dict[str, bytes]:
    root = Path(settings.lake)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def lines(settings, day: str, kind: str = "transactions") -> list[tuple]:
    frame = pl.read_parquet(BytesIO(lake(settings)[f"{kind}/invoice_date={day}/part-0.parquet"]))
    return frame.select("_source_file", "_row_number").rows()


def land(settings, start=FIRST, end=LAST):
    return land_days(settings, start, end)


def test_days_are_landed_once_and_unchanged_input_writes_nothing(source, drop):
    drop("one.csv", A, B)
    assert pending_days(source).days == (date(2010, 12, 1), date(2010, 12, 2))
    result = land(source)
    assert (result.read, result.loaded, result.rejected, len(result.days)) == (2, 2, 0, 2)
    before = lake(source)
    again = land(source)
    assert (again.read, again.days, again.content_sha256) == (2, (), result.content_sha256)
    assert lake(source) == before
    assert not pending_days(source)


def test_looking_at_what_is_pending_writes_nothing(source, drop):
    drop("one.csv", A)
    pending = pending_days(source)
    assert (pending.files_new, pending.files_changed, pending.files_removed, pending.files) == (1, 0, 0, 1)
    assert pending_days(source) == pending
    assert not Path(source.lake).exists()


def test_a_day_spread_over_files_is_ordered_by_path_and_row(source, drop):
    drop("b.csv", A.replace(",6,", ",7,"), A.replace(",6,", ",8,"))
    drop("a.csv", B, A)
    land(source)
    assert lines(source, "2010-12-01") == [("a.csv", 3), ("b.csv", 2), ("b.csv", 3)]


def test_days_outside_the_range_stay_pending(source, drop):
    drop("all.csv", A, B, C)
    result = land(source, date(2010, 12, 2), date(2010, 12, 2))
    assert (result.read, result.days) == (1, (date(2010, 12, 2),))
    pending = pending_days(source)
    assert pending.days == (date(2010, 12, 1), date(2010, 12, 3))
    assert pending.files_new == 0


def test_a_re_sent_day_replaces_that_day_only(source, drop):
    drop("1.csv", A)
    drop("2.csv", B)
    land(source)
    drop("1.csv", A, A.replace(",6,", ",7,"))
    pending = pending_days(source)
    assert (pending.days, pending.files_changed) == ((date(2010, 12, 1),), 1)
    assert land(source).days == (date(2010, 12, 1),)
    assert len(lines(source, "2010-12-01")) == 2


def test_a_late_day_lands_in_its_own_partition(source, drop):
    drop("2.csv", B)
    land(source)
    before = lake(source)
    drop("late.csv", A)
    assert land(source).days == (date(2010, 12, 1),)
    assert before.items() < lake(source).items()


def test_rows_that_move_to_another_day_make_both_days_pending(source, drop):
    drop("1.csv", A, B)
    land(source)
    drop("1.csv", A, C)
    assert land(source).days == (date(2010, 12, 2), date(2010, 12, 3))
    assert sorted(lake(source)) == [f"transactions/invoice_date=2010-12-0{day}/part-0.parquet" for day in (1, 3)]


def test_a_removed_file_takes_its_rows_along(source, drop):
    drop("1.csv", A)
    drop("2.csv", A, B)
    land(source)
    os.remove(Path(source.transactions) / "2.csv")
    pending = pending_days(source)
    assert (pending.days, pending.files_removed) == ((date(2010, 12, 1), date(2010, 12, 2)), 1)
    assert land(source).read == 1
    assert lines(source, "2010-12-01") == [("1.csv", 2)]


def test_rejected_rows_lie_beside_the_lake_with_their_origin(source, drop):
    drop("1.csv", A, "broken", A.replace("2.55", "free"))
    result = land(source)
    assert (result.read, result.loaded, result.rejected) == (3, 1, 2)
    rejects = pl.read_parquet(BytesIO(lake(source)["transactions_rejected/invoice_date=2010-12-01/part-0.parquet"]))
    assert rejects.select("_source_file", "_row_number", "raw").rows() == [
        ("1.csv", 3, "broken"),
        ("1.csv", 4, A.replace("2.55", "free")),
    ]
    assert set_aside(source).rejected_rows == 2
    drop("1.csv", A)
    land(source)
    assert list(lake(source)) == ["transactions/invoice_date=2010-12-01/part-0.parquet"]


def test_broken_files_are_quarantined_and_the_rest_goes_on(source, drop):
    drop("good.csv", A)
    folder = Path(source.transactions)
    (folder / "header.csv").write_text("a,b\n1,2\n")
    (folder / "latin.csv").write_bytes(f"InvoiceNo\n{A}röd gröd".encode() + b"CAF\xc9,\n")
    (folder / "notes.pdf").write_bytes(b"PK")
    result = land(source)
    assert result.read == 1
    assert sorted(result.quarantined_files) == ["header.csv", "latin.csv", "notes.pdf"]
    assert result.quarantined_files["header.csv"] == (
        "the header is 'a,b', which is no known layout: `aieco init SOURCE` writes a mapping of it (shop.yaml)"
    )
    assert result.quarantined_files["latin.csv"].startswith("it is not UTF-8 (byte ")
    assert set_aside(source).quarantined_files == result.quarantined_files
    assert pending_days(source).files_quarantined == 3
    assert not pending_days(source)


def test_added_columns_are_kept_and_shown(source):
    path = Path(source.transactions) / "1.csv"
    path.write_text(f"{HEADER},Till,Colour\n{A},T1,red\n")
    land(source)
    assert set_aside(source).added_columns == {"1.csv": ["Colour", "Till"]}
    frame = pl.read_parquet(BytesIO(lake(source)["transactions/invoice_date=2010-12-01/part-0.parquet"]))
    assert frame["extra"].to_list() == ['{"Colour":"red","Till":"T1"}']
    assert not pending_days(source)
    land(source)
    assert set_aside(source).added_columns == {"1.csv": ["Colour", "Till"]}
    # The rows as they stand in the file are the same: the header alone makes the day another one.
    path.write_text(f"{HEADER},Shop,Colour\n{A},T1,red\n")
    assert land(source).days == (date(2010, 12, 1),)


def test_a_landing_killed_between_write_and_record_ends_as_an_undisturbed_one(source, drop, monkeypatch):
    drop("1.csv", A, B, "broken")
    drop("2.csv", C)
    undisturbed = source.model_copy(update={"lake_url": str(source.home / "other")})
    land(undisturbed)
    with connect(source.warehouse) as connection:
        connection.execute("truncate lake.transaction_days, lake.transaction_files")

    class Killed(BaseException):
        pass

    put = FolderStore.put

    def put_and_die(self, key, data):
        put(self, key, data)
        if "2010-12-02" in key:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", put_and_die)
        with pytest.raises(Killed):
            land(source)
    assert lake(source)
    assert len(pending_days(source).days) == 3
    # What was half landed leaves the source before the next try.
    drop("2.csv", C.replace("2010-12-03", "2010-12-04"))
    land(source)
    drop("2.csv", C)
    land(source)
    assert lake(source) == lake(undisturbed)
    assert lost_rows(source) == []


def test_an_object_that_was_lost_is_landed_again(source, drop):
    drop("1.csv", A)
    land(source)
    before = lake(source)
    os.remove(Path(source.lake) / next(iter(before)))
    assert pending_days(source).days == (date(2010, 12, 1),)
    land(source)
    assert lake(source) == before


def test_a_lost_row_is_found(source, drop):
    drop("1.csv", A, A)
    land(source)
    assert lost_rows(source) == []
    with connect(source.warehouse) as connection:
        connection.execute("update lake.transaction_days set read = 1, loaded = 1")
    assert lost_rows(source) == [(date(2010, 12, 1), 2, 1, 1, 0, 0)]


def test_a_source_without_files_is_one_clear_sentence(source):
    with pytest.raises(AiecoError, match=r"holds no \.csv, .* or \.xlsm files: set AIECO_TRANSACTIONS"):
        pending_days(source)
    missing = source.model_copy(update={"transactions": source.transactions + "/nowhere"})
    with pytest.raises(AiecoError, match=r"nowhere is not a folder: set AIECO_TRANSACTIONS"):
        land(missing)


def test_source_and_lake_in_a_bucket(source, drop, monkeypatch):
    import boto3
    from moto import mock_aws

    drop("1.csv", A, B, "broken")
    local = land(source)
    with connect(source.warehouse) as connection:
        connection.execute("truncate lake.transaction_days, lake.transaction_files")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="shop")
        client.put_object(Bucket="shop", Key="in/1.csv", Body=(Path(source.transactions) / "1.csv").read_bytes())
        remote = source.model_copy(update={"transactions": "s3://shop/in", "lake_url": "s3://shop/lake"})
        result = land(remote)
        assert (result.read, result.content_sha256) == (local.read, local.content_sha256)
        assert not pending_days(remote)


def test_tomorrow_is_believed_but_not_yet_pending(source, drop):
    tomorrow = datetime.now(timezone.utc).date() + timedelta(days=1)
    drop("1.csv", A.replace("2010-12-01", str(tomorrow)), A.replace("2010-12-01", str(tomorrow + timedelta(days=1))), A)
    assert pending_days(source).days == (date(2010, 12, 1),)
    result = land(source, FIRST, tomorrow)
    assert (result.loaded, result.rejected, result.days) == (2, 1, (date(2010, 12, 1), tomorrow))
