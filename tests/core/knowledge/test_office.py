"""Documents of Office are read as people see them."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import Workbook

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.days import periods_in
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.knowledge.parsers import parse
from tests.core.knowledge.office import (
    deleted,
    docx_of,
    inserted,
    mail,
    note_mark,
    odt_of,
    paragraph,
    pptx_of,
    run,
    slide,
    table,
)

DOCX, XLSX, PPTX, ODT, RTF, EML = (DOCUMENT_TYPES[f".{kind}"] for kind in ("docx", "xlsx", "pptx", "odt", "rtf", "eml"))


def text(data: bytes, media_type: str) -> str:
    return "\n\f\n".join(page.text for page in parse(data, media_type).pages)


def test_tracked_changes_of_word_are_read_as_accepted():
    body = paragraph("Bikes cost ", deleted("9"), inserted("12.50"), " euros.")
    body += paragraph(deleted("Scooters are free."))
    body += f"<w:p><w:pPr><w:rPr><w:del w:id='3'/></w:rPr></w:pPr>{run('One line ')}</w:p>" + paragraph("after all.")
    body += f"<w:p><w:moveFrom w:id='4'>{run('Moved on.')}</w:moveFrom></w:p>"
    body += f"<w:p><w:moveTo w:id='5'>{run('Moved on.')}</w:moveTo></w:p>"
    assert text(docx_of(body), DOCX) == "Bikes cost 12.50 euros.\nOne line after all.\nMoved on."


def test_hidden_and_struck_out_text_of_word_is_not_read():
    body = paragraph(
        "Seen", run(" hidden", "<w:vanish/>"), run(" struck", "<w:strike/>"), run(".", '<w:strike w:val="0"/>')
    )
    assert text(docx_of(body), DOCX) == "Seen."


def test_list_numbers_of_word_are_counted_level_by_level():
    body = "".join(
        paragraph(word, number=at) for word, at in (("A", (1, 0)), ("B", (1, 1)), ("C", (1, 1)), ("D", (1, 0)))
    )
    body += paragraph("E", number=(2, 0))
    assert text(docx_of(body), DOCX) == "1. A\n1.a) B\n1.b) C\n2. D\n• E"


def test_notes_of_word_follow_the_paragraph_with_their_mark_and_furniture_is_told_once():
    body = paragraph("Within 30", note_mark(7), " days.") + paragraph("Next.")
    read = text(docx_of(body, {7: "Working days."}, header="Form 9", footer="Page end"), DOCX)
    assert read == "Form 9\nWithin 30¹ days.\n¹ Working days.\nNext.\nPage end"


def test_content_controls_are_read_and_prompts_of_empty_ones_are_not():
    filled = f"<w:sdt><w:sdtPr/><w:sdtContent>{run('45 days')}</w:sdtContent></w:sdt>"
    empty = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Click here')}</w:sdtContent></w:sdt>"
    assert text(docx_of(paragraph("Term: ", filled, empty, ".")), DOCX) == "Term: 45 days."


def test_cells_of_word_are_told_under_all_their_headings_and_merged_labels_for_each_row():
    rows = (["vZone", ">Price"], ["^", "Day", "Night"], ["vNorth", "4.10", "5.20"], ["^", "4.30", "5.40"])
    assert text(docx_of(table(*rows)), DOCX).split("\n") == [
        "Zone | Price / Day | Price / Night",
        "Zone: North | Price / Day: 4.10 | Price / Night: 5.20",
        "Zone: North | Price / Day: 4.30 | Price / Night: 5.40",
    ]


def test_labels_and_values_are_no_headings_and_rows():
    rows = (["Name", "Ada Fenwick"], ["Telephone", "0163 22"], ["Room", "4.12"], ["Since", "2 May 2020"])
    assert text(docx_of(table(*rows)), DOCX).split("\n") == [" | ".join(row) for row in rows]


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_values_of_a_workbook_are_read_as_excel_shows_them():
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Service", "Discount", "Opens", "From"])
    sheet.append(["Express", 0.05, 0.2916666667, 46023])
    for place, form in (("B2", "0.0%"), ("C2", "h:mm"), ("D2", "d mmm yyyy")):
        sheet[place].number_format = form
    assert text(saved(book), XLSX).split("\n")[-1] == (
        "Service: Express | Discount: 5.0% | Opens: 7:00 | From: 1 Jan 2026"
    )


def test_hidden_sheets_rows_and_columns_of_a_workbook_are_not_read():
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Article", "Price", "Margin"],
        ["Shelf", 89, 0.41],
        ["Rack", 39, 0.38],
        ["Hook", 5, 0.2],
        ["Rail", 12, 0.3],
    ):
        sheet.append(row)
    sheet.column_dimensions["C"].hidden = True
    sheet.row_dimensions[3].hidden = True
    secret = book.create_sheet("Salaries")
    secret["A1"] = "23.40"
    secret.sheet_state = "veryHidden"
    read = text(saved(book), XLSX)
    assert read.split("\n")[1:] == [
        "Article | Price",
        "Article: Shelf | Price: 89",
        "Article: Hook | Price: 5",
        "Article: Rail | Price: 12",
    ]


def test_formulas_without_results_are_computed_and_what_cannot_be_is_said():
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Item", "Net", "Gross"], ["Shelf", 100, "=B2*1.2"], ["Rack", 50, "=NOSUCHFUNCTION(B3)"]):
        sheet.append(row)
    document = parse(saved(book), XLSX)
    assert document.pages[0].text.split("\n")[-2:] == ["Item: Shelf | Net: 100 | Gross: 120", "Item: Rack | Net: 50"]
    assert document.warnings == (
        "1 formulas have no saved result and could not be computed: open the workbook and save it.",
    )


def test_a_workbook_makes_nobody_open_another_file():
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Item", "Price"])
    sheet.append(["Shelf", "='[/etc/other.xlsx]Sheet1'!A1"])
    assert "Shelf" in text(saved(book), XLSX)


def test_titles_notes_and_tables_beside_each_other_on_a_sheet_are_read_apart():
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "Opening hours, from March on"
    sheet.merge_cells("A1:C1")
    for row, left in enumerate(
        (["Depot", "Opens", "Closes"], ["Cork", "7:00", "20:00"], ["Dublin", "6:00", "21:00"]), 2
    ):
        for column, value in enumerate(left, 1):
            sheet.cell(row, column, value)
    for row, right in enumerate(
        (["Closed on", "Reason"], ["24 Dec 2026", "Christmas"], ["17 Mar 2027", "St Patrick"]), 3
    ):
        for column, value in enumerate(right, 6):
            sheet.cell(row, column, value)
    assert text(saved(book), XLSX).split("\n") == [
        "Sheet",
        "Opening hours, from March on",
        "Depot | Opens | Closes",
        "Depot: Cork | Opens: 7:00 | Closes: 20:00",
        "Depot: Dublin | Opens: 6:00 | Closes: 21:00",
        "Closed on | Reason",
        "Closed on: 24 Dec 2026 | Reason: Christmas",
        "Closed on: 17 Mar 2027 | Reason: St Patrick",
    ]


def test_each_slide_that_is_shown_is_a_page_and_notes_are_apart():
    document = parse(
        pptx_of(
            slide("Results", "Sales grew."),
            slide("Draft", "Secret", hidden=True),
            slide("Plan", "Hire 3"),
            notes={3: "Pause"},
        ),
        PPTX,
    )
    assert [(page.number, page.text) for page in document.pages] == [
        (1, "Results\nSales grew."),
        (3, "Plan\nHire 3\n\nNotes\nPause"),
    ]


def test_opendocument_text_is_read_without_hidden_sections_and_deletions():
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>35</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:h text:outline-level="1">Meals</text:h><text:p>Up to 48 euros<text:note><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>A day.</text:p></text:note-body></text:note>.</text:p>"
        '<text:section text:display="none"><text:p>Staff only</text:p></text:section>'
        '<text:p><text:span text:style-name="S">old</text:span>new</text:p>'
    )
    struck = (
        '<style:style style:name="S" style:family="text"><style:text-properties style:text-line-through-style="solid"/>'
        "</style:style>"
    )
    assert text(odt_of(body, struck), ODT) == "Meals\nUp to 48 euros¹.\n¹ A day.\nnew"


RICH = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Leave rules}{\author X}}
\pard\outlinelevel0\b Leave\b0\par
\pard{\listtext\f3 \'B7\tab}Parents get {\deleted 10}{\revised 16} weeks.{\v secret}{\strike old}{\super\chftn}
{\footnote\pard{\super\chftn} From 2026 on.}\par
\pard Caf\'e9 \u8364?5 {\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt link}}\par
\trowd\trhdr\cellx1\cellx2\cellx3\pard\intbl Zone\cell Weeks\cell From\cell\row
\trowd\clvmgf\cellx1\cellx2\cellx3\pard\intbl UK\cell 12\cell 1 May\cell\row
\trowd\clvmrg\cellx1\cellx2\cellx3\pard\intbl\cell 14\cell 1 June\cell\row
\pard End.\par}"""


def test_rich_text_is_read_with_its_tables_and_notes():
    document = parse(RICH, RTF)
    assert document.title == "Leave rules"
    assert document.pages[0].text.split("\n") == [
        "Leave",
        "• Parents get 16 weeks.¹",
        "¹ From 2026 on.",
        "Café €5 link",
        "Zone | Weeks | From",
        "Zone: UK | Weeks: 12 | From: 1 May",
        "Zone: UK | Weeks: 14 | From: 1 June",
        "End.",
    ]


def test_a_mail_is_read_with_its_head_and_gives_its_attachments():
    document = parse(mail("We open at 7:00.", {"prices.csv": b"a;b\n1;2\n", "logo.png": b"x", "../x!y.txt": b"z"}), EML)
    assert document.pages[0].text == (
        "New opening hours\nFrom: Ada Fenwick <ada@ternwillow.example>\nTo: office@ternwillow.example\n"
        "Date: Mon, 02 Mar 2026 09:15:00 +0000\nWe open at 7:00.\nAttachments: prices.csv, x_y.txt"
    )
    assert [(a.name, a.data) for a in document.attachments] == [("prices.csv", b"a;b\n1;2\n"), ("x_y.txt", b"z")]
    assert document.facts.dated == "2026-03-02"


def test_documents_survive_the_way_between_the_processes():
    document = parse(mail("We open at 7:00.", {"a.txt": b"\x00\xff"}), EML)
    assert ParsedDocument.from_json(document.to_json()) == document


def test_a_text_names_days_months_and_years():
    days = periods_in("From 1 March 2023, in 2024 and until June 2025; 2000 euros, 1,999 pieces and room 2031 not.")

    assert days[:3] == (
        (date(2023, 3, 1), date(2023, 3, 1)),
        (date(2024, 1, 1), date(2024, 12, 31)),
        (date(2025, 6, 1), date(2025, 6, 30)),
    )
    assert all(first.year == 2031 for first, _ in days[3:])


@pytest.mark.parametrize(
    ("beginning", "facts"),
    [
        ("Version 2.1, in force from 1 March 2023.", ("", "2023-03-01", "", "2.1", ())),
        ("Form 7, revision 3, valid until 30 June 2027", ("", "", "2027-06-30", "3", ())),
        ("Gültig ab 01.02.2026, ersetzt die Ordnung von 2024.", ("", "2026-02-01", "", "", ("die Ordnung von 2024",))),
        ("Last updated: March 5, 2026. Rents rose 3 %.", ("2026-03-05", "", "", "", ())),
        ("Delivered on 01/02/2026.", ("", "", "", "", ())),
    ],
)
def test_a_document_says_when_it_holds(beginning: str, facts: tuple[object, ...]):
    told = parse(beginning.encode(), DOCUMENT_TYPES[".txt"]).facts
    assert (told.dated, told.in_force_from, told.in_force_until, told.version, told.replaces) == facts


def test_lists_of_a_slide_have_the_numbers_that_it_shows():
    forms = (("alphaLcParenR", 0, "A"), ("arabicPeriod", 1, "B"), ("alphaLcParenR", 0, "C"), ("arabicPeriod", 1, "D"))
    lines = "".join(
        f'<a:p><a:pPr lvl="{level}"><a:buAutoNum type="{form}" startAt="2"/></a:pPr><a:r><a:t>{word}</a:t></a:r></a:p>'
        for form, level, word in forms
    )
    shape = f'<p:sp><p:nvSpPr><p:cNvPr id="9" name="x"/><p:nvPr/></p:nvSpPr><p:txBody>{lines}</p:txBody></p:sp>'
    assert text(pptx_of(slide("Plan", more=shape)), PPTX) == "Plan\nb) A\n2. B\nc) C\n2. D"
