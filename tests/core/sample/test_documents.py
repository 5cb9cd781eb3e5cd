from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import replace

import pypdfium2
import pytest

from aieco_assets.core.sample.documents import Source, parse_source, read_sources, render, write_documents
from tests.core.sample.reading import page_texts


def test_writes_25_documents_in_four_formats(sample_documents):
    formats = Counter(path.suffix for path in sample_documents.iterdir())
    assert formats == {".pdf": 10, ".docx": 5, ".html": 4, ".md": 6}


def test_writing_twice_gives_the_same_bytes(sample_documents, tmp_path):
    write_documents(tmp_path)
    for path in sample_documents.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_no_clock_is_written_into_the_files(sample_documents):
    with zipfile.ZipFile(sample_documents / "gift-cards.docx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2025, 9, 30, 12, 0, 0)}
    assert b"(D:20250930120000" in (sample_documents / "warranty-terms.pdf").read_bytes()


def test_a_pdf_has_one_printed_page_per_source_page(sample_documents):
    pages = {}
    for source in (source for source in read_sources() if source.format == "pdf"):
        with pypdfium2.PdfDocument(sample_documents / source.file_name) as pdf:
            pages[source.name] = len(pdf)
        assert pages[source.name] == len(source.pages), source.name
    assert sum(count >= 6 for count in pages.values()) >= 3


def test_a_table_row_is_one_line_of_the_pdf_text(sample_documents):
    with pypdfium2.PdfDocument(sample_documents / "returns-policy.pdf") as pdf:
        lines = pdf[1].get_textpage().get_text_range().splitlines()
    assert "Way to return Cost Refund after arrival" in lines
    assert "Parcel over 2 kg £5.50 5 working days" in lines


def test_text_is_the_same_in_every_format(tmp_path):
    page = (
        "# Lost keys\n\nKeys are replaced for £7.50.\n\n- bring an identity card\n\n"
        "| Key | Days |\n| --- | --- |\n| front door | 3 |"
    )
    for format in ("pdf", "docx", "html", "md"):
        (tmp_path / f"keys.{format}").write_bytes(render(Source("keys", "Lost keys", format, (page,))))
        (text,) = page_texts(tmp_path / f"keys.{format}")
        for part in ("Lost keys", "Keys are replaced for £7.50.", "bring an identity card", "front door", "3"):
            assert part in text, format


def test_html_has_headings_and_tables(sample_documents):
    html = (sample_documents / "loyalty-programme.html").read_text(encoding="utf-8")
    assert "<h1>Hearth Club loyalty programme</h1>" in html
    assert "<th>Birthday voucher</th>" in html
    assert '<html lang="en-GB">' in html


def test_the_sample_is_small_enough_to_be_embedded_in_seconds(sample_documents):
    characters = sum(len(text) for path in sample_documents.iterdir() for text in page_texts(path))
    assert 45_000 < characters < 62_000


def test_a_page_that_is_too_long_is_refused():
    long_page = Source("long", "Long", "pdf", ("word " * 900,))
    with pytest.raises(ValueError, match=r"page 1 of long.pdf is too long"):
        render(long_page)


def test_a_table_that_is_too_wide_is_refused():
    wide = Source("wide", "Wide", "pdf", ("| a | b |\n| --- | --- |\n| " + "x" * 60 + " | " + "y" * 60 + " |",))
    with pytest.raises(ValueError, match="too wide"):
        render(wide)


def test_front_matter_is_required():
    with pytest.raises(ValueError, match=r"bare.md must begin with front matter"):
        parse_source("bare", "# Bare\n\nText.\n")


def test_page_breaks_split_the_text_and_leave_no_trace():
    source = parse_source("two", "---\ntitle: Two\nformat: md\n---\n# One\n\n---page---\n\nTwo\n")
    assert source.pages == ("# One", "Two")
    assert render(replace(source, format="md")) == b"# One\n\nTwo\n"
