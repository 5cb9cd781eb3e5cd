"""A document of the sample as it is edited, for those who read it and those who render it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

WRITTEN_AT = datetime(2025, 9, 30, 12, 0, tzinfo=timezone.utc)  # stamped into every file instead of the clock


@dataclass(frozen=True)
class Source:
    """One document as it is edited: `pages` holds markdown, one entry per printed page."""

    name: str
    title: str
    format: str
    pages: tuple[str, ...]

    @property
    def file_name(self) -> str:
        return f"{self.name}.{self.format}"
