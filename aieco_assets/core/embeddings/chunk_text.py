"""What of a chunk is searched and embedded: its text under its document's title and its heading."""

from __future__ import annotations

_LONGEST = 160  # characters of a title or heading: more is a paragraph, and takes the place of the text


def indexed_text(title: str, heading: str, text: str) -> str:
    """The text with the lines above it that it does not begin with. A path is not in it: renames are free."""
    above = [line for line in dict.fromkeys((title.strip()[:_LONGEST], heading.strip()[:_LONGEST])) if line]
    return "\n".join([*(line for line in above if not text.startswith(line)), text])
