"""PDF: a page is a page. Read by where its characters stand, by pdfium alone: other libraries are too slow."""

from __future__ import annotations

import gc
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge import ocr
from aieco_assets.core.knowledge.blocks import title_of
from aieco_assets.core.knowledge.cleaning import clean, vocabulary
from aieco_assets.core.knowledge.facts import dated_in, facts_from
from aieco_assets.core.knowledge.limits import MAX_CHARACTERS, MAX_PAGES
from aieco_assets.core.knowledge.parsed import Facts, ParsedDocument, ParsedPage, UnreadableDocument
from aieco_assets.core.knowledge.right_to_left import page_text

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

    from aieco_assets.core.knowledge.parsers.pdf.pages import Sheet

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_WIDE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_SIGNS = re.compile(r"[\x00-\x08\x0e-\x1f!\"#&'*+<=>?@\\^`{}~\ufffd\ue000-\uf8ff]")
_CUT_WORD = re.compile(r"\b(\w+)[\ufffe\u00ad]\s*(\w*)")
_FEW, _SAMPLE = 100, 2_000  # characters
_DAY = re.compile(r"D?:?(\d{4})(\d\d)(\d\d)")


def parse(data: bytes) -> ParsedDocument:
    """Without Python's collector of cycles, which looks through the tens of thousands of spans again and again (a sixth
    of the time) and finds nothing to free: what a page holds is freed when it is closed.
    """
    paused = gc.isenabled()
    gc.disable()
    try:
        return _parsed(data)
    finally:
        if paused:
            gc.enable()


def _parsed(data: bytes) -> ParsedDocument:
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
    warnings: list[str] = []
    sheets = _sheets(pdf, warnings)
    pages, unordered = _pages(pdf, sheets)
    if unordered:
        warnings.append(f"the order of what stands on {_listed(unordered)} could not be told")
    return ParsedDocument(_title(pdf, pages, sheets), pages, _facts(pdf, pages), tuple(warnings))


def _sheets(pdf: PdfDocument, warnings: list[str]) -> list[Sheet]:
    import pypdfium2

    from aieco_assets.core.knowledge.parsers.pdf.forms import XFA_WARNING
    from aieco_assets.core.knowledge.parsers.pdf.pages import Sheet

    if pdf.get_formtype() != pypdfium2.raw.FORMTYPE_NONE:
        pdf.init_forms()
        if pdf.get_formtype() != pypdfium2.raw.FORMTYPE_ACRO_FORM:
            warnings.append(XFA_WARNING)
    sheets: list[Sheet] = []
    pictures: list[int] = []
    nonsense: list[int] = []
    characters = 0
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            sheet = _read(pdf, page)
            if sheet.nonsense or (not sheet.told.strip() and not sheet.directions and _is_picture(page)):
                (nonsense if sheet.nonsense and not ocr.languages() else pictures).append(number + 1)
                if ocr.languages():
                    if len(pictures) > ocr.MAX_PAGES:
                        raise UnreadableDocument(f"more than {ocr.MAX_PAGES} of its pages are pictures (a scan?)")
                    sheet = Sheet(told=ocr.text_of_picture(page))
            sheets.append(sheet)
            page.close()
        except pypdfium2.PdfiumError as error:
            raise UnreadableDocument(f"page {number + 1} is broken ({error})") from None
        characters += sheet.characters
        if characters > MAX_CHARACTERS:
            raise UnreadableDocument(f"it holds more than {MAX_CHARACTERS:,} characters of text")
    if nonsense:
        warnings.append(f"the letters on {_listed(nonsense)} have no meaning (its font does not say which they are)")
    if pictures and not ocr.languages():
        warnings.append(
            f"{_listed(pictures)} of it are pictures without text (with tesseract installed they can be read)"
        )
    elif pictures:
        warnings.append(f"{_listed(pictures)} of it are pictures, read by tesseract")
    return sheets


def _read(pdf: PdfDocument, page: PdfPage) -> Sheet:
    from aieco_assets.core.knowledge.parsers.pdf.characters import runs_down
    from aieco_assets.core.knowledge.parsers.pdf.pages import Sheet, read_sheet

    textpage = page.get_textpage()
    count = textpage.count_chars()
    if count > MAX_CHARACTERS:
        raise UnreadableDocument(f"a page holds more than {MAX_CHARACTERS:,} characters of text")
    text = textpage.get_text_range()
    if _is_nonsense(text):
        return Sheet(nonsense=True)
    # Right to left and downwards, the order is pdfium's, which knows the scripts.
    if not text.isascii() and _share(_RIGHT_TO_LEFT, text) > 0.3:
        return Sheet(told=page_text(textpage))
    if not text.isascii() and _share(_WIDE, text) > 0.3 and runs_down(textpage, text):
        return Sheet(told=text)
    if len(text) != count:  # characters beyond 16 bits, and some that stand for nothing
        from pypdfium2.raw import FPDFText_GetUnicode

        text = "".join(chr(FPDFText_GetUnicode(textpage.raw, place)) for place in range(count))
    return read_sheet(pdf, page, textpage, text)


def _share(letters: re.Pattern[str], text: str) -> float:
    """How much of a text, white space apart, these are."""
    return len(letters.findall(text)) / max(1, len(text) - text.count(" ")) if letters.search(text) else 0.0


def _is_nonsense(text: str) -> bool:
    """Whether most characters are signs that no text is full of, as where a font does not say what its glyphs are."""
    if len(text) < _FEW or _share(_SIGNS, text[:_SAMPLE]) < 0.12:
        return False
    return sum(map(str.isalnum, text)) < 0.5 * sum(not letter.isspace() for letter in text)


def _pages(pdf: PdfDocument, sheets: list[Sheet]) -> tuple[tuple[ParsedPage, ...], list[int]]:
    """The pages, and the numbers of those whose order is not known."""
    from aieco_assets.core.knowledge.parsers.pdf import document
    from aieco_assets.core.knowledge.parsers.pdf.footnotes import with_notes
    from aieco_assets.core.knowledge.parsers.pdf.pages import body_height, items_of
    from aieco_assets.core.knowledge.parsers.pdf.running_heads import without_running_heads, without_stamps

    first = [sheet.directions[0] for sheet in sheets if sheet.directions]
    left = without_running_heads(
        [one.spans for one in first], [(one.low, one.high) for one in first], [one.drawings.down for one in first]
    )
    for one, spans in zip(first, left, strict=True):
        one.spans = spans
    without_stamps([[one.spans for one in sheet.directions[1:]] for sheet in sheets])
    body = body_height(sheets)
    found = [items_of(sheet) for sheet in sheets]
    items = [with_notes(one.items) for one in found]
    unordered = [number for number, one in enumerate(found, 1) if one.unordered]
    texts = [text for sheet in sheets for text in sheet.texts()]
    cut = any("\ufffe" in text or "\u00ad" in text for text in texts)
    words = _words(texts) if cut else set()
    outline = document.outline_of(pdf)
    continued = document.join_tables(items)
    headings_of: dict[int, tuple[str, ...]] = {}
    pages = [
        ParsedPage(number, clean(sheet.told, words))
        if sheet.told
        else document.written(
            one, number, max(body, body_height([sheet])), outline.get(number - 1, set()), words, continued, headings_of
        )
        for number, (sheet, one) in enumerate(zip(sheets, items, strict=True), 1)
    ]
    return tuple(pages), unordered


def _words(texts: list[str]) -> set[str]:
    """The words of the document. Halves of words are none where the document cuts words at the ends of its lines; where
    it does not, the hyphens there are its own, and halves are the words that they join.
    """
    whole = vocabulary(_CUT_WORD.sub(" ", text) for text in texts)
    cuts = [match for text in texts for match in _CUT_WORD.finditer(text)]
    known = sum(f"{match[1]}{match[2]}".lower() in whole for match in cuts)
    return whole if known > 0.25 * len(cuts) else vocabulary(texts)


def _title(pdf: PdfDocument, pages: tuple[ParsedPage, ...], sheets: list[Sheet]) -> str:
    """Of the properties; else the biggest lines of the first page with text; else the first line."""
    from aieco_assets.core.knowledge.parsers.pdf.pages import body_height

    given = title_of(pdf.get_metadata_value("Title"), ())
    if any(map(str.isalpha, given)):
        return given
    body = body_height(sheets)
    return title_of(next((sheet.biggest(body) for sheet in sheets if sheet.directions), ""), pages)


def _facts(pdf: PdfDocument, pages: tuple[ParsedPage, ...]) -> Facts:
    """The keywords, and the day that the text gives, else that of the properties: these change whenever the file is
    made anew."""
    told = facts_from({"keywords": pdf.get_metadata_value("Keywords")})
    if dated_in(pages[0].text[:_SAMPLE] if pages else ""):
        return told
    day = _DAY.match(pdf.get_metadata_value("ModDate") or pdf.get_metadata_value("CreationDate") or "")
    return replace(told, dated="-".join(day.groups()) if day else "")


def _is_picture(page: PdfPage) -> bool:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    return any(True for _ in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]))


def _listed(numbers: list[int]) -> str:
    told = ", ".join(map(str, numbers[:10])) + (" and others" if len(numbers) > 10 else "")
    return f"page{'s' if len(numbers) > 1 else ''} {told}"
