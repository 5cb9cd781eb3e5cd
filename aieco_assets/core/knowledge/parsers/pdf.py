"""PDF: a page is a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.knowledge import ocr
from aieco_assets.core.knowledge.blocks import title_of
from aieco_assets.core.knowledge.cleaning import clean, vocabulary
from aieco_assets.core.knowledge.limits import MAX_CHARACTERS, MAX_PAGES
from aieco_assets.core.knowledge.parsed import ParsedDocument, ParsedPage, UnreadableDocument
from aieco_assets.core.knowledge.right_to_left import page_text

if TYPE_CHECKING:
    from pypdfium2 import PdfPage


def parse(data: bytes) -> ParsedDocument:
    import pypdfium2

    if b"%PDF-" not in data[:1024]:
        raise UnreadableDocument("it is not a PDF, whatever its name says")
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        encrypted = "password" in str(error).lower()
        raise UnreadableDocument("it is encrypted" if encrypted else f"it is broken ({error})") from None
    if len(pdf) > MAX_PAGES:
        raise UnreadableDocument(f"it has more than {MAX_PAGES:,} pages")
    texts: list[str] = []
    pictures = 0
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            text = page_text(page.get_textpage())
            if not text.strip() and _is_picture(page) and ocr.languages():
                if (pictures := pictures + 1) > ocr.MAX_PAGES:
                    raise UnreadableDocument(f"more than {ocr.MAX_PAGES} of its pages are pictures (a scan?)")
                text = ocr.text_of_picture(page)
            texts.append(text)
            page.close()
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocument(f"page {number + 1} is broken ({error})") from None
        if len(texts[-1]) > MAX_CHARACTERS:
            raise UnreadableDocument(f"page {number + 1} holds more than {MAX_CHARACTERS:,} characters of text")
    words = vocabulary(texts)
    pages = tuple(ParsedPage(number, clean(text, words)) for number, text in enumerate(texts, 1))
    return ParsedDocument(title_of(pdf.get_metadata_value("Title"), pages), pages)


def _is_picture(page: PdfPage) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    return any(True for _ in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]))
