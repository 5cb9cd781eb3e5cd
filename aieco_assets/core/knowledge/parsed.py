"""What a reader makes of one document: plain data that crosses the border of the worker process as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# Raise when a change of parsers or cleaning makes other text of the same bytes: every document is then read again.
READER_VERSION = "2"


class UnreadableDocument(Exception):
    """The document cannot be read; the message is the reason that its quarantine shows."""


@dataclass(frozen=True)
class ParsedPage:
    """One page (formats without pages have one, number 1). `headings`: (offset in text, heading), in order."""

    number: int
    text: str
    headings: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class ParsedDocument:
    title: str
    pages: tuple[ParsedPage, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParsedDocument:
        pages = (
            ParsedPage(page["number"], page["text"], tuple((at, text) for at, text in page["headings"]))
            for page in data["pages"]
        )
        return cls(data["title"], tuple(pages))
