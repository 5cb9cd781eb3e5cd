"""Text between delimiters: what people, Excel and other programs write, read to the values that they meant."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aieco_assets.core.retail.records import CutOff, UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written
from aieco_assets.core.retail.tables import read_tables
from aieco_assets.core.retail.tables.table import NoFittingHeader, Table

NAMES = ["id", "text", "price"]


def read(data: str | bytes, name: str = "a.csv", **written: object) -> Table:
    content = data.encode() if isinstance(data, str) else data
    (table,) = read_tables(content, name, lambda names: {*NAMES} <= {*names}, Written.model_validate(written))
    return table


def values(table: Table) -> list[tuple]:
    return table.frame.select(table.columns).rows()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_header(delimiter: str):
    assert values(read("id,text,price\n1,a,2\n".replace(",", delimiter))) == [("1", "a", "2")]


def test_a_delimiter_that_only_the_mapping_knows_is_used():
    assert values(read("id^text^price\n1^a;b,c^2\n", delimiter="^")) == [("1", "a;b,c", "2")]


@pytest.mark.parametrize("hint", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;"])
def test_the_line_that_tells_excel_the_delimiter_is_no_row(hint: str):
    table = read(f"{hint}\r\nid;text;price\r\n1;a,b;2\r\n")
    assert (values(table), table.frame["row_number"].to_list()) == ([("1", "a,b", "2")], [3])


def test_titles_above_the_header_are_passed_over():
    table = read("Sales of May\n\nprinted, on, Monday\nid,text,price\n1,a,2\n")
    assert (values(table), table.frame["row_number"].to_list()) == ([("1", "a", "2")], [5])


def test_a_header_row_that_the_mapping_names_is_taken_and_no_other():
    text = "id,text,price\nid,text,price\n1,a,2\n"
    assert values(read(text, header_row=2)) == [("1", "a", "2")]
    with pytest.raises(NoFittingHeader):
        read(text, header_row=3)
    with pytest.raises(UnreadableFile, match=r"it has no row 9: mend written\.header_row"):
        read(text, header_row=9)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "röd €"), ("utf-8-sig", "röd €"), ("utf-16", "röd €"), ("utf-16-le", "röd"), ("cp1252", "röd €")],
)
def test_the_encodings_of_windows_are_told(encoding: str, text: str):
    assert values(read(f"id,text,price\n1,{text},2\n".encode(encoding))) == [("1", text, "2")]


def test_an_encoding_that_cannot_be_told_is_read_as_the_mapping_says():
    assert values(read("id,text,price\n1,Łódź,2\n".encode("cp1250"), encoding="cp1250")) == [("1", "Łódź", "2")]
    with pytest.raises(UnreadableFile, match=r"it is not ASCII \(byte 16, line 2\)"):
        read("id,text,price\n1,é,2\n", encoding="ascii")


def test_line_breaks_and_delimiters_inside_quotes_belong_to_the_value():
    table = read('id,text,price\n1,"two\nlines, ""and"" more\n",2\n3,b,4\n')
    assert values(table) == [("1", 'two\nlines, "and" more\n', "2"), ("3", "b", "4")]
    assert table.frame.select("row_number", "raw").row(0) == (2, '1,"two\nlines, ""and"" more\n",2')
    assert table.frame["row_number"].to_list() == [2, 5]


def test_a_forgotten_quote_costs_its_own_row_and_no_other():
    table = read('id,text,price\n1,"a,2\n3,b,4\n5,c,6\n7,"d e",8\n')
    assert values(table) == [("3", "b", "4"), ("5", "c", "6"), ("7", "d e", "8")]
    assert table.broken == [(2, '1,"a,2', "its quotes do not match")]


def test_delimiters_at_line_ends_are_no_columns():
    for text in ("id,text,price,,\n1,a,2,,\n", "id,text,price\n1,a,2,\n3,b,4\n", "id,text,price,\n1,a,2\n"):
        assert read(text).names == NAMES
        assert values(read(text))[0] == ("1", "a", "2")


def test_a_column_without_a_name_is_called_by_its_place_when_it_holds_something():
    assert read("id,,text,price\n1,x,a,2\n").names == ["id", "column 2", "text", "price"]
    assert read("id,,text,price\n1, ,a,2\n").names == NAMES


def test_a_value_beyond_the_header_is_not_taken_for_a_column():
    # A decimal comma without quotes moves all that follows by one.
    table = read("id,text,price\n1,a,2,50\n3,b,4\n5,c,6,75\n7,d,8,\n")
    assert values(table) == [("3", "b", "4"), ("7", "d", "8")]
    assert table.broken == [(2, "1,a,2,50", "it has 4 fields, not 3"), (4, "5,c,6,75", "it has 4 fields, not 3")]


def test_rows_of_nothing_but_delimiters_are_blank():
    table = read('id,text,price\n\n,,\n1,a,2\n"","",""\n \t\n')
    assert (values(table), table.broken) == ([("1", "a", "2")], [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_none_of_the_value(end: str):
    assert values(read(f"id,text,price{end}1,a,2{end}3,b,4{end}")) == [("1", "a", "2"), ("3", "b", "4")]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "A.TXT"])
def test_the_ending_says_nothing_of_the_delimiter(name: str):
    assert values(read("id\ttext\tprice\n1\ta\t2\n", name)) == [("1", "a", "2")]


def test_a_header_that_fits_nowhere_is_shown_as_it_stands():
    with pytest.raises(NoFittingHeader, match=r"the header is 'id;text;cost'") as caught:
        read("\nid;text;cost\n1;a;2\n")
    assert caught.value.names == ["id", "text", "cost"]


def test_a_lone_line_without_an_end_may_still_be_growing():
    with pytest.raises(CutOff):
        read("id,te")
    assert read("id,text,price\n1,a").cut
    assert not read("id,text,price\n1,a\n").cut
    assert not read("id,text,price\n1,a,2").cut


# What Python's csv module writes; NUL is in no text file, and Excel's line ends are those of the file.
TEXT = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(st.tuples(st.integers(1, 10**6).map(str), TEXT, TEXT), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_reads_back_to_the_same_values(rows, delimiter, quoting, encoding, end):
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([NAMES, *rows])
    table = read(buffer.getvalue().encode(encoding))
    assert (values(table), table.broken) == (rows, [])


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab,;"\n \r'), max_size=60))
def test_every_line_is_in_one_record(text: str):
    table = read("id,text,price\n" + text)
    body = "id,text,price\n" + text
    if "\r" in body and "\n" not in body[:65536]:
        body = body.replace("\r", "\n")
    said = sorted([*table.frame.select("row_number", "raw").rows(), *((row, raw) for row, raw, _ in table.broken)])
    covered = [number for row, raw in said for number in range(row, row + raw.count("\n") + 1)]
    lines = dict(enumerate(body.split("\n"), start=1))
    filled = [number for number, line in lines.items() if number > 1 and line.strip(' \t",\r')]
    assert len(covered) == len({*covered})
    assert {*filled} <= {*covered}
