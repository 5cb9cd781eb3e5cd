"""Word documents (docx)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.blocks import Item, heading, page_of, text, title_of
from aieco_assets.core.knowledge.limits import MAX_UNPACKED
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.tables import plain_table

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph


def parse(data: bytes) -> ParsedDocument:
    import docx
    from docx.table import Table

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
                raise UnreadableDocument(f"it unpacks to more than {MAX_UNPACKED // 1024**2} MB")
        document = docx.Document(io.BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise UnreadableDocument(f"it is not a readable docx ({error or type(error).__name__})") from None
    items: list[Item] = []
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            items.append(plain_table([_cells(row.cells) for row in item.rows]))
            continue
        words = _visible_text(item)
        style = (item.style.name or "") if item.style else ""
        if style.startswith(("Heading", "Title")):
            items.append(heading(words))
        else:
            items.append(text(f"• {words}" if style.startswith("List") and words.strip() else words))
    page = page_of(items)
    first = page.headings[0][1] if page.headings else ""
    return ParsedDocument(title_of(document.core_properties.title or first, [page]), (page,))


def _visible_text(paragraph: Paragraph) -> str:
    """The paragraph with its links and without what the author hid."""
    parts = paragraph.iter_inner_content()
    runs = (run for part in parts for run in getattr(part, "runs", [part]))
    return "".join(run.text for run in runs if not run.font.hidden)


def _cells(cells: Iterable) -> list[str]:
    """The texts of a table row; a merged cell is listed once."""
    texts, last = [], None
    for cell in cells:
        if cell._tc is not last:
            texts.append(cell.text)
        last = cell._tc
    return texts
