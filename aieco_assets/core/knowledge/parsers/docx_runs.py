"""The visible text of Word's paragraphs: runs, fields, marks of notes, symbols and formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.note_markers import mark, superscript
from aieco_assets.core.knowledge.parsers.docx_parts import INTO, MC, chosen, content, drawn, named
from aieco_assets.core.knowledge.parsers.docx_styles import VAL, Styles, W, is_on
from aieco_assets.core.knowledge.parsers.office_math import FORMULAS, formula

if TYPE_CHECKING:
    from lxml.etree import _Element

_SIGNS = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}ptab": "\t",
}
# Of Word's symbol fonts, what carries meaning.
_SYMBOLS = {
    "a8": "☐",
    "6f": "☐",
    "fe": "☑",
    "fd": "☒",
    "78": "☒",
    "fc": "✓",
    "fb": "✗",
    "b7": "•",
    "a7": "•",
    "e0": "→",
}
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


class Runs:
    """Text of runs. What stands elsewhere is gathered: `boxes` (text boxes, charts, diagrams) and `noted` (notes)."""

    def __init__(self, styles: Styles, notes: Callable[[str, str], list[str]]) -> None:
        self._styles, self._notes = styles, notes
        self._fields: list[list[str]] = []  # (code or result, the code) of the fields that are open
        self._marks = 0
        self.boxes: list[_Element] = []
        self.noted: list[tuple[str, list[str]]] = []

    def text(self, parent: Iterable[_Element], style: str) -> str:
        """The visible text of a paragraph's content."""
        told: list[str] = []
        for element in parent:
            tag = element.tag
            if tag == f"{W}r":
                told.append(self._run(element, style))
            elif tag == f"{W}sdt":
                told.append(self.text(content(element), style))
            elif tag == f"{MC}AlternateContent":
                told.append(self.text(chosen(element), style))
            elif tag == f"{W}fldSimple":
                code = element.get(f"{W}instr", "").split()
                told.append("" if code[:1] and code[0].upper() in _PAGE_FIELDS else self.text(element, style))
            elif tag in INTO:
                told.append(self.text(element, style))
            elif tag in FORMULAS:
                told.append(formula(element))
        return "".join(told)

    def _run(self, run: _Element, style: str) -> str:
        hidden = self._is_hidden(run, style)
        told: list[str] = []
        for element in run:
            tag = element.tag
            if tag == f"{W}fldChar":
                told.append(self._field(element))
            elif tag == f"{W}instrText":
                if self._fields:
                    self._fields[-1][1] += element.text or ""
            elif hidden or not self._shows():
                continue
            elif tag == f"{W}t":
                words = element.text or ""
                told.append(superscript(words) if self._is_raised(run) else words)
            elif tag in _SIGNS:
                told.append(_SIGNS[tag])
            elif tag == f"{W}sym":
                told.append(_symbol(element))
            elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                told.append(self._note(element))
            elif tag == f"{W}ruby":
                base = element.find(f"{W}rubyBase")
                told.append(self.text(base, style) if base is not None else "")
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                self.boxes += drawn(element)
            elif tag == f"{MC}AlternateContent":
                for one in chosen(element):
                    self.boxes += drawn(one)
        return "".join(told)

    def _is_hidden(self, run: _Element, style: str) -> bool:
        properties = run.find(f"{W}rPr")
        own = named(properties, "rStyle")
        for name in ("vanish", "strike", "dstrike"):
            element = properties.find(W + name) if properties is not None else None
            for source in (own, style):
                if element is None and source:
                    element = self._styles.property(source, f"rPr/{name}")
            if is_on(element):
                return True
        return False

    def _is_raised(self, run: _Element) -> bool:
        properties = run.find(f"{W}rPr")
        if properties is None:
            return False
        element = properties.find(f"{W}vertAlign")
        if element is None and (own := named(properties, "rStyle")):
            element = self._styles.property(own, "rPr/vertAlign")
        return element is not None and element.get(VAL) == "superscript"

    def _shows(self) -> bool:
        return all(
            state == "result" and (code.split() or [""])[0].upper() not in _PAGE_FIELDS for state, code in self._fields
        )

    def _field(self, element: _Element) -> str:
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            shown = self._shows()
            self._fields.append(["code", ""])
            return _form_value(element) if shown else ""
        if kind == "separate" and self._fields:
            self._fields[-1][0] = "result"
        elif kind == "end" and self._fields:
            self._fields.pop()
        return ""

    def _note(self, reference: _Element) -> str:
        kind = "footnote" if reference.tag == f"{W}footnoteReference" else "endnote"
        lines = self._notes(kind, reference.get(f"{W}id", ""))
        if not lines:
            return ""
        self._marks += 1
        self.noted.append((mark(self._marks), lines))
        return mark(self._marks)


def mend_fields(root: _Element) -> None:
    """Takes out the beginnings of fields that never end: all text after them would pass for their code."""
    open_fields: list[_Element] = []
    for element in root.iter(f"{W}fldChar"):
        kind = element.get(f"{W}fldCharType")
        if kind == "begin":
            open_fields.append(element)
        elif kind == "end" and open_fields:
            open_fields.pop()
    for element in open_fields:
        if (run := element.getparent()) is not None:
            run.remove(element)


def _symbol(element: _Element) -> str:
    code = element.get(f"{W}char", "").lower()
    if len(code) == 4 and code.startswith("f0"):
        return _SYMBOLS.get(code[2:], "")
    try:
        return chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""


def _form_value(begin: _Element) -> str:
    """What a form field of old Word shows that is no text: a ticked box, the chosen entry."""
    data = begin.find(f"{W}ffData")
    if data is None:
        return ""
    box = data.find(f"{W}checkBox")
    if box is not None:
        ticked = box.find(f"{W}checked")
        return (
            "☒"
            if is_on(ticked if ticked is not None else box.find(f"{W}default"))
            and not (ticked is None and box.find(f"{W}default") is None)
            else "☐"
        )
    entries = [entry.get(VAL, "") for entry in data.findall(f"{W}ddList/{W}listEntry")]
    chosen = named(data.find(f"{W}ddList"), "result") or "0"
    return entries[int(chosen)] if chosen.isdigit() and int(chosen) < len(entries) else ""
