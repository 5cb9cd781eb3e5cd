"""What an answer's seal proves: that the documents say these words, or that each sentence is supported by a quote."""

from __future__ import annotations

import re
from collections.abc import Sequence

QUOTED, VERIFIED = "quoted", "verified"
_BULLET = re.compile(r"^\W*(?:[•●▪◦‣∙·*–—-]|\d{1,2}[.)]|#{1,6})\s+")


def seal(answer: str, quotes: Sequence[str]) -> str:
    """QUOTED where each line of the answer stands in the quotes, whatever the white space; else VERIFIED."""
    said = " ".join(plain(line) for quote in quotes for line in quote.splitlines())
    return QUOTED if all(plain(line) in said for line in answer.splitlines()) else VERIFIED


def repeated(quote: str, answer: str) -> bool:
    """Whether a quote is in the answer already: it need not be shown again."""
    whole = " ".join(plain(line) for line in answer.splitlines())
    return " ".join(plain(line) for line in quote.splitlines()) in whole


def plain(line: str) -> str:
    """A line without the mark of a list's item, each white space one blank."""
    return " ".join(_BULLET.sub("", line).split())
