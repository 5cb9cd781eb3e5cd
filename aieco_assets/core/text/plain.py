"""Text from outside that is plain text: something is left of it, and nothing in it is a control character."""

from __future__ import annotations

import unicodedata

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain_text(text: str) -> str:
    """`text` without space around it. Raises ValueError when nothing is left or it holds control characters."""
    text = text.strip()
    if not text:
        raise ValueError("must not be empty")
    if _REPLACEMENT in text or any(
        unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in text
    ):
        raise ValueError("must be plain text, without control characters or broken encoding")
    return text
