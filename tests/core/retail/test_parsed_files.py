"""What was read is kept until it is landed: the landing finds the same rows as if it had read the file itself."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from aieco_assets.core.retail.parsed_files import ParsedFiles
from aieco_assets.core.retail.rows import ParsedFile
from tests.core.retail.conftest import HEADER
from tests.core.retail.parsing import PLAIN, parsed_of, shop

TEXT = f"{HEADER},Till\n1,85123A,HEART,6,2010-12-01 08:26:00,2.55,7,Eire,4\nbroken\n2,A,,1,2012-12-02 08:26:00,1,,,\n"


@pytest.fixture(params=[1000, 2**24], ids=["small", "large"])
def size(request: pytest.FixtureRequest) -> int:
    return request.param


def equal(one: ParsedFile, other: ParsedFile) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    return all(a.equals(b) if isinstance(a, pl.DataFrame) else a == b for a, b in pairs)


@pytest.mark.parametrize("mapped", [False, True])
def test_rows_come_back_as_they_were_put(tmp_path: Path, size: int, mapped: bool):
    text = "order,time,item,quantity,price\n1,2010-12-01,A,1,1\n" if mapped else TEXT
    parsed = parsed_of(text, mapping=shop(PLAIN) if mapped else None)
    cache = ParsedFiles(tmp_path / "cache", "rules")
    cache.put("d1", parsed, size)
    found = cache.get("d1")
    assert found is not None and equal(found, parsed)
    assert found.lines_of(next(iter(parsed.days))).equals(parsed.lines_of(next(iter(parsed.days))))
    assert cache.get("d2") is None


def test_a_large_file_is_found_by_another_process_that_reads_by_the_same_rules(tmp_path: Path):
    parsed = parsed_of(TEXT)
    ParsedFiles(tmp_path, "rules").put("d1", parsed, 2**24)
    found = ParsedFiles(tmp_path, "rules").get("d1")
    assert found is not None and equal(found, parsed)
    assert ParsedFiles(tmp_path, "other rules").get("d1") is None


def test_what_is_landed_is_forgotten(tmp_path: Path, size: int):
    cache = ParsedFiles(tmp_path / "cache", "rules")
    cache.put("d1", parsed_of(TEXT), size)
    cache.clear()
    assert cache.get("d1") is None
    assert not (tmp_path / "cache").exists()


def test_a_place_that_cannot_be_written_costs_only_reading_again(tmp_path: Path):
    (tmp_path / "cache").write_text("a file")
    cache = ParsedFiles(tmp_path / "cache", "rules")
    cache.put("d1", parsed_of(TEXT), 2**24)
    assert cache.get("d1") is None
