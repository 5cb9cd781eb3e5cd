"""Pdfs of the kinds that people keep, from literal text: A4, points, the origin at the upper left corner."""

from __future__ import annotations

from collections.abc import Sequence

from fpdf import FPDF

LINE = 14.0


def blank(size: float = 11) -> FPDF:
    document = FPDF(unit="pt", format="A4")
    document.set_auto_page_break(False)
    document.set_font("helvetica", size=size)
    return document


def lines(document: FPDF, x: float, y: float, *texts: str, step: float = LINE) -> float:
    """Each text on a line of its own; returns where the next one would stand."""
    for text in texts:
        document.text(x, y, text)
        y += step
    return y


def cells(document: FPDF, y: float, *texts: tuple[float, str]) -> None:
    for x, text in texts:
        document.text(x, y, text)


def marked(document: FPDF, x: float, y: float, *parts: str | tuple[str]) -> None:
    """One line; a part in a tuple is raised and smaller, as a mark of a note is."""
    for part in parts:
        raised = isinstance(part, tuple)
        text = part[0] if isinstance(part, tuple) else part
        document.set_font("helvetica", size=7 if raised else 11)
        document.text(x, y - (4 if raised else 0), text)
        x += document.get_string_width(text)
    document.set_font("helvetica", size=11)


def grid(document: FPDF, xs: Sequence[float], ys: Sequence[float]) -> None:
    for x in xs:
        document.line(x, ys[0], x, ys[-1])
    for y in ys:
        document.line(xs[0], y, xs[-1], y)


def form(*fields: str, labels: Sequence[tuple[float, float, str]]) -> bytes:
    """A form that is filled in and not flattened. `fields`: the bodies of its widgets (origin at the lower left)."""
    content = " ".join(f"BT /F1 11 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in labels)
    numbers = range(6, 6 + len(fields))
    refs = " ".join(f"{number} 0 R" for number in numbers)
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{refs}] /DA (/F1 11 Tf 0 g) >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [{refs}] "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *(f"<< /Type /Annot /Subtype /Widget /P 3 0 R /F 4 {field} >>" for field in fields),
    ]
    data, offsets = b"%PDF-1.6\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(data)
    data += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    data += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    return data + f"trailer << /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
