"""Text of the rendered files as an outsider reads them: by the format's own library, not by our reader."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pypdfium2
from bs4 import BeautifulSoup
from docx import Document
from docx.table import Table


@lru_cache(maxsize=256)
def page_texts(path: Path) -> list[str]:
    """One text per page, white space folded; docx, html and md are one page."""
    return [" ".join(text.split()) for text in _raw(path)]


def _raw(path: Path) -> list[str]:
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            return [page.get_textpage().get_text_range() for page in pdf]
    if path.suffix == ".docx":
        parts = []
        for block in Document(str(path)).iter_inner_content():
            if isinstance(block, Table):
                parts += [" ".join(cell.text for cell in row.cells) for row in block.rows]
            else:
                parts.append(block.text)
        return ["\n".join(parts)]
    if path.suffix == ".html":
        return [BeautifulSoup(path.read_bytes(), "lxml").get_text(" ")]
    return [path.read_text(encoding="utf-8")]
