"""Number formats of Excel: values as it shows them, and what formats say of bold, shaded and struck-out cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
# How Excel shows these depends on the machine: days are written so that nobody takes the month for the day.
_OF_THE_MACHINE = {14: "yyyy-mm-dd", 22: "yyyy-mm-dd hh:mm"}

# Quoted and escaped letters and what stands in brackets are no part of a format's own language.
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')
_DAY = re.compile(r"[dmyhs]", re.IGNORECASE)
_DOT = re.compile(rf"({_LITERAL.pattern})|\.(?!0)")


@dataclass(frozen=True)
class Format:
    code: str
    strong: bool
    struck: bool


@lru_cache(100_000)
def shown_value(value: str | float | bool, code: str, date1904: bool) -> str:
    """A value under a number format, as Excel shows it in a column that is wide enough."""
    if code == "General":
        if isinstance(value, str):
            return value
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e11:
            return str(int(value))
    elif isinstance(value, str) and (code == "@" or ("@" not in code and ";" not in code)):
        return value
    import xlfmt

    try:
        return str(xlfmt.format_value(value, _with_dots(code), date1904=date1904)).strip()
    except (ValueError, ArithmeticError, IndexError, KeyError, OverflowError):
        return str(value)


@lru_cache(10_000)
def _with_dots(code: str) -> str:
    """`dd.mm.yyyy` as `dd\\.mm\\.yyyy`: the library leaves such dots out (01012026)."""
    if "." not in code or not _DAY.search(_LITERAL.sub("", code)) or "General" in code:
        return code
    return _DOT.sub(lambda match: match[1] or "\\.", code)


def formats_of(styles: _Element) -> list[Format]:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    codes = {**BUILTIN_FORMATS, **_OF_THE_MACHINE}
    for one in styles.iter(f"{S}numFmt"):
        if one.get("numFmtId", "").isdigit():
            codes[int(one.get("numFmtId", "0"))] = one.get("formatCode", "General")
    fonts = [_font(font) for font in styles.findall(f"{S}fonts/{S}font")]
    fills = [_is_filled(fill) for fill in styles.findall(f"{S}fills/{S}fill")]
    found = []
    for one in styles.findall(f"{S}cellXfs/{S}xf"):
        number, font, fill = (int(one.get(name, "0")) for name in ("numFmtId", "fontId", "fillId"))
        bold, struck = fonts[font] if font < len(fonts) else (False, False)
        filled = fill < len(fills) and fills[fill]
        found.append(Format(codes.get(number, "General"), bold or filled, struck))
    return found


def _font(font: _Element) -> tuple[bool, bool]:
    """(bold, struck out)."""
    told = [font.find(S + name) for name in ("b", "strike")]
    bold, struck = (one is not None and one.get("val", "1") not in ("0", "false") for one in told)
    return bold, struck


def _is_filled(fill: _Element) -> bool:
    pattern = fill.find(f"{S}patternFill")
    return pattern is not None and pattern.get("patternType", "none") not in ("none", "gray125")
