"""What of a chunk is embedded and searched."""

from __future__ import annotations


def embedding_text(text: str, heading: str) -> str:
    """What stands for a chunk in vector space: its text under its heading. The path is not in it: renames are free."""
    return text if not heading or text.startswith(heading) else f"{heading}\n{text}"
