"""A document as docx, with fixed properties and zip timestamps."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.style import WD_STYLE_TYPE

from aieco_assets.core.sample.blocks import blocks
from aieco_assets.core.sample.source import WRITTEN_AT

if TYPE_CHECKING:
    from docx.document import Document as DocxDocument

    from aieco_assets.core.sample.source import Source

TABLE_STYLE = "Light Grid Accent 1"
STYLES = {"paragraph": "Normal", "bullet": "List Bullet", "number": "List Number"}


def render_docx(source: Source) -> bytes:
    """The bytes of the docx; pages of the source follow each other without a break."""
    document = Document()
    written_at = WRITTEN_AT.replace(tzinfo=None)  # python-docx wants naive UTC
    properties = document.core_properties
    properties.title, properties.author, properties.language = source.title, "Hollin & Wray", "en-GB"
    properties.created = properties.modified = properties.last_printed = written_at
    properties.last_modified_by, properties.comments = "Hollin & Wray", ""
    for block in blocks("\n\n".join(source.pages)):
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level)
        elif block.kind == "table":
            _add_table(document, block.rows)
        else:
            document.add_paragraph(block.text, style=STYLES[block.kind])
    _drop_unused_styles(document)
    packed = BytesIO()
    document.save(packed)
    return _repack(packed)


def _add_table(document: DocxDocument, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style=TABLE_STYLE)
    for cells, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph()


def _drop_unused_styles(document: DocxDocument) -> None:
    """The template's hundred table styles, in two copies, are nine tenths of the file."""
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in ("Normal Table", TABLE_STYLE):
            style.delete()
    for key, relation in list(document.part.rels.items()):
        if relation.reltype.endswith("/stylesWithEffects"):
            del document.part.rels[key]


def _repack(packed: BytesIO) -> bytes:
    """The same archive with one timestamp and no compression: clocks and zlib builds differ, the bytes shall not."""
    repacked = BytesIO()
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(repacked, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, date_time=WRITTEN_AT.timetuple()[:6])
            info.external_attr = 0o644 << 16
            info.create_system = 3
            new.writestr(info, old.read(name))
    return repacked.getvalue()
