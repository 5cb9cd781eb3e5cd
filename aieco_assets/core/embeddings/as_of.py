"""Older versions of the knowledge base: which of them are kept, and the one that answered at a moment."""

from __future__ import annotations

from datetime import datetime, timezone

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE
from aieco_assets.core.dates import moment_of
from aieco_assets.core.embeddings.index import PUBLISHED, KnowledgeIndex
from aieco_assets.core.embeddings.tables import connect_vectors, tag_names
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


def open_as_of(settings: Settings, wanted: str) -> KnowledgeIndex:
    """The published version of that number, or the one that answered at that day's end or time (UTC).

    Raises AiecoError for anything else, when nothing was published by then, and when the version is kept no more.
    """
    kept = kept_versions(settings)
    if not kept:
        raise AiecoError("No knowledge base is published yet: run `aieco run`.")
    version = int(wanted) if wanted.isdecimal() else _answered_at(settings, moment_of(wanted, "--as-of"))
    if version not in kept:
        raise AiecoError(
            f"Version {version} of the knowledge base is not kept: there {_told(kept)} "
            "(AIECO_KEEP_VERSIONS says how many are)."
        )
    return KnowledgeIndex(settings, connect_vectors(settings), version)


def kept_versions(settings: Settings) -> dict[int, datetime | None]:
    """The published versions that can still be searched, oldest first, and when each was published."""
    database = connect_vectors(settings)
    if not {CHUNKS_TABLE, PAGES_TABLE} <= set(database.table_names(limit=1_000)):
        return {}
    tags = [tag_names(database.open_table(name)) for name in (CHUNKS_TABLE, PAGES_TABLE)]
    numbers = [int(tag.removeprefix(PUBLISHED)) for tag in tags[0] & tags[1] if tag.startswith(PUBLISHED)]
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select version, published_at from lake.knowledge_versions where version = any(%s)", (numbers,)
        ).fetchall()
    return {number: dict(rows).get(number) for number in sorted(numbers)}


def _answered_at(settings: Settings, moment: datetime) -> int:
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select version from lake.knowledge_versions where published_at <= %s order by published_at desc limit 1",
            (moment,),
        ).fetchone()
        first = connection.execute("select min(published_at) from lake.knowledge_versions").fetchone()
    if row is None:
        began = f": the first was on {_shown(first[0])}" if first and first[0] else ""
        raise AiecoError(f"No knowledge base was published by {_shown(moment)}{began}.")
    return row[0]


def _told(kept: dict[int, datetime | None]) -> str:
    shown = [f"{number} ({_shown(published)})" if published else str(number) for number, published in kept.items()]
    return f"{'are' if len(shown) > 1 else 'is'} {', '.join(shown)}"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"
