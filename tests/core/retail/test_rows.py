from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from aieco_assets.core.retail.rows import UnreadableFile
from tests.core.retail.conftest import HEADER
from tests.core.retail.parsing import parsed_of

GOOD = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


def parse(*lines: str, header: str = HEADER, end: str = "\n"):
    return parsed_of(end.join([header, *lines]))


def test_a_line_becomes_typed_values():
    assert parse(GOOD).accepted.row(0, named=True) == {
        "invoice_date": date(2010, 12, 1),
        "invoice_no": "536365",
        "stock_code": "85123A",
        "description": "WHITE HEART",
        "category": None,
        "quantity": Decimal("6.0000"),
        "invoiced_at": datetime(2010, 12, 1, 8, 26),
        "unit_price": Decimal("2.550000"),
        "amount": Decimal("15.300000"),
        "customer_id": "17850",
        "country": "United Kingdom",
        "store": None,
        "line_type": "sale",
        "is_product": True,
        "order_type": None,
        "extra": None,
        "row_number": 2,
        "sheet": "",
    }


def test_fractions_of_a_piece_and_of_a_penny_are_exact():
    row = parse(GOOD.replace(",6,", ",0.3333,").replace("2.55", "0.000125")).accepted.row(0, named=True)
    assert (row["quantity"], row["unit_price"]) == (Decimal("0.3333"), Decimal("0.000125"))
    assert row["amount"] == Decimal("0.000042")  # 0.0000416625, to six decimals


def test_exact_repeats_are_kept():
    assert parse(GOOD, GOOD).accepted.height == 2


def test_empty_optional_values_are_null_and_text_is_kept_as_given():
    row = parse("536365,85123A, LAMP  RED ,6,2010-12-01 08:26:00,2.55,,").accepted.row(0, named=True)
    assert (row["description"], row["customer_id"], row["country"]) == (" LAMP  RED ", None, None)
    assert parse("1,2,,6,2010-12-01 08:26:00,2.55,A-7,Eire").accepted.row(0, named=True)["description"] is None


def test_quoted_commas_quotes_and_windows_line_ends():
    parsed = parse('1,2,"TRAY, 3"" WIDE",6,2010-12-01 08:26:00,2.55,7,Eire', GOOD, "", end="\r\n")
    assert parsed.accepted["description"].to_list() == ['TRAY, 3" WIDE', "WHITE HEART"]
    assert parsed.rejected.height == 0


def test_byte_order_mark_is_no_part_of_the_header():
    assert parse(GOOD, header="\ufeff" + HEADER).accepted.height == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("536365,85123A,HEART,6,01/12/2010 08:26,2.55,7,Eire", "InvoiceDate is not YYYY-MM-DD HH:MM:SS"),
        ("536365,85123A,HEART,6,2009-12-31 08:26:00,2.55,7,Eire", "InvoiceDate lies before 2010-01-01"),
        ("536365,85123A,HEART,6,2012-01-01 08:26:00,2.55,7,Eire", "InvoiceDate lies in the future"),
        (",85123A,HEART,6,2010-12-02 08:26:00,2.55,7,Eire", "InvoiceNo is empty"),
        ("536365, ,HEART,6,2010-12-02 08:26:00,2.55,7,Eire", "StockCode is empty"),
        (
            "536365,85123A,HEART,6.55555,2010-12-02 08:26:00,2.55,7,Eire",
            "Quantity is not a number with at most 4 decimals",
        ),
        (
            '536365,85123A,HEART,6,2010-12-02 08:26:00,"2,55",7,Eire',
            "UnitPrice is not a number with at most 6 decimals",
        ),
        (
            "536365,85123A,HEART,6,2010-12-02 08:26:00,2.5555555,7,Eire",
            "UnitPrice is not a number with at most 6 decimals",
        ),
        ("536365,85123A,HEART,6,2010-12-02 08:26:00,NaN,7,Eire", "UnitPrice is not a number with at most 6 decimals"),
        ("536365,85123A,HEART,6,2010-12-02 08:26:00,2.55,7", "it has 7 fields, not 8"),
        ("536365,85123A,RED, HEART,6,2010-12-02 08:26:00,2.55,7,Eire", "it has 9 fields, not 8"),
        ('536365,85123A,"HEART,6,2010-12-02 08:26:00,2.55,7,Eire', "its quotes do not match"),
    ],
)
def test_broken_rows_keep_line_text_and_reason(line, reason):
    parsed = parse(GOOD, line, GOOD)
    assert parsed.rejected.select("row_number", "raw", "reason").rows() == [(3, line, reason)]
    assert parsed.accepted.height == 2


@pytest.mark.parametrize(
    "line",
    [
        "A563185,B,Adjust bad debt,1,2010-12-02 14:50:00,-11062.06,,United Kingdom",
        "536365,85123A,HEART,-6,2010-12-02 08:26:00,2.55,7,Eire",
        "536365,85123A,HEART,6,2010-12-02 08:26:00,0,7,Eire",
        f"536365,85123A,{'LONG ' * 80},6,2010-12-02 08:26:00,2.55,7,Eire",
    ],
    ids=["negative price", "return", "free", "400 characters"],
)
def test_unusual_rows_that_are_legitimate_are_kept(line):
    parsed = parse(line)
    assert (parsed.accepted.height, parsed.rejected.height) == (1, 0)
    assert parsed.accepted["description"].to_list() == [line.split(",")[2]]


def test_of_two_date_formats_only_the_documented_one_is_believed():
    # 01/12/2010 is the first of December or the twelfth of January: nobody can tell.
    parsed = parse(GOOD, GOOD.replace("2010-12-01 08:26:00", "01/12/2010 08:26"), GOOD)
    assert parsed.accepted.height == 2
    assert parsed.rejected["reason"].to_list() == ["InvoiceDate is not YYYY-MM-DD HH:MM:SS"]


def test_a_row_without_valid_date_counts_under_the_earliest_valid_day():
    later = GOOD.replace("2010-12-01", "2010-12-05")
    parsed = parse(later, GOOD, GOOD.replace("2010-12-01", "not a day"), "ragged", later.replace("2.55", "?"))
    assert parsed.rejected.select("invoice_date", "row_number").rows() == [
        (date(2010, 12, 1), 4),
        (date(2010, 12, 1), 5),
        (date(2010, 12, 5), 6),
    ]
    assert {day: part.rows for day, part in parsed.days.items()} == {date(2010, 12, 1): 3, date(2010, 12, 5): 2}


def test_a_row_in_the_future_names_the_day_to_read_again():
    assert parse(GOOD, GOOD.replace("2010-12-01", "2012-03-02")).read_again_on == date(2012, 3, 1)
    assert parse(GOOD).read_again_on is None


def test_a_file_of_rejected_rows_still_counts_its_day():
    assert list(parse(GOOD.replace(",6,", ",six,")).days) == [date(2010, 12, 1)]


def test_the_hash_of_a_day_follows_its_rows_and_no_others():
    other = GOOD.replace("2010-12-01", "2010-12-02")
    before, after = parse(GOOD, other).days, parse(GOOD, other.replace(",6,", ",7,")).days
    assert before[date(2010, 12, 1)] == after[date(2010, 12, 1)]
    assert before[date(2010, 12, 2)] != after[date(2010, 12, 2)]


def test_a_header_alone_holds_no_days():
    assert parse().days == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (f"{HEADER}\n{GOOD}\n".replace(",", "^").encode(), r"the header is 'InvoiceNo\^.*, which is no known layout"),
        (f"{HEADER}\n{GOOD}\n".replace("2.55", "2,55").encode(), r"row 2: it has 9 fields, not 8"),
        (
            f"{HEADER}\n{GOOD}\n1,2,r\xf6d gr\xf8d CAF\xff,1".encode().replace("\xff".encode(), b"\xc9"),
            r"it is not UTF-8 \(byte \d+, line 3\): say how it is written in shop.yaml",
        ),
        (f"{HEADER}\n{GOOD}\nA\0B\n".encode(), "it holds NUL characters"),
        (f"{HEADER}\n{GOOD}\n".replace("2010-12-01", "2010-13-01").encode(), "no row has a valid date"),
    ],
)
def test_files_that_are_set_aside_whole(data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        parsed_of(data)
