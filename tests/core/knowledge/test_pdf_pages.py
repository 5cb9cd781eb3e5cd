"""What was found wrong beside the pictures of public documents, each on a small page of its own."""

from __future__ import annotations

from fpdf import FPDF

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.pdf_files import blank, cells, grid, lines, marked

PROSE = (
    "The shop opens at nine on every day of the week,",
    "and the last customers leave at eight, when the",
    "doors are locked and the tills are counted twice",
)


def read(document: FPDF) -> ParsedDocument:
    return parse(bytes(document.output()), DOCUMENT_TYPES[".pdf"])


def text_of(document: FPDF) -> str:
    return read(document).pages[0].text


def test_headings_of_a_table_at_the_top_of_each_page_are_no_running_heads():
    document = blank()
    for name, amounts in (("Leeds", (1, 2, 3)), ("York", (4, 5, 6)), ("Hull", (7, 8, 9))):
        document.add_page()
        document.text(60, 40, f"What {name} has sold")
        cells(document, 60, (200, "Chairs"), (300, "Desks"), (400, "Lamps"))
        for row in range(3):
            cells(
                document, 74 + 14 * row, (60, f"Shop {row}"), *((200 + 100 * n, f"{amounts[n]}.50") for n in range(3))
            )
    for page in read(document).pages:
        assert "Shop 1 | Chairs:" in page.text
        assert "Desks:" in page.text


def test_headings_in_the_rules_of_a_table_are_no_running_heads():
    document = blank()
    for name in ("Leeds", "York", "Hull"):
        document.add_page()
        grid(document, (60, 200, 320), (50, 70, 90, 110, 130, 150, 170))
        document.set_font("helvetica", "B", 11)
        cells(document, 64, (64, "Shop"), (204, "Sold"))
        document.set_font("helvetica", size=11)
        for row in range(5):
            cells(document, 84 + 20 * row, (64, f"{name} {row}"), (204, f"{row}.50"))
    pages = read(document).pages
    assert pages[0].text.startswith("Shop | Sold\nShop: Leeds 0 | Sold: 0.50")
    assert pages[2].text.startswith("Shop: Hull 0 | Sold: 0.50")


def test_page_numbers_over_a_text_that_begins_low_are_no_text():
    document = blank()
    for number in range(1, 5):
        document.add_page()
        document.text(300, 150, str(number))
        lines(document, 60, 180, *(f"{line} {number}" for line in PROSE))
    assert [page.text.split()[0] for page in read(document).pages] == ["The"] * 4


def test_page_numbers_right_below_texts_of_any_length_are_no_text():
    document = blank()
    for number in range(1, 5):
        document.add_page()
        end = lines(document, 60, 60, *[f"{line} {number}" for line in PROSE] * (2 * number))
        document.text(300, end + 14, str(number + 6))
    assert [page.text.split()[-1] for page in read(document).pages] == ["1", "2", "3", "4"]


def test_a_running_foot_and_a_stamp_are_no_headings():
    document = blank()
    for _ in range(3):
        document.add_page()
        lines(document, 60, 100, *PROSE)
        document.set_font("helvetica", size=16)
        document.text(200, 810, "House rules of the shop")
        with document.rotation(90, x=30, y=600):
            document.text(30, 600, "Copy of the manager")
        document.set_font("helvetica", size=11)
    page = read(document).pages[0]
    assert "House rules of the shop" in page.text
    assert "Copy of the manager" in page.text
    assert page.headings == ()


def test_a_rule_parts_cells_that_stand_as_near_as_words():
    document = blank()
    document.add_page()
    target = "Keep it at 90%"
    xs = (60, 160, 163 + document.get_string_width(target), 420)
    grid(document, xs, (90, 110, 130, 150))
    for row, (name, result) in enumerate((("Calls", "Reached in May"), ("Mails", "Not reached"), ("Visits", "Open"))):
        cells(document, 104 + 20 * row, (63, name), (161.5, target), (xs[2] + 1.5, result))
    assert "Calls: Mails | Keep it at 90%: Keep it at 90% | Reached in May: Not reached" in text_of(document)


def test_rows_between_two_rules_are_told_apart_though_an_amount_is_not_given():
    document = blank()
    document.add_page()
    grid(document, (60, 200, 320), (90, 110, 176))
    document.set_font("helvetica", "B", 11)
    cells(document, 104, (64, "Shop"), (204, "Meetings"))
    document.set_font("helvetica", size=11)
    for row, (name, amount) in enumerate((("Leeds", "5"), ("York", "NA"), ("Hull", "3"), ("Ripon", "4"))):
        cells(document, 124 + 14 * row, (64, name), (204, amount))
    assert text_of(document).splitlines() == [
        "Shop | Meetings",
        "Shop: Leeds | Meetings: 5",
        "Shop: York | Meetings: NA",
        "Shop: Hull | Meetings: 3",
        "Shop: Ripon | Meetings: 4",
    ]


def test_a_full_stop_behind_the_mark_of_a_note_ends_no_bold_paragraph():
    document = blank()
    document.add_page()
    document.set_font("helvetica", "B", 11)
    lines(document, 60, 100, *PROSE, "by two people")
    x = 60 + document.get_string_width("by two people") + 3
    marked(document, x, 142, ("1",), " .")
    document.set_font("helvetica", "B", 11)
    document.text(60, 156, "They sign the sheet.")
    assert text_of(document) == "\n".join((*PROSE, "by two people¹ .", "They sign the sheet."))


def test_leaders_make_one_line_of_an_entry_of_the_contents():
    document = blank()
    document.add_page()
    document.text(60, 60, "Contents")
    for row, (name, page) in enumerate((("Opening hours", 3), ("Deliveries", 5), ("Returns", 12), ("Cash", 14))):
        x = 60 + document.get_string_width(name) + 4
        cells(document, 100 + 14 * row, (60, name), (x, "." * round((480 - x) / 3.06)), (500, str(page)))
    page = read(document).pages[0]
    assert page.text.endswith("Opening hours … 3\nDeliveries … 5\nReturns … 12\nCash … 14")
    assert page.tables == 0


def test_entries_of_the_contents_without_leaders_are_no_rows_under_those_with_them():
    document = blank()
    document.add_page()
    entries = (("Opening hours", 3, ""), ("Deliveries", 5, "."), ("Parcels", 6, "."), ("Returns", 12, ""))
    for row, (name, page, dot) in enumerate((*entries, ("Cashiers", 14, ""), ("Cards", 15, "."), ("Closing", 19, ""))):
        x = 60 + document.get_string_width(name) + 4
        cells(document, 100 + 14 * row, (60, name), (x, dot * round((480 - x) / 3.06)), (500, str(page)))
    page = read(document).pages[0]
    assert page.text == (
        "Opening hours | 3\nDeliveries … 5\nParcels … 6\nReturns | 12\nCashiers | 14\nCards … 15\nClosing | 19"
    )
    assert page.tables == 0


def test_leaders_and_signs_of_currencies_stand_in_no_label():
    document = blank()
    document.add_page()
    cells(document, 86, (330, "2024"), (430, "2025"))
    for row, (name, *amounts) in enumerate(
        (("Sales", "1,200", "1,350"), ("Rent", "300", "310"), ("Left", "900", "1,040"))
    ):
        x = 60 + document.get_string_width(name) + 4
        sign = "$" if row != 1 else ""
        cells(document, 100 + 14 * row, (60, name), (x, "." * round((290 - x) / 3.06)), (293, sign), (385, sign))
        cells(document, 100 + 14 * row, *zip((330.0, 430.0), amounts, strict=True))
    assert text_of(document).splitlines()[1:] == [
        "Sales | 2024: $1,200 | 2025: $1,350",
        "Rent | 2024: 300 | 2025: 310",
        "Left | 2024: $900 | 2025: $1,040",
    ]


def test_a_rule_drawn_column_by_column_spans_them_all():
    document = blank()
    document.add_page()
    document.text(330, 80, "Year ended in May")
    for left in (240, 340, 440):
        document.line(left, 84, left + 100, 84)
    for row, texts in enumerate((("2023", "2024", "2025"), ("11", "12", "13"), ("21", "22", "23"), ("31", "32", "33"))):
        label = (60.0, f"Shop {row}" if row else "")
        cells(document, 98 + 14 * row, label, *zip((275.0, 375.0, 475.0), texts, strict=True))
    assert "Shop 1 | Year ended in May / 2023: 11 | Year ended in May / 2024: 12 | Year ended in May / 2025: 13" in (
        text_of(document)
    )


def test_two_headings_over_several_columns_of_a_short_table_do_not_join_them():
    document = blank()
    document.add_page()
    cells(document, 80, (255, "Chairs sold in the year"), (440, "Change of the sales"))
    for left, right in ((240, 400), (430, 550)):
        document.line(left, 84, right, 84)
    for row, texts in enumerate(
        (("2023", "2024", "up in", "down in"), ("11", "12", "30%", "29%"), ("21", "22", "(1)%", "2%"))
    ):
        label = (60.0, f"Shop {row}" if row else "")
        cells(document, 98 + 14 * row, label, *zip((255.0, 355.0, 445.0, 510.0), texts, strict=True))
    assert (
        "Shop 1 | Chairs sold in the year / 2023: 11 | Chairs sold in the year / 2024: 12 | "
        "Change of the sales / up in: 30% | Change of the sales / down in: 29%"
    ) in text_of(document)


def test_rules_that_part_the_rows_of_a_table_make_no_table_of_their_own():
    document = blank()
    document.add_page()
    rows = (
        ("Bikes", "Road", "Lia", "12"),
        ("", "Town", "Max", "14"),
        ("", "Hill", "Ida", "16"),
        ("Boats", "Row", "Ben", "18"),
    )
    cells(document, 100, *zip((60.0, 180.0, 300.0, 420.0), ("Kind", "Made for", "Sold by", "Pieces"), strict=True))
    for row, texts in enumerate(rows):
        cells(document, 120 + 20 * row, *zip((60.0, 180.0, 300.0, 420.0), texts, strict=True))
    for y in (86, 106, 186):
        document.line(58, y, 470, y)
    for y in (126, 146, 166):
        document.line(176, y, 470, y)
    page = read(document).pages[0]
    assert page.tables == 1
    assert "Made for: Town | Sold by: Max | Pieces: 14" in page.text
    assert "Kind: Boats | Made for: Row" in page.text
