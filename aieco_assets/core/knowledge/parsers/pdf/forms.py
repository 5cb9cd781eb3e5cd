"""Values of a form's fields, and text that was typed onto a page, as spans where they are seen."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from pypdfium2 import raw

from aieco_assets.core.knowledge.parsers.pdf.spans import Span

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MAX_FIELDS = 2_000  # of a page
MAX_VALUE = 100_000  # characters
XFA_WARNING = "it is a form of a kind (XFA) whose values may not be read: print it to a new PDF"
_HIDDEN = 2 | 32  # flags of an annotation: hidden, not in view
_PASSWORD = 1 << 13
_LINE = 12.0  # points, at most; what is typed into a higher field begins at its top


def field_spans(pdf: PdfDocument, page: PdfPage) -> list[Span]:
    """Texts, choices, ticks (☑, ☐) and typed remarks of a page."""
    form = pdf.formenv.raw if pdf.formenv else None
    spans: list[Span] = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_FIELDS)):
        one = raw.FPDFPage_GetAnnot(page.raw, number)
        if not one:
            continue
        try:
            told = "" if raw.FPDFAnnot_GetFlags(one) & _HIDDEN else _told(form, one)
            box = raw.FS_RECTF()
            if told and raw.FPDFAnnot_GetRect(one, box):
                spans += _placed(told, box)
        finally:
            raw.FPDFPage_CloseAnnot(one)
    return spans


def _told(form: Any, one: Any) -> str:
    kind = raw.FPDFAnnot_GetSubtype(one)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return _string(lambda buffer, size: raw.FPDFAnnot_GetStringValue(one, b"Contents", buffer, size))
    if kind != raw.FPDF_ANNOT_WIDGET or form is None:
        return ""
    field = raw.FPDFAnnot_GetFormFieldType(form, one)
    if field in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        return "☑" if raw.FPDFAnnot_IsChecked(form, one) else "☐"
    if field == raw.FPDF_FORMFIELD_TEXTFIELD and raw.FPDFAnnot_GetFormFieldFlags(form, one) & _PASSWORD:
        return ""
    if field in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX) and (chosen := _chosen(form, one)):
        return chosen
    if field in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        return _string(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, one, buffer, size))
    return ""


def _chosen(form: Any, one: Any) -> str:
    """Labels of the options that are selected: a value may be a code that nobody sees."""
    labels = [
        _string(lambda buffer, size, at=number: raw.FPDFAnnot_GetOptionLabel(form, one, at, buffer, size))
        for number in range(min(raw.FPDFAnnot_GetOptionCount(form, one), MAX_FIELDS))
        if raw.FPDFAnnot_IsOptionSelected(form, one, number)
    ]
    return ", ".join(labels)


def _string(call: Any) -> str:
    size = call(None, 0)
    if not 2 < size <= 2 * MAX_VALUE:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    call(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace").strip()


def _placed(text: str, box: Any) -> list[Span]:
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    low, high = min(box.bottom, box.top), max(box.bottom, box.top)
    height = min(_LINE, (high - low) / len(lines))
    # One line stands in the middle of its field, several begin at its top.
    top = (high + low + height) / 2 if len(lines) == 1 and high - low < 3 * _LINE else high - 1
    left, right = min(box.left, box.right), max(box.left, box.right)
    spans = []
    for line in lines:
        width = min(right - left, 0.5 * height * max(len(line), 1))
        spans.append(Span(line.strip(), left + 1, top - height, left + width, top, field=True))
        top -= height
    return spans
