"""Text of others in markdown: names, reasons and values may hold anything, and are shown as they are."""

from __future__ import annotations

_MARKS = "\\[]<>*`"


def plain(text: str) -> str:
    """On one line, and no markup of its own: neither links, pictures nor HTML."""
    line = " ".join(text.split())
    for mark in _MARKS:
        line = line.replace(mark, f"\\{mark}")
    return line


def cell(text: str) -> str:
    """The same in a table."""
    return plain(text).replace("|", "\\|")
