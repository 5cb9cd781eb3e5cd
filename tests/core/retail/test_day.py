"""A day is made of what all files hold of it, each row once, and named by what stands in them."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aieco_assets.core.retail.day import make_day
from aieco_assets.core.retail.landing_records import MadeDay
from aieco_assets.core.retail.reading import SourceFile
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.rows import ParsedFile
from tests.core.retail.conftest import HEADER
from tests.core.retail.parsing import parsed_of
from tests.core.retail.workbooks import row, workbook

DAY, NEXT = date(2010, 12, 1), date(2010, 12, 2)
A = "1,85123A,HEART,6,2010-12-01 08:26:00,2.55,7,Eire"
B = "2,71053,LANTERN,1,2010-12-01 09:00:00,3.39,,France"
LATER = "3,22139,TIN,1,2010-12-02 09:00:00,1,,France"


def file(*lines: str) -> ParsedFile:
    return parsed_of("\n".join([HEADER, *lines]) + "\n")


def made(**files: ParsedFile) -> MadeDay:
    sources = [SourceFile(path, "", 0, parsed.days) for path, parsed in files.items()]
    return make_day("3", DAY, sources, [*files.values()])


def places(day: MadeDay) -> list[tuple]:
    frame = pl.read_parquet(BytesIO(day.lines))
    return frame.select("_source_file", "_row_number", "_day_row", "invoice_no").rows()


def rejects(day: MadeDay) -> list[tuple]:
    if day.rejects is None:
        return []
    return pl.read_parquet(BytesIO(day.rejects)).select("_source_file", "_row_number", "reason").rows()


def test_rows_lie_by_file_and_row_and_have_their_place_in_the_day():
    day = made(a=file(LATER, B), b=file(A))
    assert places(day) == [("a", 3, 1, "2"), ("b", 2, 1, "1")]
    assert (day.loaded, day.rejected, rejects(day)) == (2, 0, [])


def test_a_row_that_stands_in_two_files_counts_once_and_the_other_says_where():
    day = made(a=file(A), b=file(B, A), c=file(A))
    assert places(day) == [("a", 2, 1, "1"), ("b", 2, 1, "2")]
    same = "the same row stands in a, row 2"
    assert rejects(day) == [("b", 3, same), ("c", 2, same)]
    assert (day.loaded, day.rejected) == (2, 2)


def test_repeats_within_a_file_stay_as_often_as_the_file_that_has_them_most_often():
    assert [row[:2] for row in places(made(a=file(A, A), b=file(A, A, A)))] == [("a", 2), ("a", 3), ("b", 4)]
    assert [row[:2] for row in places(made(a=file(A, A)))] == [("a", 2), ("a", 3)]


def test_rows_that_differ_in_anything_are_two():
    for other in (
        A.replace("2.55", "2.56"),
        A.replace("Eire", ""),
        A.replace("HEART", "heart"),
        A.replace(":26:", ":27:"),
    ):
        assert made(a=file(A), b=file(other)).loaded == 2
    added = parsed_of(f"{HEADER},Till\n{A},4\n")
    assert made(a=file(A), b=added).loaded == 2


def test_sheets_are_places_of_their_own():
    names, line = HEADER.split(","), (1, "85123A", "HEART", 6, 40513.351388888892, 2.55, 7, "Eire")
    sheets = [row(1, *names) + row(2, *line), row(1, *names) + row(2, *line) + row(3, 2, *line[1:])]
    day = made(**{"book.xlsx": parsed_of(workbook(*sheets), "book.xlsx")})
    assert [place[:2] for place in places(day)] == [("book.xlsx#Sheet1", 2), ("book.xlsx#Sheet2", 3)]
    assert rejects(day) == [("book.xlsx#Sheet2", 2, "the same row stands in book.xlsx#Sheet1, row 2")]
    one = made(**{"book.xlsx": parsed_of(workbook(sheets[0]), "book.xlsx")})
    assert places(one) == [("book.xlsx", 2, 1, "1")]


def test_a_row_that_is_inserted_changes_its_own_day_and_no_other():
    before, after = file(A, LATER), file(A, B, LATER)
    assert before.days[NEXT] == after.days[NEXT]
    assert before.days[DAY] != after.days[DAY]
    assert made(a=before).inputs_sha256 != made(a=after).inputs_sha256


def test_a_day_is_named_by_its_rows_whatever_they_are_written_in():
    semicolons = parsed_of("\n".join([HEADER, A]).replace(",", ";").replace("2.55", "2,55"))
    assert semicolons.days == file(A).days
    assert file(A).days != file(A.replace(",6,", ",6.5,")).days


def test_equal_input_gives_equal_bytes():
    assert made(a=file(A, "broken"), b=file(B)) == made(a=file(A, "broken"), b=file(B))


PIECES = st.sampled_from(
    [
        *HEADER.split(","),
        *A.split(","),
        "2011-07-31",
        "31.12.2010",
        "1.249,00",
        "x",
        "",
        '"',
        ",",
        ";",
        "\n",
        "\r\n",
        " ",
        "é",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=40), st.sampled_from([HEADER, HEADER.replace(",", ";"), f"sep=;\n{HEADER}", ""]))
def test_every_row_of_whatever_can_be_read_is_loaded_or_rejected(pieces: list[str], header: str):
    try:
        parsed = parsed_of(f"{header}\n{A}\n" + ",".join(pieces))
    except UnreadableFile:
        return
    assert parsed.accepted.height + parsed.rejected.height == sum(part.rows for part in parsed.days.values())
    rows = [*parsed.accepted["row_number"], *parsed.rejected["row_number"]]
    assert len(rows) == len({*rows})
    assert parsed.rejected["raw"].is_not_null().all() and parsed.rejected["reason"].is_not_null().all()
    for day in parsed.days:
        assert parsed.lines_of(day).height + parsed.rejects_of(day).height == parsed.days[day].rows


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.csv.gz", "a.json", "a.parquet", "a.xlsx", "a.tsv"]))
def test_any_bytes_are_a_file_or_one_sentence(data: bytes, name: str):
    with pytest.raises(UnreadableFile) as caught:
        parsed_of(data, name)
    assert len(str(caught.value)) < 500
