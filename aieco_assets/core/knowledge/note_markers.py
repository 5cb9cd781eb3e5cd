"""Marks of notes, raised so that they are no part of the word or number before them: `30⁶`."""

from __future__ import annotations

_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")


def mark(number: int) -> str:
    return raised(str(number))


def raised(label: str) -> str:
    """Digits raised, anything else in brackets: `⁶`, `(*)`."""
    return label.translate(_RAISED) if label.isascii() and label.isdigit() else f"({label})"


def superscript(words: str) -> str:
    """Raised text of any kind: what has letters (1st) stays as it is, digits stand apart: `30⁶`, `10⁻³`."""
    digits = any(map(str.isdigit, words)) and not any(map(str.isalpha, words))
    return words.translate(_RAISED) if digits else words
