"""Tables and texts of generated pages."""

from __future__ import annotations

import re

WRITTEN = "\n*Written from the code when this site was built.*\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def cell(text: str) -> str:
    """A text as one cell."""
    return escaped(" ".join(text.split())).replace("|", "\\|")


def escaped(text: str) -> str:
    """Angle brackets outside of code are no tags."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found.group(1) or "&lt;", text)
