"""Which files of a source count: copies do once, and what is still being written waits."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl

from aieco_assets.core.retail import pending_days
from tests.core.retail.conftest import HEADER
from tests.core.retail.test_landing import A, B, C, land, lines


def test_the_same_file_under_another_name_counts_once(source, drop):
    drop("1.csv", A)
    drop("copy of 1.csv", A)
    result = land(source)
    assert result.read == 1
    assert result.quarantined_files == {"copy of 1.csv": "it has the same content as 1.csv"}


def test_a_packed_copy_counts_once(source, drop):
    path = drop("1.csv", A)
    Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
    result = land(source)
    assert result.read == 1
    assert result.quarantined_files == {"1.csv.gz": "it holds the same rows as 1.csv"}


def test_a_copy_in_another_format_counts_once(source, drop):
    path = drop("1.csv", A, B)
    records = [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in (A, B)]
    path.with_suffix(".jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    buffer = BytesIO()
    pl.DataFrame(records).with_columns(pl.col("UnitPrice").cast(pl.Float64)).write_parquet(buffer)
    path.with_suffix(".parquet").write_bytes(buffer.getvalue())
    result = land(source)
    same = "it holds the same rows as 1.csv"
    assert (result.read, result.quarantined_files) == (2, {"1.jsonl": same, "1.parquet": same})


def test_a_file_that_is_being_written_waits_and_what_was_read_of_it_stays(source, drop):
    path = drop("1.csv", A)
    land(source)
    with path.open("a") as file:
        file.write(f"{B}\n{C[:20]}")
    pending = pending_days(source)
    assert (pending.waiting, pending.days, pending.files_changed) == (("1.csv",), (), 0)
    assert (land(source).read, lines(source, "2010-12-01")) == (1, [("1.csv", 2)])
    with path.open("a") as file:
        file.write(f"{C[20:]}\n")
    assert pending_days(source).waiting == ()
    assert land(source).days == (date(2010, 12, 2), date(2010, 12, 3))


def test_a_new_file_that_is_being_written_is_taken_for_broken_after_a_while(source, drop):
    folder = Path(source.transactions)
    (folder / "1.csv").write_text(f"{HEADER}\n{A}\n{B[:20]}")
    (folder / "2.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{C}\n".encode())[:-9])
    assert pending_days(source).waiting == ("1.csv", "2.csv.gz")
    result = land(source)
    assert (result.read, result.quarantined_files) == (0, {})
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    result = land(source)
    assert (result.read, result.rejected) == (2, 1)
    assert list(result.quarantined_files) == ["2.csv.gz"]


def test_a_whole_last_line_without_line_end_does_not_wait(source):
    (Path(source.transactions) / "1.csv").write_text(f"{HEADER}\n{A}")
    assert (pending_days(source).waiting, land(source).loaded) == ((), 1)
