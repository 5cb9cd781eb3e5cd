"""What a reader makes of one document: plain data that crosses the border of the worker process as JSON."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass, field
from typing import Any

# Raise when a change of parsers or cleaning makes other text of the same bytes: every document is then read again.
READER_VERSION = "5"


class UnreadableDocument(Exception):
    """The document cannot be read; the message is the reason that its quarantine shows."""


@dataclass(frozen=True)
class ParsedPage:
    """One page (formats without pages have one, number 1). `headings`: (offset in text, heading), in order.

    `tables`: how many tables stand on it.
    """

    number: int
    text: str
    headings: tuple[tuple[int, str], ...] = ()
    tables: int = 0


@dataclass(frozen=True)
class Facts:
    """What a document says of itself; empty where it says nothing.

    `language`: as in BCP 47 ("en", "de-AT"). `dated`, `in_force_from`, `in_force_until`: ISO days. `replaces`: names
    of documents, as it gives them. `tags`: keywords and categories that its author gave it, in small letters.
    """

    language: str = ""
    dated: str = ""
    in_force_from: str = ""
    in_force_until: str = ""
    version: str = ""
    replaces: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """A file inside a document (of a mail), which is a document of its own. `name`: as the mail gives it."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class ParsedDocument:
    """`warnings`: sentences on what may not be read as people see it (no text layer, formulas without results)."""

    title: str
    pages: tuple[ParsedPage, ...] = field(default=())
    facts: Facts = field(default_factory=Facts)
    warnings: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def to_json(self) -> dict[str, Any]:
        attachments = [{**vars(a), "data": base64.b64encode(a.data).decode()} for a in self.attachments]
        return {
            "title": self.title,
            "pages": [asdict(page) for page in self.pages],
            "facts": asdict(self.facts),
            "warnings": list(self.warnings),
            "attachments": attachments,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParsedDocument:
        pages = (
            ParsedPage(page["number"], page["text"], tuple((at, text) for at, text in page["headings"]), page["tables"])
            for page in data["pages"]
        )
        attachments = (Attachment(**{**one, "data": base64.b64decode(one["data"])}) for one in data["attachments"])
        lists = {name: tuple(data["facts"][name]) for name in ("replaces", "tags")}
        facts = Facts(**{**data["facts"], **lists})
        return cls(data["title"], tuple(pages), facts, tuple(data["warnings"]), tuple(attachments))
