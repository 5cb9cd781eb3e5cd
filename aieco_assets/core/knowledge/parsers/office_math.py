"""Formulas of Office on one line, so that no number runs into the next: `12/365`, `10³`, `√(2)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.note_markers import superscript

if TYPE_CHECKING:
    from lxml.etree import _Element

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
FORMULAS = (f"{M}oMath", f"{M}oMathPara")
_SIMPLE = frozenset("0123456789.,%")


def formula(element: _Element) -> str:
    told = before = ""
    for part in element:
        words = _part(part)
        # Two numbers beside each other are two numbers, but one may be written in several runs.
        parted = told[-1:].isdigit() and words[:1].isdigit() and not (part.tag == before == f"{M}r")
        told += f" {words}" if parted else words
        before = part.tag
    return told


def _part(part: _Element) -> str:
    tag = part.tag
    if tag == f"{M}r":
        return "".join(part.itertext(f"{M}t"))
    if tag == f"{M}f":
        return f"{_bracketed(_of(part, 'num'))}/{_bracketed(_of(part, 'den'))}"
    if tag in (f"{M}sSup", f"{M}sSub", f"{M}sSubSup"):
        below, above = _of(part, "sub"), _of(part, "sup")
        raised = superscript(above)
        power = raised if raised != above or not above else f"^{_bracketed(above)}"
        return f"{_of(part, 'e')}{f'_{_bracketed(below)}' if below else ''}{power}"
    if tag == f"{M}rad":
        return f"√({_of(part, 'e')})"
    if tag == f"{M}d":
        return f"({', '.join(formula(one) for one in part.findall(f'{M}e'))})"
    if tag == f"{M}nary":
        sign = part.find(f"{M}naryPr/{M}chr")
        limits = ((mark, _of(part, name)) for mark, name in (("_", "sub"), ("^", "sup")))
        told = "".join(f"{mark}{_bracketed(words)}" for mark, words in limits if words)
        return f"{sign.get(f'{M}val', '∫') if sign is not None else '∫'}{told}({_of(part, 'e')})"
    if tag == f"{M}m":
        rows = (" ".join(formula(one) for one in row.findall(f"{M}e")) for row in part.findall(f"{M}mr"))
        return f"({'; '.join(rows)})"
    return formula(part) if isinstance(tag, str) and not tag.endswith("Pr") else ""


def _of(parent: _Element, name: str) -> str:
    found = parent.find(M + name)
    return formula(found) if found is not None else ""


def _bracketed(words: str) -> str:
    simple = words.strip().isalpha() or _SIMPLE.issuperset(words.strip())
    return words.strip() if simple else f"({words.strip()})"
