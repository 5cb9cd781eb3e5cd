"""Documents that are far too much of something are read, or refused with the reason, within the reader's limits."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.knowledge.reader import DocumentReader
from tests.core.knowledge.office import deleted, docx_of, inserted, mail, odt_of, paragraph

DOCX, XLSX, HTML, EML = (DOCUMENT_TYPES[f".{kind}"] for kind in ("docx", "xlsx", "html", "eml"))


def test_ten_thousand_revisions_are_read_as_accepted():
    body = paragraph("Cost: ", *(deleted(f"o{n} ") + inserted(f"n{n} ") for n in range(5_000)))
    with DocumentReader() as reader:
        (page,) = reader.read(docx_of(body), DOCX).pages
    assert page.text == "Cost: " + " ".join(f"n{n}" for n in range(5_000))


def test_a_million_empty_formatted_cells_are_skipped():
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Name", "Pay", "Since"], ["Ada", 12, 2020]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cells = '<c s="0"/>' * 100
    empty = "".join(f'<row r="{row}">{cells}</row>' for row in range(3, 10_003))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", empty.encode() + b"</sheetData>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    with DocumentReader() as reader:
        (page,) = reader.read(stream.getvalue(), XLSX).pages
    assert page.text == "Sheet\nName | Pay | Since\nName: Ada | Pay: 12 | Since: 2020"


def test_five_hundred_attachments_are_documents_of_their_own():
    with DocumentReader() as reader:
        document = reader.read(mail("See the files.", {f"n{n}.txt": f"file {n}".encode() for n in range(500)}), EML)
    assert [one.name for one in document.attachments] == [f"n{n}.txt" for n in range(500)]


def test_html_forty_levels_deep_is_read():
    data = b"<div><section>" * 20 + b"<p>Deep down it says 7 days.</p>" + b"</section></div>" * 20
    with DocumentReader() as reader:
        (page,) = reader.read(data, HTML).pages
    assert page.text == "Deep down it says 7 days."


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (rb"{\rtf1 " + rb"\'e1" * 300_000 + b"}", ".rtf"),
        (b"From: a\nContent-Type: text/plain; format=flowed\n\n" + b"word \n" * 50_000, ".eml"),
        (
            odt_of(
                '<text:list text:style-name="L"><text:list-item text:start-value="99999999"><text:p>x</text:p>'
                "</text:list-item></text:list>",
                '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="a"'
                ' text:display-levels="99999999"/></text:list-style>',
            ),
            ".odt",
        ),
    ],
)
def test_much_of_one_thing_takes_time_in_proportion(data: bytes, media_type: str):
    started = time.process_time()
    parse(data, DOCUMENT_TYPES[media_type])
    assert time.process_time() - started < 20
