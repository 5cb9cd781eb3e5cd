"""Date formats as strptime takes them, of which polars and Python mean the same."""

from __future__ import annotations

import re

_DIRECTIVES = frozenset(
    ["%Y", "%y", "%m", "%d", "%H", "%I", "%M", "%S", "%f", "%p", "%b", "%B", "%z", "%Z", "%j", "%a", "%A", "%%"]
)
# Tried where nobody said how times are written; those of one line may fit the same values.
ISO = "iso"
GUESSED = (
    (ISO,),
    ("%d.%m.%Y", "%d.%m.%y"),
    ("%d/%m/%Y", "%m/%d/%Y"),
    ("%d/%m/%y", "%m/%d/%y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"),
    ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y"),
)
HOURS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S%.f", "T%H:%M:%S")


def unknown_directives(text: str) -> str:
    """What of a date format is none, joined by commas; empty when all is."""
    return ", ".join(part for part in re.findall("%.?", text) if part not in _DIRECTIVES)
