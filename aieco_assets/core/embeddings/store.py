"""Publishing the knowledge base: index, verify, tag. Readers only ever see a version that passed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from aieco_assets.core.contracts import CHUNKS_TABLE, LIVE_TAG, PAGES_TABLE
from aieco_assets.core.embeddings.bm25 import TOKENIZER
from aieco_assets.core.embeddings.coverage import Coverage, IncompleteIndex, Shape
from aieco_assets.core.embeddings.index import (
    KnowledgeIndex,
    find_live,
    open_live,
    published_tag,
)
from aieco_assets.core.embeddings.search import PARTITION_ROWS
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from lancedb.table import Table

__all__ = ["Coverage", "IncompleteIndex", "KnowledgeIndex", "Shape", "VectorStore"]

TEXT_INDEX, VECTOR_INDEX = "indexed_text_idx", "vector_idx"
_OLD_TEXT_INDEX = "text_idx"  # of the text without title and heading
VECTOR_INDEX_ROWS = 50_000  # below, exact search is as fast and needs no training
# LanceDB takes an age, and the clock runs on until it looks: cleaning must not reach the oldest tag, or it fails.
CLEANUP_MARGIN = timedelta(seconds=60)


class VectorStore:
    """The writer's side of the knowledge base, and the door to the published version. One writer at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def open(cls, settings: Settings) -> VectorStore:
        return cls(settings)

    # Opened by the first who writes or counts: a reader must not make tables.
    @cached_property
    def _chunks(self) -> Table:
        return open_table(connect_vectors(self._settings), CHUNKS_TABLE)

    @cached_property
    def _pages(self) -> Table:
        return open_table(connect_vectors(self._settings), PAGES_TABLE)

    def publish(self, vector_index_rows: int = VECTOR_INDEX_ROWS) -> int:
        """Index what is not indexed, verify, then move `live` in one step. Returns the version that answers now.

        Nothing new: only the day of the last check moves. Raises IncompleteIndex when the tables do not cover what
        they hold, AiecoError when they hold nothing.
        """
        if not self._is_published():
            self._index(vector_index_rows)
            coverage = self.coverage()
            if coverage.chunks == 0:
                raise AiecoError("No document gave any text to search: see lake.document_quarantine for the reasons.")
            if coverage.problem:
                raise IncompleteIndex(coverage.problem)
            self._tag(coverage)
        self._note_as_of()
        return self._chunks.version

    def live(self) -> KnowledgeIndex | None:
        """The published version, None before the first."""
        return open_live(self._settings)

    def live_version(self) -> int | None:
        """The version behind `live`, None before the first."""
        return find_live(self._settings)

    def coverage(self) -> Coverage:
        """Counts over the latest, maybe unpublished, state."""
        ids = column(self._chunks, "chunk_id", "sha256", "embedder", "embedder_version")
        embedders = ids.group_by(["embedder", "embedder_version"]).aggregate([]).to_pylist()
        return Coverage(
            chunks=ids.num_rows,
            distinct_ids=len(ids["chunk_id"].unique()),
            embedded=self._chunks.count_rows("vector is not null and embedder_version is not null"),
            unindexed=self._unindexed(),
            documents=len(ids["sha256"].unique()),
            embedders=tuple(
                (row["embedder"], row["embedder_version"]) for row in embedders if row["embedder_version"] is not None
            ),
        )

    def shape(self) -> Shape:
        """How the chunks lie on disk: many fragments slow every search, many versions fill the disk."""
        stats = cast(dict[str, Any], self._chunks.stats())  # declared as a dataclass, and comes as a dict
        return Shape(
            rows=stats["num_rows"],
            bytes=stats["total_bytes"],
            fragments=stats["fragment_stats"]["num_fragments"],
            versions=len(self._chunks.list_versions()),
        )

    def _unindexed(self) -> int:
        names = {index.name for index in self._chunks.list_indices()}
        stats = [self._chunks.index_stats(name) for name in names]
        rows = [found.num_unindexed_rows for found in stats if found]
        return max(rows) if TEXT_INDEX in names else self._chunks.count_rows()

    def _index(self, vector_index_rows: int) -> None:
        from lancedb.index import FTS, IvfFlat

        indexes = {index.name: index for index in self._chunks.list_indices()}
        names = set(indexes)
        if TEXT_INDEX not in names or (indexes[TEXT_INDEX].index_details or {}).get("base_tokenizer") != TOKENIZER:
            self._chunks.create_index("indexed_text", config=FTS(base_tokenizer=TOKENIZER), name=TEXT_INDEX)
        if _OLD_TEXT_INDEX in names:
            self._chunks.drop_index(_OLD_TEXT_INDEX)
        rows = self._chunks.count_rows()
        if VECTOR_INDEX not in names and rows >= vector_index_rows:
            # Not by their number: `optimize` joins partitions up to this size, by default 8,192 rows, and a search
            # then reads them all.
            config = IvfFlat(target_partition_size=PARTITION_ROWS)
            self._chunks.create_index("vector", config=config, name=VECTOR_INDEX)
        for table in (self._chunks, self._pages):
            self._drop_old_tags(table)
            # Merges small fragments, brings the indexes up to the last row, removes what only older versions need.
            # Never without an age: by default it wants to remove what is older than a week, and fails on tags there.
            table.optimize(cleanup_older_than=_age_of_oldest_tag(table))

    def _is_published(self) -> bool:
        tags = self._chunks.tags.list()
        live = tags.get(LIVE_TAG)
        if live is None or live["version"] != self._chunks.version:
            return False
        pages = self._pages.tags.list().get(published_tag(live["version"]))
        return pages is not None and pages["version"] == self._pages.version

    def _drop_old_tags(self, table: Table) -> None:
        """Keep the tags of the last versions and of the live one; with the next there are AIECO_KEEP_VERSIONS."""
        tags = {name: tag["version"] for name, tag in table.tags.list().items()}
        live = tags.pop(LIVE_TAG, None)
        by_age = sorted(tags, key=lambda name: tags[name])
        for name in by_age[: max(0, len(by_age) - self._settings.keep_versions + 1)]:
            if tags[name] != live:
                table.tags.delete(name)

    def _tag(self, coverage: Coverage) -> None:
        """The pages first and `live` last: a reader that finds `live` finds all that belongs to it."""
        version, pages_version = self._chunks.version, self._pages.version
        (embedder, embedder_version) = coverage.embedders[0]
        for table, at in ((self._pages, pages_version), (self._chunks, version)):
            _set_tag(table, published_tag(version), at)
        with connect(self._settings.warehouse) as connection:
            connection.execute(
                "insert into lake.knowledge_versions (version, pages_version, as_of, published_at, embedder,"
                " embedder_version, chunks, documents)"
                " select %s, %s, as_of, %s, %s, %s, %s, %s from lake.chunks_as_of"
                " on conflict (version) do update set pages_version = excluded.pages_version,"
                " as_of = excluded.as_of, published_at = excluded.published_at, embedder = excluded.embedder,"
                " embedder_version = excluded.embedder_version, chunks = excluded.chunks,"
                " documents = excluded.documents",
                (
                    *(version, pages_version, datetime.now(timezone.utc), embedder, embedder_version),
                    *(coverage.chunks, coverage.documents),
                ),
            )
        _set_tag(self._chunks, LIVE_TAG, version)

    def _note_as_of(self) -> None:
        with connect(self._settings.warehouse) as connection:
            connection.execute(
                "update lake.knowledge_versions set as_of = (select as_of from lake.chunks_as_of) where version = %s",
                (self._chunks.version,),
            )


def _set_tag(table: Table, name: str, version: int) -> None:
    if name in table.tags.list():
        table.tags.update(name, version)
    else:
        table.tags.create(name, version)


def _age_of_oldest_tag(table: Table) -> timedelta:
    """So old that everything older is not published; without a tag, older than anything."""
    tagged = {tag["version"] for tag in table.tags.list().values()}
    # LanceDB gives local time without a zone.
    written = [entry["timestamp"] for entry in table.list_versions() if entry["version"] in tagged]
    return datetime.now() - min(written) + CLEANUP_MARGIN if written else timedelta(days=36_500)
