"""What the styles and lists of an OpenDocument text mean for its words: hidden, raised, bold, and list numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.knowledge.parsers.docx_styles import formatted

if TYPE_CHECKING:
    from lxml.etree import _Element

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:"
T, TB, O, S, D, FO = (  # noqa: E741
    f"{_OASIS}{name}:1.0}}" for name in ("text", "table", "office", "style", "drawing", "xsl-fo-compatible")
)
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_DEEPEST = 20  # styles based on styles


def number(element: _Element, name: str, default: int = 1) -> int:
    told = element.get(name, "")
    return int(told) if told.isdigit() and len(told) < 9 else default


class Styles:
    """Styles by name; a property is looked for up the chain of parents."""

    def __init__(self, roots: list[_Element]) -> None:
        self._styles = {s.get(f"{S}name", ""): s for root in roots for s in root.iter(f"{S}style")}

    def names(self, style: str) -> list[str]:
        names: list[str] = []
        while style and style not in names and len(names) < _DEEPEST:
            names.append(style)
            one = self._styles.get(style)
            style = one.get(f"{S}parent-style-name", "") if one is not None else ""
        return names

    def is_hidden(self, style: str) -> bool:
        """Hidden or struck out."""
        struck = self._look(style, f"{S}text-line-through-style") or self._look(style, f"{S}text-line-through-type")
        return self._look(style, f"{T}display") == "none" or struck not in ("", "none")

    def is_raised(self, style: str) -> bool:
        place = self._look(style, f"{S}text-position").split(" ")[0]
        return place == "super" or (place.endswith("%") and not place.startswith(("-", "0%")))

    def is_bold(self, style: str) -> bool:
        heads = any(name.replace("_20_", " ") == "Table Heading" for name in self.names(style))
        return heads or self._look(style, f"{FO}font-weight") in ("bold", "600", "700", "800", "900")

    def _look(self, style: str, name: str) -> str:
        for one in (self._styles.get(above) for above in self.names(style)):
            look = one.find(f"{S}text-properties") if one is not None else None
            if look is not None and (told := look.get(name, "")):
                return told
        return ""


class Lists:
    """The numbers of list items and of headings, counted as they come."""

    def __init__(self, roots: list[_Element]) -> None:
        self._lists = {s.get(f"{S}name", ""): s for root in roots for s in root.iter(f"{T}list-style")}
        outlines = (root.find(f".//{T}outline-style") for root in roots)
        self._outline = next((found for found in outlines if found is not None), None)
        self._chapters: list[int] = []
        self._counts: dict[str, dict[int, int]] = {}
        self._known: dict[str, dict[int, int]] = {}  # by the id of a list that others go on with

    def begin(self, listed: _Element, level: int, style: str) -> None:
        counts = self._counts.setdefault(style, {})
        before = self._known.get(listed.get(f"{T}continue-list", ""))
        if before is not None:
            counts = self._counts[style] = before
        elif listed.get(f"{T}continue-numbering") != "true" and not _only_deeper(listed):
            counts = self._counts[style] = {at: count for at, count in counts.items() if at < level}
        if level == 1 and (name := listed.get(_ID)):
            self._known[name] = counts

    def label(self, item: _Element, level: int, style: str) -> str:
        """`2.1.` or `•` of an item; empty for lists without marks."""
        form = self._level(self._lists.get(style), level, "list-level-style-number")
        counts = self._counts.setdefault(style, {})
        first = number(form, f"{T}start-value") if form is not None else 1
        counts[level] = number(item, f"{T}start-value", counts.get(level, first - 1) + 1)
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        return (
            "•" if form is None else self._written(form, level, counts, self._lists[style], "list-level-style-number")
        )

    def chapter(self, paragraph: _Element) -> str:
        """The number of a heading and a space, where the outline numbers its level."""
        level = min(max(1, number(paragraph, f"{T}outline-level")), 10)
        self._chapters = [*self._chapters, *([0] * level)][:level]
        self._chapters[-1] += 1
        form = self._level(self._outline, level, "outline-level-style")
        if form is None or self._outline is None or paragraph.get(f"{T}is-list-header") == "true":
            return ""
        counts = {place: count or 1 for place, count in enumerate(self._chapters, 1)}
        told = self._written(form, level, counts, self._outline, "outline-level-style")
        return f"{told} " if told else ""

    def _written(self, form: _Element, level: int, counts: dict[int, int], style: _Element, kind: str) -> str:
        if form.get(f"{S}num-format", "") not in _FORMS:
            return ""
        told = []
        for place in range(max(1, level - number(form, f"{T}display-levels") + 1), level + 1):
            shown = self._level(style, place, kind)
            way = _FORMS.get(shown.get(f"{S}num-format", "")) if shown is not None else None
            if way:
                told.append(formatted(counts.get(place, 1), way))
        return f"{form.get(f'{S}num-prefix', '')}{'.'.join(told)}{form.get(f'{S}num-suffix', '')}"

    def _level(self, style: _Element | None, level: int, kind: str) -> _Element | None:
        for one in style if style is not None else ():
            if one.get(f"{T}level") == str(level) and one.tag == T + kind:
                return one
        return None


def _only_deeper(listed: _Element) -> bool:
    """Whether it stands in an item that has no words of its own: programs write a deeper item by itself so."""
    item = listed.getparent()
    return item is not None and item.tag == f"{T}list-item" and not any(p.tag in (f"{T}p", f"{T}h") for p in item)
