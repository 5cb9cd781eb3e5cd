"""What a mapping would make of some lines: ten as they would be loaded, and why others would not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Preview:
    """`rows`: ten lines as they would be loaded. `rejected`: reason -> how many lines of the sample, and one of them.
    `refused`: files that would be set aside whole."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    accepted: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, tuple[int, str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, parsed: Any) -> None:
        """The rows of one file."""
        accepted = parsed.accepted
        self.accepted += accepted.height
        for kind, count in parsed.line_types.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count
        if len(self.rows) < 10:
            self.rows += accepted.head(10 - len(self.rows)).to_dicts()
        for reason, raw in parsed.rejected.select("reason", "raw").iter_rows():
            count, first = self.rejected.get(reason, (0, raw))
            self.rejected[reason] = (count + 1, first)
