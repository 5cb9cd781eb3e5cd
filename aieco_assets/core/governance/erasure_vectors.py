"""A document leaves LanceDB, in every version: deleting hides rows and leaves their bytes, so tables are written anew,
indexed anew, and every older version goes."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE, LIVE_TAG, PAGES_TABLE, READINGS_TABLE, WORDS_TABLE
from aieco_assets.core.embeddings.candidate_vectors import versions_beside
from aieco_assets.core.embeddings.coverage import IncompleteIndex
from aieco_assets.core.embeddings.index import published_tag
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, tag_names, tagged
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from lancedb import DBConnection
    from lancedb.table import Table


def pages_of(settings: Settings, contents: Collection[str]) -> list[str]:
    """The text of the pages of these contents (sha256), as they were read last."""
    database = connect_vectors(settings)
    if PAGES_TABLE not in database.table_names(limit=1_000) or not contents:
        return []
    rows = column(database.open_table(PAGES_TABLE), "page", "text", where=any_of("sha256", sorted(contents)))
    return rows.sort_by("page")["text"].to_pylist()


def erase_from_vectors(settings: Settings, contents: Collection[str]) -> dict[str, int]:
    """Removes what was made of these contents; how many rows of which table. Publishes what is left.

    Killed anywhere and run again it ends in the same rows. Published versions from before go with their documents: an
    `--as-of` of then finds none.
    """
    database = connect_vectors(settings)
    names = set(database.table_names(limit=1_000))
    if PAGES_TABLE not in names:
        return {}
    pages = column(database.open_table(PAGES_TABLE), "page_id", "sha256").to_pylist()
    kept_pages = {row["page_id"] for row in pages if row["sha256"] not in contents}
    erased = {}
    for name in (CHUNKS_TABLE, PAGES_TABLE):
        if name in names:
            erased[name] = _rewrite(database, name, "sha256", set(contents), False)
    chunks = set(column(database.open_table(CHUNKS_TABLE), "chunk_id")["chunk_id"].to_pylist())
    for version in sorted(versions_beside(database)):
        erased[f"vectors_{version}"] = _rewrite(database, f"vectors_{version}", "chunk_id", chunks, True)
    if READINGS_TABLE in names:
        erased[READINGS_TABLE] = _rewrite(database, READINGS_TABLE, "page_id", kept_pages, True)
    if WORDS_TABLE in names:
        told = column(database.open_table(READINGS_TABLE), "words")["words"].to_pylist() if erased else []
        words = {word for words in told for word in words}
        erased[WORDS_TABLE] = _rewrite(database, WORDS_TABLE, "text", words, True)
    _publish(settings, database)
    _drop_versions(settings, database)
    return erased


def _rewrite(database: DBConnection, name: str, key: str, values: set[str], keep: bool) -> int:
    """Writes a table anew with those rows whose key is among the values (`keep`), or is not; how many went."""
    import pyarrow as pa

    table = database.open_table(name)
    rows = table.to_arrow()
    left = rows.filter(pa.array([(value in values) == keep for value in rows[key].to_pylist()], pa.bool_()))
    table.add(left, mode="overwrite", on_bad_vectors="null")  # those that wait for theirs, all of them after a kill
    return rows.num_rows - left.num_rows


def _publish(settings: Settings, database: DBConnection) -> None:
    """What is left answers; where nothing is, or it is not embedded yet, nothing does until the next run."""
    try:
        VectorStore.open(settings).publish()
    except (IncompleteIndex, AiecoError):
        chunks = database.open_table(CHUNKS_TABLE)
        if LIVE_TAG in tag_names(chunks):
            chunks.tags.delete(LIVE_TAG)


def _drop_versions(settings: Settings, database: DBConnection) -> None:
    live = tagged(database.open_table(CHUNKS_TABLE), LIVE_TAG)
    kept = {LIVE_TAG, published_tag(live)} if live is not None else set()
    for name in database.table_names(limit=1_000):
        table = database.open_table(name)
        for tag in tag_names(table) - kept:
            table.tags.delete(tag)
        _forget_all_but_latest(table)
    with connect(settings.warehouse) as connection:
        connection.execute("delete from lake.knowledge_versions where version is distinct from %s", (live,))


def _forget_all_but_latest(table: Table) -> None:
    """Whoever still reads an older version fails, and asks for the one that is live: so it is meant."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="optimize", category=UserWarning)
        table.optimize(cleanup_older_than=timedelta(0), delete_unverified=True)
