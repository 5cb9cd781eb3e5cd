"""A document as pdf: A5, core fonts (latin-1), one printed page per source page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from aieco_assets.core.sample.blocks import Block, blocks
from aieco_assets.core.sample.source import WRITTEN_AT

if TYPE_CHECKING:
    from aieco_assets.core.sample.source import Source

MARGIN, LINE, CELL_PADDING = 17.0, 5.0, 1.2
INK, RULE, SHADE = (33, 37, 41), (196, 170, 140), (244, 238, 229)
TEXT_SIZE, TABLE_SIZE, HEADING_SIZES = 9.5, 8.5, {1: 17, 2: 12, 3: 10}


class _Pdf(FPDF):
    """Adds the running foot. Not compressed: zlib builds differ, and the bytes shall not."""

    def __init__(self, title: str) -> None:
        super().__init__(format=(148, 210))
        self.foot = title
        self.set_compression(False)
        self.set_creation_date(WRITTEN_AT)
        self.set_title(title)
        self.set_author("Hollin & Wray")
        self.set_lang("en-GB")
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0  # text and rules share their left edge

    def footer(self) -> None:
        self.set_y(-MARGIN + 6)
        self.set_draw_color(*RULE)
        self.line(self.l_margin, self.y, self.w - self.r_margin, self.y)
        self.set_font("Helvetica", size=7.5)
        self.cell(0, 7, f"Hollin & Wray | {self.foot} | page {self.page_no()}", align="L")


def render_pdf(source: Source) -> bytes:
    """The bytes of the pdf. Raises ValueError when a source page does not fit its printed page."""
    pdf = _Pdf(source.title)
    for number, page in enumerate(source.pages, start=1):
        pdf.add_page()
        pdf.set_text_color(*INK)
        for block in blocks(page):
            _draw(pdf, block)
        if pdf.get_y() > pdf.h - MARGIN:
            raise ValueError(f"page {number} of {source.file_name} is too long: move some of it behind a page break")
    return bytes(pdf.output())


def _draw(pdf: _Pdf, block: Block) -> None:
    if block.kind == "heading":
        _draw_heading(pdf, block)
    elif block.kind == "table":
        _draw_table(pdf, block.rows)
    else:
        mark = {"bullet": "-", "number": f"{block.level}."}.get(block.kind, "")
        pdf.set_font("Helvetica", size=TEXT_SIZE)
        if mark:
            pdf.cell(7, LINE, mark, align="R")
            pdf.set_x(pdf.l_margin + 9)
        _write(pdf, block.text)
        pdf.ln(1 if mark else 2.6)


def _draw_heading(pdf: _Pdf, block: Block) -> None:
    size = HEADING_SIZES[block.level]
    if pdf.get_y() > MARGIN + 1:
        pdf.ln(2.5)
    pdf.set_font("Helvetica", "B", size)
    _write(pdf, block.text, line=size * 0.5)
    if block.level == 1:
        pdf.set_draw_color(*RULE)
        pdf.line(pdf.l_margin, pdf.y + 1.5, pdf.w - pdf.r_margin, pdf.y + 1.5)
        pdf.ln(4)
    pdf.ln(2)


def _draw_table(pdf: _Pdf, rows: tuple[tuple[str, ...], ...]) -> None:
    """Cells never wrap, so that each row is one line of the extracted text; columns are as wide as their words."""
    pdf.set_font("Helvetica", "B", TABLE_SIZE)
    needed = [max(pdf.get_string_width(row[i]) for row in rows) + 4 * CELL_PADDING for i in range(len(rows[0]))]
    spare = pdf.epw - sum(needed)
    if spare < 0:
        raise ValueError(f"table is {-spare:.0f} mm too wide: {' | '.join(rows[0])}")
    widths = [width + min(spare / len(needed), 10) for width in needed]
    pdf.set_draw_color(*RULE)
    pdf.set_fill_color(*SHADE)
    pdf.c_margin = CELL_PADDING
    for number, row in enumerate(rows):
        pdf.set_font("Helvetica", "" if number else "B", TABLE_SIZE)
        for width, text in zip(widths, row, strict=True):
            pdf.cell(width, LINE + CELL_PADDING, text, border="B", fill=number == 0)
        pdf.ln(LINE + CELL_PADDING)
    pdf.c_margin = 0
    pdf.ln(3.6)


def _write(pdf: _Pdf, text: str, line: float = LINE) -> None:
    pdf.multi_cell(pdf.w - pdf.r_margin - pdf.x, line, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
