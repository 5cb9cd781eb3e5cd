"""One parser per media type. They run in the worker process only: the bytes are not trusted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge import ocr
from aieco_assets.core.knowledge.cleaning import clean, vocabulary
from aieco_assets.core.knowledge.parsed import ParsedDocument, ParsedPage, UnreadableDocument
from aieco_assets.core.knowledge.right_to_left import page_text
from aieco_assets.core.knowledge.sheets import csv_page, workbook_pages

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph
    from pypdfium2 import PdfPage

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
MAX_UNPACKED = 300 * 1024 * 1024
MAX_TITLE = 120
HEADING, TEXT = "heading", "text"
Block = tuple[str, str]  # (HEADING or TEXT, its text)
_TEXT_TYPES = frozenset(DOCUMENT_TYPES[suffix] for suffix in (".html", ".md", ".txt", ".csv"))
_WHY_NO_TEXT = {DOCUMENT_TYPES[".pdf"]: ": its pages are pictures (a scan? with tesseract installed they can be read)"}
_JUNK_TITLE = re.compile(r"^(microsoft word|untitled|document\d*$|.*\.(docx?|pdf|indd|pptx?|tmp)$)", re.IGNORECASE)


def parse(data: bytes, media_type: str) -> ParsedDocument:
    """The document's pages, cleaned. Raises UnreadableDocument with a reason a person can act on."""
    if media_type in _TEXT_TYPES and len(data) > MAX_CHARACTERS:
        raise UnreadableDocument(f"it is larger than {MAX_CHARACTERS // 1_000_000} MB of text")
    document = _PARSERS[media_type](data)
    if not any(page.text for page in document.pages):
        raise UnreadableDocument(f"it holds no text{_WHY_NO_TEXT.get(media_type, '')}")
    if sum(len(page.text) for page in document.pages) > MAX_CHARACTERS:
        raise UnreadableDocument(f"it holds more than {MAX_CHARACTERS:,} characters of text")
    return document


def _parse_pdf(data: bytes) -> ParsedDocument:
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
    return ParsedDocument(_title(pdf.get_metadata_value("Title"), pages), pages)


def _is_picture(page: PdfPage) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    return any(True for _ in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]))


def _parse_docx(data: bytes) -> ParsedDocument:
    import docx
    from docx.table import Table

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise UnreadableDocument(f"it unpacks to more than {MAX_UNPACKED // 1024**2} MB")
        document = docx.Document(io.BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UnreadableDocument(f"it is not a readable docx ({error or type(error).__name__})") from None
    blocks: list[Block] = []
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            blocks.append((TEXT, "\n".join(_cells(row.cells) for row in item.rows)))
            continue
        text = _visible_text(item)
        style = (item.style.name or "") if item.style else ""
        if style.startswith(("Heading", "Title")):
            blocks.append((HEADING, text))
        else:
            blocks.append((TEXT, f"• {text}" if style.startswith("List") and text.strip() else text))
    return _one_page(document.core_properties.title, blocks)


def _visible_text(paragraph: Paragraph) -> str:
    """The paragraph with its links and without what the author hid."""
    parts = paragraph.iter_inner_content()
    runs = (run for part in parts for run in getattr(part, "runs", [part]))
    return "".join(run.text for run in runs if not run.font.hidden)


def _cells(cells: Iterable) -> str:
    """One table row as a line; a merged cell is listed once."""
    texts, last = [], None
    for cell in cells:
        if cell._tc is not last:
            texts.append(" ".join(cell.text.split()))
        last = cell._tc
    return " | ".join(texts)


def _parse_html(data: bytes) -> ParsedDocument:
    from aieco_assets.core.knowledge.html import read_html

    title, blocks = read_html(_decode(data))
    return _one_page(title, blocks)


def _parse_markdown(data: bytes) -> ParsedDocument:
    from markdown_it import MarkdownIt

    from aieco_assets.core.knowledge.html import read_html

    # Through html, so that quotes read as the rendered page does, without asterisks and bars.
    _, blocks = read_html(MarkdownIt("commonmark").enable("table").render(_decode(data)))
    return _one_page("", blocks)


def _parse_text(data: bytes) -> ParsedDocument:
    """Form feeds part pages, as in an RFC."""
    pages = tuple(ParsedPage(number, clean(text)) for number, text in enumerate(_decode(data).split("\f"), 1))
    return ParsedDocument(_title("", pages), pages)


def _parse_csv(data: bytes) -> ParsedDocument:
    pages = (csv_page(_decode(data)),)
    return ParsedDocument(_title("", pages), pages)


def _parse_workbook(data: bytes) -> ParsedDocument:
    pages = tuple(workbook_pages(data))
    return ParsedDocument(_title("", pages), pages)


def _decode(data: bytes) -> str:
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" in data:
        raise UnreadableDocument("it is not a text file, whatever its name says")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise UnreadableDocument("its text is neither UTF-8, UTF-16 nor Windows-1252")


def _one_page(title: str | None, blocks: Iterable[Block]) -> ParsedDocument:
    """Blocks become one page; headings keep the offset that they have in the cleaned text."""
    text, headings = "", []
    for kind, block in blocks:
        block = clean(block)
        if not block:
            continue
        if kind == HEADING:
            block = " ".join(block.split())
            text += "\n" if text else ""
            headings.append((len(text) + (1 if text else 0), block))
        text += f"\n{block}" if text else block
    pages = (ParsedPage(1, text, tuple(headings)),)
    return ParsedDocument(_title(title or (headings[0][1] if headings else ""), pages), pages)


def _title(given: str | None, pages: tuple[ParsedPage, ...]) -> str:
    """The title that the file names, unless a program made it up; else the first line that is a line of text."""
    title = " ".join(clean(given or "").split())
    if not title or _JUNK_TITLE.match(title):
        lines = (line for page in pages for line in page.text.split("\n"))
        title = next((line for line in lines if any(map(str.isalpha, line))), "")
    return title[:MAX_TITLE]


_PARSERS: dict[str, Callable[[bytes], ParsedDocument]] = {
    DOCUMENT_TYPES[".pdf"]: _parse_pdf,
    DOCUMENT_TYPES[".docx"]: _parse_docx,
    DOCUMENT_TYPES[".html"]: _parse_html,
    DOCUMENT_TYPES[".md"]: _parse_markdown,
    DOCUMENT_TYPES[".txt"]: _parse_text,
    DOCUMENT_TYPES[".csv"]: _parse_csv,
    DOCUMENT_TYPES[".xlsx"]: _parse_workbook,
}
