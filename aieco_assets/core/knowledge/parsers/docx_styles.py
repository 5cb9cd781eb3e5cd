"""What the styles and lists of a Word document mean for its text: headings, hidden or struck-out text, list numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
VAL = f"{W}val"
_OFF = ("0", "false", "off", "none")
_MOST_LETTERED = 780  # as Word has it; then come thirty letters and more
_DEEPEST = 20  # styles based on styles
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_SMALL = ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def is_on(element: _Element | None) -> bool:
    return element is not None and element.get(VAL, "1") not in _OFF


class Styles:
    """styles.xml, by the ids that paragraphs and runs name; a property is looked for up the chain of based-on."""

    def __init__(self, root: _Element | None) -> None:
        self._styles = {} if root is None else {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style")}
        defaults = (s.get(f"{W}styleId") for s in self._styles.values() if s.get(f"{W}default") in ("1", "true"))
        self._known: dict[tuple[str, str], _Element | None] = {}
        self.default = next((d for d in defaults if d and self._styles[d].get(f"{W}type") == "paragraph"), "")

    def property(self, style: str, path: str) -> _Element | None:
        """The element at `path` (as `rPr/vanish`) of the style or of what it is based on."""
        key = (style, path)
        if key not in self._known:
            found = (one.find("/".join(W + part for part in path.split("/"))) for one in self._chain(style))
            self._known[key] = next((element for element in found if element is not None), None)
        return self._known[key]

    def names(self, style: str) -> Iterator[str]:
        """Its own name and those of what it is based on, in lower case. Built-in names are English in every Word."""
        for one in self._chain(style):
            name = one.find(f"{W}name")
            if name is not None:
                yield name.get(VAL, "").lower()

    def is_heading(self, style: str) -> bool:
        if any(name.startswith("heading ") or name == "title" for name in self.names(style)):
            return True
        level = self.property(style, "pPr/outlineLvl")
        return level is not None and level.get(VAL, "9") in "012345678"

    def conditional(self, style: str, kind: str) -> bool:
        """Whether a table style sets off its `kind` (firstRow, firstCol) by bold letters or a shade."""
        for one in self._chain(style):
            for part in one.iter(f"{W}tblStylePr"):
                if part.get(f"{W}type") == kind and next(part.iter(f"{W}b", f"{W}shd"), None) is not None:
                    return True
        return False

    def _chain(self, style: str) -> Iterator[_Element]:
        for _ in range(_DEEPEST):
            one = self._styles.get(style)
            if one is None:
                return
            yield one
            based = one.find(f"{W}basedOn")
            style = based.get(VAL, "") if based is not None else ""


class Numbering:
    """numbering.xml: the label that each list paragraph gets, counted as the paragraphs come."""

    def __init__(self, root: _Element | None, styles: Styles) -> None:
        self._abstract: dict[str, _Element] = {}
        self._numbers: dict[str, _Element] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._begun: set[tuple[str, int]] = set()
        self._styles = styles
        if root is not None:
            self._abstract = {one.get(f"{W}abstractNumId", ""): one for one in root.iter(f"{W}abstractNum")}
            self._numbers = {one.get(f"{W}numId", ""): one for one in root.iter(f"{W}num")}

    def label(self, number: str, level: int) -> str:
        """`2.1.`, `b)` or `•` of the next paragraph of this list; empty for lists without marks."""
        abstract = self._abstract_of(number)
        definition = self._level(number, abstract, level)
        if abstract is None or definition is None:
            return ""
        key = abstract.get(f"{W}abstractNumId", "")
        counts = self._counts.setdefault(key, {})
        override = self._override(number, level)
        start = override.find(f"{W}startOverride") if override is not None else None
        if start is not None and (number, level) not in self._begun:
            counts.pop(level, None)
        self._begun.add((number, level))
        first = int(start.get(VAL, "1")) if start is not None else _start(definition)
        counts[level] = counts.get(level, first - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        kind = _value(definition, "numFmt", "decimal")
        if kind == "bullet":
            return "•"
        if kind == "none" and "%" not in _value(definition, "lvlText", ""):
            return ""
        text = _value(definition, "lvlText", "")
        legal = is_on(definition.find(f"{W}isLgl"))
        for place in range(9):
            if f"%{place + 1}" in text:
                shown = self._level(number, abstract, place)
                count = counts.get(place) or (_start(shown) if shown is not None else 1)
                form = "decimal" if legal or shown is None else _value(shown, "numFmt", "decimal")
                text = text.replace(f"%{place + 1}", formatted(count, form))
        return text

    def level_of(self, number: str, style: str) -> str:
        """The level of a list that a style belongs to; empty where the list doesn't say."""
        abstract = self._abstract_of(number)
        for level in abstract if abstract is not None else ():
            if level.tag == f"{W}lvl" and _value(level, "pStyle", "") == style:
                return level.get(f"{W}ilvl", "")
        return ""

    def _abstract_of(self, number: str) -> _Element | None:
        for _ in range(_DEEPEST):
            one = self._numbers.get(number)
            link = one.find(f"{W}abstractNumId") if one is not None else None
            abstract = self._abstract.get(link.get(VAL, "")) if link is not None else None
            styled = abstract.find(f"{W}numStyleLink") if abstract is not None else None
            if styled is None:
                return abstract
            named = self._styles.property(styled.get(VAL, ""), "pPr/numPr/numId")
            number = named.get(VAL, "") if named is not None else ""
        return None

    def _override(self, number: str, level: int) -> _Element | None:
        one = self._numbers.get(number)
        overrides = one.findall(f"{W}lvlOverride") if one is not None else []
        return next((o for o in overrides if o.get(f"{W}ilvl") == str(level)), None)

    def _level(self, number: str, abstract: _Element | None, level: int) -> _Element | None:
        override = self._override(number, level)
        own = override.find(f"{W}lvl") if override is not None else None
        if own is not None or abstract is None:
            return own
        return next((one for one in abstract.findall(f"{W}lvl") if one.get(f"{W}ilvl") == str(level)), None)


def _value(parent: _Element, name: str, default: str) -> str:
    found = parent.find(W + name)
    return default if found is None else found.get(VAL, default)


def _start(level: _Element) -> int:
    told = _value(level, "start", "1")
    return int(told) if told.isdigit() else 1


def formatted(count: int, form: str) -> str:
    """A list number as Word writes it: 3, iii, C."""
    if form in ("lowerRoman", "upperRoman") and 0 < count < 4_000:
        told, rest = "", count
        for value, sign in (*_ROMAN, *_ROMAN_SMALL):
            told, rest = told + sign * (rest // value), rest % value
        return told if form == "lowerRoman" else told.upper()
    if form in ("lowerLetter", "upperLetter") and 0 < count <= _MOST_LETTERED:
        told = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return told if form == "lowerLetter" else told.upper()
    if form == "decimalZero":
        return f"{count:02}"
    if form == "none":
        return ""
    return str(count)
