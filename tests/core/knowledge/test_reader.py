from __future__ import annotations

import io
import os
import signal
import zipfile
from collections.abc import Iterator

import pytest

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge import parsers
from aieco_assets.core.knowledge.ocr import languages
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.parsers import parse
from aieco_assets.core.knowledge.reader import DocumentReader
from tests.core.knowledge.files import HTML, MARKDOWN, docx, encrypted_pdf, pdf, picture_pdf, scanned_pdf
from tests.core.retail.workbooks import row, workbook

PDF, DOCX, XLSX, CSV = (DOCUMENT_TYPES[suffix] for suffix in (".pdf", ".docx", ".xlsx", ".csv"))
HTML_TYPE, MD, TXT = (DOCUMENT_TYPES[suffix] for suffix in (".html", ".md", ".txt"))


@pytest.fixture(autouse=True)
def spare_workers() -> None:
    """Each reader here begins anew."""


def test_pdf_pages_are_numbered_from_one_and_keep_their_lines():
    with DocumentReader() as reader:
        document = reader.read(pdf("Safety first.\nWear gloves.", "Page two."), PDF)
    assert [(page.number, page.text) for page in document.pages] == [
        (1, "Safety first.\nWear gloves."),
        (2, "Page two."),
    ]
    assert document.title == "Safety first."


def test_docx_gives_headings_lists_and_tables_in_order_without_hidden_text():
    document = parse(docx(), DOCX)
    assert document.pages[0].text == (
        "Parental leave\nEvery parent gets 16 weeks of paid leave.\n• Tell your manager 8 weeks before.\n"
        "Country | Weeks\nNorway | 20\n\nReturn\nYou may return part-time."
    )
    assert [text for _, text in document.pages[0].headings] == ["Parental leave", "Return"]


def test_html_gives_what_a_reader_sees():
    document = parse(HTML, HTML_TYPE)
    assert document.title == "Gift cards"
    assert document.pages[0].text == (
        "Gift cards\nA gift card is valid for 36 months.\nValue | Fee\nValue: 10 £ | Fee: none\n"
        "• Not for cash\n• Not for alcohol"
    )


def test_markdown_reads_as_the_rendered_page():
    page = parse(MARKDOWN, MD).pages[0]
    assert page.text == (
        "Delivery\nParcels arrive within three working days.\n\nCosts\nZone | Price\n"
        "Zone: UK | Price: 4.95\n1. Order\n2. Wait"
    )
    assert all(page.text[at : at + len(text)] == text for at, text in page.headings)


@pytest.mark.parametrize(
    "data", ["Naïve café\fnext".encode(), "Naïve café\fnext".encode("utf-16"), b"Na\xefve caf\xe9\fnext"]
)
def test_text_in_common_encodings_is_read_and_form_feeds_part_pages(data: bytes):
    assert [page.text for page in parse(data, TXT).pages] == ["Naïve café", "next"]


@pytest.mark.skipif(not languages(), reason="TESSERACT IS NOT INSTALLED: no scan is read here")
def test_a_scan_is_read_where_tesseract_is_installed():
    with DocumentReader() as reader:
        document = reader.read(scanned_pdf("Lost badges are replaced within 3 days."), PDF)
    assert [page.text for page in document.pages] == ["Lost badges are replaced within 3 days."]


def test_a_scan_without_tesseract_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with DocumentReader() as reader, pytest.raises(UnreadableDocument, match="with tesseract installed"):
        reader.read(scanned_pdf("Lost badges are replaced within 3 days."), PDF)


def test_rows_of_a_csv_document_carry_the_names_of_their_columns():
    data = b"Article;Price EUR;Note\nOak chair;56;\n;;\nBrass lamp;1,5;last one\n"
    with DocumentReader() as reader:
        (page,) = reader.read(data, CSV).pages
    assert page.text.split("\n") == [
        "Article | Price EUR | Note",
        "Article: Oak chair | Price EUR: 56",
        "Article: Brass lamp | Price EUR: 1,5 | Note: last one",
    ]


def test_each_filled_sheet_of_a_workbook_is_a_page_under_its_name():
    hours = row(1, "Shop", "Opens", "Closes") + row(3, "Leeds", "08:00", "18:00")
    book = workbook(hours, "", row(1, "Front desk", 412))
    with DocumentReader() as reader:
        document = reader.read(book, XLSX)
    assert [(page.number, page.text) for page in document.pages] == [
        (1, "Sheet1\nShop | Opens | Closes\nShop: Leeds | Opens: 08:00 | Closes: 18:00"),
        (2, "Sheet3\nFront desk | 412"),
    ]
    assert document.pages[0].headings == ((0, "Sheet1"),)


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(301):
            part.write(b"\0" * 1024 * 1024)
    return stream.getvalue()


@pytest.fixture(scope="module")
def reader() -> Iterator[DocumentReader]:
    with DocumentReader() as one:
        yield one


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (encrypted_pdf("secret"), PDF, "it is encrypted"),
        (pdf("whole")[:300], PDF, "it is broken"),
        (picture_pdf(), PDF, "it holds no text: its pages are pictures"),
        (b"plain text", PDF, "it is not a PDF"),
        (b"plain text", DOCX, "it is not a readable docx"),
        (zip_bomb(), DOCX, "it unpacks to more than 300 MB"),
        (b"\x7fELF\0\0\0", TXT, "it is not a text file"),
        (b"  \n ", MD, "it holds no text"),
        (b";;\n", CSV, "it holds no text"),
        (b"plain text", XLSX, "it is not a readable workbook"),
        (b"<p>" * 7_000_000, HTML_TYPE, "it is larger than 20 MB of text"),
        (b"<div>" * 50_000 + b"deep", HTML_TYPE, "it is nested too deeply"),
    ],
)
def test_what_cannot_be_read_gives_its_reason_and_the_worker_goes_on(
    reader: DocumentReader, data: bytes, media_type: str, reason: str
):
    reader.read(b"fine", TXT)
    assert reader._worker is not None
    before = reader._worker.pid
    with pytest.raises(UnreadableDocument, match=reason):
        reader.read(data, media_type)
    assert reader.read(b"fine", TXT).pages[0].text == "fine"
    assert reader._worker.pid == before


def test_a_worker_that_is_killed_is_replaced():
    with DocumentReader(wall_seconds=0.0) as reader, pytest.raises(UnreadableDocument, match="was killed"):
        reader.read(pdf("slow"), PDF)
    with DocumentReader() as reader:
        reader.read(b"one", TXT)
        assert reader._worker is not None
        os.kill(reader._worker.pid, signal.SIGKILL)
        with pytest.raises(UnreadableDocument, match="was killed"):
            reader.read(b"two", TXT)
        assert reader.read(b"three", TXT).pages[0].text == "three"


def test_memory_is_limited():
    """A docx of 1 MB whose paragraphs would take gigabytes is refused inside the worker's 1 GiB of address space."""
    stream = io.BytesIO(docx())
    with zipfile.ZipFile(stream) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    opening, closing = parts["word/document.xml"].split(b"<w:body>")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name != "word/document.xml":
                archive.writestr(name, content)
        with archive.open("word/document.xml", "w") as part:
            part.write(opening + b"<w:body>")
            for _ in range(250):
                part.write(b"<w:p/>" * (1024 * 1024 // 6))
            part.write(closing)
    with DocumentReader() as reader:
        with pytest.raises(UnreadableDocument, match=r"memory|crashed|killed|not a readable docx"):
            reader.read(stream.getvalue(), DOCX)
        assert reader.read(b"fine", TXT).pages[0].text == "fine"


def test_the_worker_is_given_no_secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIECO_API_KEYS", "secret")
    with DocumentReader() as reader:
        reader.read(b"x", TXT)
        assert reader._worker is not None
        with open(f"/proc/{reader._worker.pid}/environ") as file:
            names = {entry.split("=")[0] for entry in file.read().split("\0") if entry}
    assert not {name for name in names if name.startswith(("AIECO", "AWS", "MLFLOW"))}
    assert "AIECO_API_KEYS" in os.environ


def test_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parsers, "MAX_CHARACTERS", 10)
    with pytest.raises(UnreadableDocument, match="more than 10 characters"):
        parse(pdf("twelve chars"), PDF)


def test_every_page_of_the_real_documents_is_read(real_data):
    data = (real_data / "documents" / "PerksPlus.pdf").read_bytes()
    with DocumentReader() as reader:
        pages = reader.read(data, PDF).pages
    assert len(pages) == 4
    assert "$1000" in pages[2].text
