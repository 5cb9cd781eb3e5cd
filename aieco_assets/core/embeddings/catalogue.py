"""The documents of a published version, with what they say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Document
from aieco_assets.core.embeddings.tables import column
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from lancedb.table import Table

    from aieco_assets.core.settings import Settings

_FACTS = ("title", "language", "dated", "in_force_from", "in_force_until", "version", "replaces", "tags")


def documents_of(settings: Settings, pages: Table) -> tuple[Document, ...]:
    """Every document of the version that `pages` has checked out, in path order."""
    rows = column(pages, "document", "sha256").group_by(["document", "sha256"]).aggregate([]).to_pylist()
    found = {row["document"]: row["sha256"] for row in rows}
    with connect(settings.warehouse) as connection:
        told = connection.execute(
            f"select sha256, {', '.join(_FACTS)} from lake.document_facts where sha256 = any(%s)".encode(),  # noqa: S608 - names of our own
            (sorted(set(found.values())),),
        ).fetchall()
    facts = {sha256: dict(zip(_FACTS, values, strict=True)) for sha256, *values in told}
    return tuple(_document(path, found[path], facts.get(found[path], {})) for path in sorted(found))


def _document(path: str, sha256: str, facts: dict) -> Document:
    lists = {name: tuple(facts[name]) for name in ("replaces", "tags") if name in facts}
    return Document(path, sha256, **{**facts, **lists})
