"""What the tables hold and how much of it can be searched."""

from __future__ import annotations

from dataclasses import dataclass


class IncompleteIndex(Exception):
    """The tables are not fit to be published; the message says what is missing. `live` stays where it was."""


@dataclass(frozen=True)
class Coverage:
    """How much of the latest state is searchable. Complete: all equal `chunks`, `unindexed` 0, one version."""

    chunks: int
    distinct_ids: int
    embedded: int
    unindexed: int
    documents: int
    embedders: tuple[tuple[str, str], ...]

    @property
    def problem(self) -> str:
        """Why this must not be published; empty when it may."""
        if self.distinct_ids != self.chunks:
            return f"{self.chunks - self.distinct_ids} chunk ids occur more than once"
        if self.embedded != self.chunks or len(self.embedders) != 1:
            return f"{self.embedded} of {self.chunks} chunks are embedded, by {len(self.embedders)} embedder versions"
        return f"{self.unindexed} rows are not indexed" if self.unindexed else ""


@dataclass(frozen=True)
class Shape:
    """The chunks as LanceDB keeps them."""

    rows: int
    bytes: int
    fragments: int
    versions: int
