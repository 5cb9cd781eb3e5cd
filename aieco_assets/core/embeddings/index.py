"""The reader's side: one published version of the knowledge base, searched and quoted from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import (
    CHUNKS_TABLE,
    LIVE_TAG,
    PAGES_TABLE,
    Chunk,
    Hit,
    KnowledgeVersion,
    Page,
    Within,
)
from aieco_assets.core.embeddings.catalogue import documents_of
from aieco_assets.core.embeddings.search import ChunkSearch
from aieco_assets.core.embeddings.tables import any_of, connect_vectors, quote, tagged
from aieco_assets.core.embeddings.word_counts import word_counts
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import numpy as np
    from lancedb import DBConnection
    from lancedb.table import Table

    from aieco_assets.core.embeddings.readable_views import ReadableViews

PAGE_COLUMNS = ["sha256", "document", "page", "text", "title"]
PUBLISHED = "published-"


def published_tag(version: int) -> str:
    """Tag of a published version on both tables; `live` on the chunks says which of them answers."""
    return f"{PUBLISHED}{version}"


def open_live(settings: Settings) -> KnowledgeIndex | None:
    """The version behind `live`, None when nothing was published yet."""
    database = connect_vectors(settings)
    version = _live_version(database)
    return None if version is None else KnowledgeIndex(settings, database, version)


def find_live(settings: Settings) -> int | None:
    """Which version is live, None when nothing was published yet."""
    return _live_version(connect_vectors(settings))


def _live_version(database: DBConnection) -> int | None:
    if CHUNKS_TABLE not in database.table_names(limit=1_000):
        return None
    return tagged(database.open_table(CHUNKS_TABLE), LIVE_TAG)


class KnowledgeIndex:
    """One published version; it never changes, so any number of threads may search it.

    `version`: LanceDB version of the chunks. `as_of`: when its documents were last seen in the source. `documents`:
    what they say of themselves. `embedder_version`: which embedder questions must be embedded with. `probes`:
    partitions of the vector index that a search reads, where there is one.
    """

    def __init__(self, settings: Settings, database: DBConnection, version: int) -> None:
        self.settings, self._database = settings, database
        self.version = version
        self._successor: KnowledgeIndex | None = None
        self._chunks, self._pages = database.open_table(CHUNKS_TABLE), database.open_table(PAGES_TABLE)
        self._chunks.checkout(version)
        self._pages.checkout(published_tag(version))
        self._search = ChunkSearch(settings, self._chunks, version)
        self.as_of, self.embedder, self.embedder_version = self._published()
        self.documents = documents_of(settings, self._pages)

    def refresh(self) -> KnowledgeIndex:
        """This index while it is the live one, else the one that is. Costs half a millisecond when nothing changed.

        The live one is opened once, however often it is asked for: who waits for its embedder asks with each question.
        """
        version = tagged(self._chunks, LIVE_TAG)
        if version in (None, self.version):
            return self
        successor = self._successor
        if successor is None or successor.version != version:
            successor = self._successor = KnowledgeIndex(self.settings, self._database, version)
        return successor

    def knowledge_version(self) -> KnowledgeVersion:
        """Version, day and whether the lake has changed since; asks Postgres, so that a later check shows.

        While Postgres is away nobody can say that the version is not stale: it counts as stale, and still answers.
        """
        from psycopg import OperationalError

        try:
            with connect(self.settings.warehouse) as connection:
                row = connection.execute(
                    "select as_of, exists (select from lake.documents where greatest(first_seen, removed_at) > as_of)"
                    " from lake.knowledge_versions where version = %s",
                    (self.version,),
                ).fetchone()
        except (AiecoError, OperationalError):
            return KnowledgeVersion(self.version, self.as_of, stale=True)
        return KnowledgeVersion(self.version, *row) if row else KnowledgeVersion(self.version, None)

    def search(
        self, question: str, question_vector: np.ndarray | list[float], k: int = 8, within: Within | None = None
    ) -> list[Hit]:
        """The k best chunks, by `ChunkSearch`."""
        return self._search.search(question, question_vector, k, within)

    @property
    def probes(self) -> int:
        return self._search.probes

    def vocabulary(self) -> Mapping[str, int]:
        """The words of the documents, and how often each is used; read once."""
        return self._words

    @cached_property
    def _words(self) -> Mapping[str, int]:
        return word_counts(self._chunks)

    def page(self, sha256: str, page: int) -> Page:
        """One page as it was published. Raises KeyError when this version has no such page."""
        rows = _rows(self._pages, f"sha256 = {quote(sha256)} and page = {int(page)}")
        if not rows:
            raise KeyError((sha256, page))
        return page_of(rows[0])

    def some_pages(self, wanted: Collection[tuple[str, int]]) -> list[Page]:
        """Those of these (sha256, page) that this version has."""
        return list(
            map(page_of, _rows(self._pages, any_of("page_id", [f"{sha256}:{page}" for sha256, page in wanted])))
        )

    def pages(self, document: str) -> list[Page]:
        """All pages of a document (its path), in order; empty when this version does not have it."""
        rows = _rows(self._pages, f"document = {quote(document)}")
        return sorted(map(page_of, rows), key=lambda page: page.page)

    def pages_of(self, sha256: str) -> list[Page]:
        """All pages of a document (its content), in order; empty when this version does not have it."""
        return sorted(map(page_of, _rows(self._pages, f"sha256 = {quote(sha256)}")), key=lambda page: page.page)

    def chunks_at(self, ids: list[int]) -> list[Chunk]:
        """The chunks of these row ids of the engine, in their order."""
        return self._search.chunks_at(ids)

    @cached_property
    def readable(self) -> ReadableViews:
        """This version as readers see it who may not read all of it."""
        from aieco_assets.core.embeddings.readable_views import ReadableViews

        return ReadableViews(self, self._chunks)

    def headings(self, most: int) -> list[str]:
        """Headings of different documents first; each once."""
        rows = self._chunks.search().where("heading != ''").select(["document", "heading"]).limit(1_000).to_list()
        by_document: dict[str, list[str]] = {}
        for row in rows:
            by_document.setdefault(row["document"], []).append(row["heading"])
        turns = zip_longest(*(dict.fromkeys(found) for found in by_document.values()))
        return list(dict.fromkeys(heading for turn in turns for heading in turn if heading))[:most]

    def _published(self) -> tuple[datetime | None, str, str]:
        with connect(self.settings.warehouse) as connection:
            row = connection.execute(
                "select as_of, embedder, embedder_version from lake.knowledge_versions where version = %s",
                (self.version,),
            ).fetchone()
        if row:
            return row
        first = self._chunks.search().select(["embedder", "embedder_version"]).limit(1).to_list()[0]
        return None, first["embedder"], first["embedder_version"]


def _rows(table: Table, where: str) -> list[dict[str, Any]]:
    return table.search().where(where).select(PAGE_COLUMNS).to_list()


def page_of(row: dict[str, Any]) -> Page:
    return Page(row["sha256"], row["document"], row["page"], row["text"], row["title"])
