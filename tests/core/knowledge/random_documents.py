"""Random documents, each written in every format: what is seen of them, and what is not, is known."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from fpdf import FPDF
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.core.knowledge import office, pdf_files


@dataclass(frozen=True)
class Part:
    """A word of a paragraph. `kind`: plain, inserted, deleted, hidden, struck, or note (a note's text)."""

    kind: str
    word: str


@dataclass(frozen=True)
class Paragraph:
    """`kind`: heading, text, item or numbered."""

    kind: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Grid:
    """A table. `wide`: the last two columns have a name above their own; `merged`: one label holds for all rows."""

    rows: tuple[tuple[str, ...], ...]
    wide: bool
    merged: bool


@dataclass(frozen=True)
class Written:
    blocks: tuple[Paragraph | Grid, ...]

    def seen(self) -> list[str]:
        """The words in the order in which they are first read: a note after its paragraph."""
        words: list[str] = []
        for block in self.blocks:
            if isinstance(block, Grid):
                words += dict.fromkeys(word for row in block.rows for word in row)
            else:
                words += [part.word for part in block.parts if part.kind in ("plain", "inserted")]
                words += [part.word for part in block.parts if part.kind == "note"]
        return words

    def unseen(self) -> list[str]:
        paragraphs = (block for block in self.blocks if isinstance(block, Paragraph))
        return [p.word for block in paragraphs for p in block.parts if p.kind in ("deleted", "hidden", "struck")]


@st.composite
def documents(draw: st.DrawFn) -> Written:
    numbers = iter(range(1, 10_000))

    def word(prefix: str = "seen") -> str:
        return f"{prefix}x{next(numbers)}x"

    def paragraph(kind: str) -> Paragraph:
        kinds = ["plain"] if kind == "heading" else ["plain", "inserted", "deleted", "hidden", "struck", "note"]
        chosen = ["plain", *draw(st.lists(st.sampled_from(kinds), max_size=4))]
        return Paragraph(
            kind, tuple(Part(k, word("gone" if k in ("deleted", "hidden", "struck") else "seen")) for k in chosen)
        )

    def grid() -> Grid:
        columns, rows = draw(st.integers(3, 5)), draw(st.integers(2, 4))
        wide, merged = draw(st.booleans()), draw(st.booleans())
        head = [word() for _ in range(columns)]
        told = [tuple([*head[:-2], head[-2], head[-2]]), tuple([*head[:-2], word(), word()])] if wide else [tuple(head)]
        label = word()
        told += [(label if merged else word(), *(word() for _ in range(columns - 1))) for _ in range(rows)]
        return Grid(tuple(told), wide, merged)

    kinds = draw(st.lists(st.sampled_from(["heading", "text", "item", "numbered", "table"]), min_size=1, max_size=6))
    blocks = [paragraph("text")]
    return Written(tuple([*blocks, *(grid() if kind == "table" else paragraph(kind) for kind in kinds)]))


def as_docx(document: Written) -> bytes:
    body, notes = "", {}
    for block in document.blocks:
        if isinstance(block, Grid):
            body += office.table(*_docx_rows(block))
            continue
        runs = []
        for part in block.parts:
            told = f" {part.word} "
            if part.kind == "note":
                notes[len(notes) + 1] = part.word
                runs.append(office.note_mark(len(notes)))
            else:
                runs.append(
                    {
                        "plain": lambda t: office.run(t),
                        "inserted": office.inserted,
                        "deleted": office.deleted,
                        "hidden": lambda t: office.run(t, "<w:vanish/>"),
                        "struck": lambda t: office.run(t, "<w:strike/>"),
                    }[part.kind](told)
                )
        number = {"item": (2, 0), "numbered": (1, 0)}.get(block.kind)
        body += office.paragraph(*runs, style="H1" if block.kind == "heading" else "", number=number)
    return office.docx_of(body, notes)


def _docx_rows(grid: Grid) -> Iterator[list[str]]:
    heads = 2 if grid.wide else 1
    for place, row in enumerate(grid.rows):
        told = list(row)
        if grid.wide and place == 0:
            told = [*(f"v{word}" for word in row[:-2]), f">{row[-1]}"]
        elif grid.wide and place == 1:
            told = [*(f"^{word}" for word in row[:-2]), *row[-2:]]
        elif grid.merged and place >= heads:
            told[0] = f"v{row[0]}" if place == heads else "^"
        yield told


def as_html(document: Written) -> bytes:
    body, notes = [], []
    for block in document.blocks:
        if isinstance(block, Grid):
            body.append(_html_table(block))
            continue
        inner = []
        for part in block.parts:
            if part.kind == "note":
                notes.append(f'<li id="n{len(notes) + 1}">{part.word}</li>')
                inner.append(f'<sup><a href="#n{len(notes)}">{len(notes)}</a></sup>')
            else:
                form = {"inserted": "<ins>{}</ins>", "deleted": "<del>{}</del>", "struck": "<s>{}</s>"}
                form["hidden"] = '<span style="display:none">{}</span>'
                inner.append(form.get(part.kind, "{}").format(escape(part.word)))
        around = {"heading": "<h2>{}</h2>", "item": "<ul><li>{}</li></ul>", "numbered": "<ol><li>{}</li></ol>"}
        body.append(around.get(block.kind, "<p>{}</p>").format(" ".join(inner)))
    return f"<html><body><nav><a>gonexmenux</a></nav>{''.join(body)}<ol>{''.join(notes)}</ol></body></html>".encode()


def _html_table(grid: Grid) -> str:
    lines = []
    heads = 2 if grid.wide else 1
    for place, row in enumerate(grid.rows):
        if grid.wide and place == 0:
            cells = "".join(f'<th rowspan="2">{word}</th>' for word in row[:-2]) + f'<th colspan="2">{row[-1]}</th>'
        elif place < heads:
            cells = "".join(f"<th>{word}</th>" for word in (row[-2:] if grid.wide else row))
        else:
            first = (
                ""
                if grid.merged and place > heads
                else f'<td rowspan="{len(grid.rows) - heads if grid.merged else 1}">{row[0]}</td>'
            )
            cells = first + "".join(f"<td>{word}</td>" for word in row[1:])
        lines.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def as_markdown(document: Written) -> bytes:
    lines, notes = [], []
    for block in document.blocks:
        if isinstance(block, Grid):
            head, *rows = [row for place, row in enumerate(block.rows) if not (block.wide and place == 0)]
            table = [head, ["---"] * len(head), *rows]
            above = " ".join(dict.fromkeys(block.rows[0])) if block.wide else ""
            lines += [above, "", *(f"| {' | '.join(row)} |" for row in table), ""]
            continue
        inner = []
        for part in block.parts:
            if part.kind == "note":
                notes.append(f"[^{len(notes) + 1}]: {part.word}")
                inner.append(f"[^{len(notes)}]")
            else:
                form = {"hidden": "<!-- {} -->", "deleted": "~~{}~~", "struck": "<s>{}</s>"}
                inner.append(form.get(part.kind, "{}").format(part.word))
        lines += [{"heading": "## ", "item": "- ", "numbered": "1. "}.get(block.kind, "") + " ".join(inner), ""]
    return "\n".join([*lines, *notes]).encode()


def as_odt(document: Written) -> bytes:
    body = ""
    for block in document.blocks:
        if isinstance(block, Grid):
            body += _odt_table(block)
            continue
        inner = ""
        for part in block.parts:
            if part.kind == "note":
                inner += f"<text:note><text:note-body><text:p>{part.word}</text:p></text:note-body></text:note>"
            elif part.kind != "deleted":  # deletions are kept apart from the text
                style = {"hidden": "H", "struck": "S"}.get(part.kind, "N")
                inner += f' <text:span text:style-name="{style}">{part.word}</text:span> '
        around = {"heading": '<text:h text:outline-level="1">{}</text:h>'}
        listed = "<text:list><text:list-item><text:p>{}</text:p></text:list-item></text:list>"
        around |= {"item": listed, "numbered": listed}
        body += around.get(block.kind, "<text:p>{}</text:p>").format(inner)
    styles = (
        '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="S">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    )
    return office.odt_of(body, styles)


def _odt_table(grid: Grid) -> str:
    def cell(word: str, columns: int = 1, rows: int = 1) -> str:
        spans = f'table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"'
        return f"<table:table-cell {spans}><text:p>{word}</text:p></table:table-cell>"

    lines, heads = [], 2 if grid.wide else 1
    for place, row in enumerate(grid.rows):
        if grid.wide and place == 0:
            cells = "".join(cell(word, rows=2) for word in row[:-2]) + cell(row[-1], columns=2)
        elif grid.wide and place == 1:
            cells = "".join(cell(word) for word in row[-2:])
        else:
            spanned = len(grid.rows) - heads if grid.merged and place == heads else 1
            first = "" if grid.merged and place > heads else cell(row[0], rows=spanned)
            cells = first + "".join(map(cell, row[1:]))
        lines.append(f"<table:table-row>{cells}</table:table-row>")
    return f"<table:table>{''.join(lines)}</table:table>"


def as_rtf(document: Written) -> bytes:
    told = []
    for block in document.blocks:
        if isinstance(block, Grid):
            heads = 2 if block.wide else 1
            for place, row in enumerate(block.rows):
                merge = "" if not block.merged or place < heads else r"\clvmgf" if place == heads else r"\clvmrg"
                bounds = merge + "".join(rf"\cellx{n + 1}" for n in range(len(row)))
                words = ["" if block.merged and place > heads and n == 0 else word for n, word in enumerate(row)]
                told.append(rf"\trowd{bounds}\pard\intbl " + "".join(rf"{word}\cell " for word in words) + r"\row")
            continue
        form = {
            "note": r"{{\super\chftn}}{{\footnote\pard {} }}", "deleted": r"{{\deleted {} }}", "hidden": r"{{\v {} }}",
            "struck": r"{{\strike {} }}", "inserted": r"{{\revised {} }}",
        }  # fmt: skip
        inner = " ".join(form.get(part.kind, "{} ").format(part.word) for part in block.parts)
        level = r"\outlinelevel0" if block.kind == "heading" else ""
        told.append(rf"\pard{level} {inner}\par")
    return ("{\\rtf1\\ansi " + "\n".join(told) + "}").encode()


def as_xlsx(document: Written) -> bytes:
    """Its tables, a sheet each, every one with a row and a column that are hidden; and a hidden sheet."""
    book = Workbook()
    for number, grid in enumerate(block for block in document.blocks if isinstance(block, Grid)):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in grid.rows:
            sheet.append([*row, f"gonexcolumn{number}x"])
        sheet.append([f"gonexrow{number}x" for _ in grid.rows[0]])
        sheet.row_dimensions[sheet.max_row].hidden = True
        sheet.column_dimensions["ABCDEFG"[len(grid.rows[0])]].hidden = True
        last, heads = len(grid.rows[0]), 2 if grid.wide else 1
        if grid.wide:
            sheet.merge_cells(start_row=1, end_row=1, start_column=last - 1, end_column=last)
            for column in range(1, last - 1):
                sheet.merge_cells(start_row=1, end_row=2, start_column=column, end_column=column)
        if grid.merged:
            sheet.merge_cells(start_row=heads + 1, end_row=len(grid.rows), start_column=1, end_column=1)
    first = book.worksheets[0]
    first["A1"], first.sheet_state = "gonexsheetx", "hidden"
    if len(book.worksheets) == 1:
        book.create_sheet("Sheet")["A1"] = "none"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_pdf(document: Written) -> bytes:
    """One page with ruled tables and notes at its foot; hidden words are white, deleted ones beyond the page's edge.
    A struck word is left out: a line over letters is drawn like any other."""
    pdf = pdf_files.blank()
    pdf.add_page()
    notes: list[str] = []
    y = 60.0
    for block in document.blocks:
        y = _pdf_table(pdf, y, block) if isinstance(block, Grid) else _pdf_paragraph(pdf, y, block, notes)
    pdf.set_font("helvetica", size=8)
    for number, note in enumerate(notes, 1):
        pdf_files.lines(pdf, 60, 760 - 11 * len(notes) + 11 * number, f"{number} {note}")
    return bytes(pdf.output())


def _pdf_paragraph(pdf: FPDF, y: float, block: Paragraph, notes: list[str]) -> float:
    x = 60.0
    if block.kind in ("item", "numbered"):
        pdf.text(x, y, "-" if block.kind == "item" else "1.")
        x += 14
    size = 15 if block.kind == "heading" else 11
    for part in block.parts:
        pdf.set_font("helvetica", size=size)
        if part.kind == "note":
            notes.append(part.word)
            pdf.set_font("helvetica", size=7)
            pdf.text(x - 3, y - 4, str(len(notes)))
            x += 6
        elif part.kind in ("plain", "inserted"):
            pdf.text(x, y, part.word)
            x += pdf.get_string_width(part.word) + 4
        elif part.kind == "deleted":
            pdf.text(700, y, part.word)
    pdf.set_font("helvetica", size=11)
    pdf.text(x - 3, y, "." if block.kind != "heading" else "")  # else nothing tells lines far apart from paragraphs
    pdf.set_text_color(255, 255, 255)
    pdf.text(x + 4, y, " ".join(part.word for part in block.parts if part.kind == "hidden"))
    pdf.set_text_color(0, 0, 0)
    return y + 26


def _pdf_table(pdf: FPDF, y: float, grid: Grid) -> float:
    """Every cell in its box; no rule crosses a merged one."""
    heads, width, height = 2 if grid.wide else 1, 92.0, 18.0
    columns, last = len(grid.rows[0]), len(grid.rows) - 1
    for place, row in enumerate(grid.rows):
        pdf.set_font("helvetica", "B" if place < heads else "", 10)
        top = y + place * height
        for column, word in enumerate(row):
            left = 60 + column * width
            over = grid.wide and place == 0 and column == columns - 1  # the name over two columns
            below = (grid.wide and place == 1 and column < columns - 2) or (
                grid.merged and place > heads and column == 0
            )
            if not (over or below):
                pdf.text(left + 3, top + 13, word)
            if not over:
                pdf.line(left, top, left, top + height)
            if not below:
                pdf.line(left, top, left + width, top)
        pdf.line(60 + columns * width, top, 60 + columns * width, top + height)
    bottom = y + (last + 1) * height
    pdf.line(60, bottom, 60 + columns * width, bottom)
    pdf.set_font("helvetica", size=11)
    return bottom + 26


def as_pptx(document: Written) -> bytes:
    """A slide for each heading with what follows it; hidden words on a hidden slide, tables as tables."""
    slides: list[tuple[str, bool]] = []
    title, lines, more = "", list[str](), ""
    for block in [*document.blocks, None]:
        if block is None or (isinstance(block, Paragraph) and block.kind == "heading"):
            if title or lines or more:
                slides.append(office.slide(title, *lines, more=more))
            lines, more = [], ""
            title = " ".join(part.word for part in block.parts) if block else ""
        elif isinstance(block, Grid):
            slides.append(office.slide(title, *lines, more=more + office.slide_table(*_docx_rows(block))))
            title, lines, more = "", [], ""
        else:
            kinds = ("plain", "inserted"), ("note",)
            lines.append(" ".join(part.word for kind in kinds for part in block.parts if part.kind in kind))
            slides += [office.slide(part.word, hidden=True) for part in block.parts if part.kind == "hidden"]
    return office.pptx_of(*slides)
