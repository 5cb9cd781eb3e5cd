"""The LanceDB tables of the knowledge base: where they are, their schemas, and predicates on them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE, READINGS_TABLE, WORDS_TABLE, Within
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb import DBConnection
    from lancedb.table import AsyncTable, Table

_KEYS = {CHUNKS_TABLE: "chunk_id", PAGES_TABLE: "page_id", READINGS_TABLE: "reading_id", WORDS_TABLE: "text"}
_LISTINGS = 4  # of tags, while others delete some
DIMENSION = 384  # of the packaged embedder; another embedder widens or narrows the column when it embeds


def connect_vectors(settings: Settings) -> DBConnection:
    """The database behind AIECO_LANCEDB_URL, a folder or s3://; nothing is created yet.

    Open it in the process that uses it: a LanceDB handle does not survive a fork.
    """
    import lancedb

    try:
        return lancedb.connect(settings.lancedb, storage_options=_storage_options(settings))
    except OSError as error:
        raise AiecoError(
            f"{settings.lancedb} cannot be opened ({error.strerror or error}): mend AIECO_LANCEDB_URL."
        ) from None


async def open_checked_out(settings: Settings, name: str, version: int) -> AsyncTable:
    """A table as it was at a version, for who asks much of it."""
    import lancedb

    database = await lancedb.connect_async(settings.lancedb, storage_options=_storage_options(settings))
    table = await database.open_table(name)
    await table.checkout(version)
    return table


def tagged(table: Table, tag: str) -> int | None:
    """The version behind a tag, None when there is no such tag.

    Reads that tag alone: to list them fails when one is deleted meanwhile, as each publication does with the oldest.
    """
    try:
        return table.tags.get_version(tag)
    except RuntimeError as error:
        if f"tag {tag} does not exist" in str(error):
            return None
        raise


def tag_names(table: Table) -> set[str]:
    """All tags, those of a moment in which none was deleted."""
    for _ in range(_LISTINGS):
        with contextlib.suppress(RuntimeError):  # of the tag that is gone; with the next listing, too
            return set(table.tags.list())
    return set(table.tags.list())


def open_table(database: DBConnection, name: str) -> Table:
    """The table at its latest version; made when it is missing."""
    from lancedb.table import LanceTable

    if name in database.table_names(limit=1_000):
        table = database.open_table(name)
        missing = [field for field in _schemas()[name] if field.name not in table.schema.names]
        if missing:  # a home of before: rows get their values when their documents are read again
            table.add_columns(missing)
        return table
    table = database.create_table(name, schema=_schemas()[name])
    # Without it, concurrent merge_insert duplicates rows in silence.
    assert isinstance(table, LanceTable)
    table.set_unenforced_primary_key([_KEYS[name]])
    return table


def _schemas() -> dict[str, pa.Schema]:
    import pyarrow as pa

    def required(name: str, kind: pa.DataType) -> pa.Field:
        return pa.field(name, kind, nullable=False)

    where = [required("sha256", pa.string()), required("document", pa.string()), required("page", pa.int64())]
    return {
        # Grain: chunk_id = sha256 of (document hash, page, start, text). `vector` is null until it is embedded.
        CHUNKS_TABLE: pa.schema(
            [
                required("chunk_id", pa.string()),
                *where,
                required("start", pa.int64()),
                required("end", pa.int64()),
                required("text", pa.string()),
                required("heading", pa.string()),
                pa.field("indexed_text", pa.string()),
                pa.field("embedder", pa.string()),
                pa.field("embedder_version", pa.string()),
                pa.field("vector", pa.list_(pa.float32(), DIMENSION)),
            ]
        ),
        # Grain: (sha256, page); page_id is both. `parser`: version of reader and chunker that made it.
        PAGES_TABLE: pa.schema(
            [
                required("page_id", pa.string()),
                *where,
                required("text", pa.string()),
                required("title", pa.string()),
                required("parser", pa.string()),
            ]
        ),
        # Grain: a sentence of a page in its context; `made_by` names embedder, parser and splitter. A page without
        # sentences has one row without vectors. Vectors are bytes, so that any embedder's fit.
        READINGS_TABLE: pa.schema(
            [
                *(required(name, pa.string()) for name in ("reading_id", "page_id", "made_by")),
                required("words", pa.list_(pa.string())),
                *(pa.field(name, pa.binary()) for name in ("alone", "whole", "tokens", "scales", "spans")),
            ]
        ),
        # Grain: a word, or the title of a page, as the embedder reads it by itself.
        WORDS_TABLE: pa.schema(
            [required("text", pa.string()), required("embedder_version", pa.string()), pa.field("vector", pa.binary())]
        ),
    }


def write_rows(table: Table, key: str, rows: list[dict[str, Any]]) -> None:
    """Insert or replace rows by key; columns that the rows don't have stay as they are (new rows: null)."""
    import pyarrow as pa

    if not rows:
        return
    schema = pa.schema([field for field in table.schema if field.name in rows[0]])
    data = pa.Table.from_pylist(rows, schema=schema)
    table.merge_insert(key).when_matched_update_all().when_not_matched_insert_all().execute(data)


def column(table: Table, *names: str, where: str | None = None) -> pa.Table:
    """Columns of all rows (that satisfy `where`), without the vectors being read."""
    query = table.search().select(list(names))
    return (query.where(where) if where else query).to_arrow()


def any_of(name: str, values: Iterable[str]) -> str:
    """`name in (…)` as a LanceDB predicate; values are quoted here and nowhere else."""
    return f"{name} in ({', '.join(map(quote, values))})"


def in_documents(within: Within | None) -> str | None:
    """A search's documents as a LanceDB predicate; None for all."""
    if within is None:
        return None
    told = any_of("document", sorted(within.paths)) if within.paths else "false"
    return f"not ({told})" if within.excluded else told


def quote(value: str) -> str:
    """A string literal of LanceDB's SQL: quotes are doubled, there are no backslash escapes."""
    return "'" + value.replace("'", "''") + "'"


def _storage_options(settings: Settings) -> dict[str, str] | None:
    if not settings.lancedb.startswith("s3://"):
        return None
    options = {"region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"}
    if settings.s3_endpoint_url:
        insecure = urlsplit(settings.s3_endpoint_url).scheme == "http"
        options |= {"endpoint": settings.s3_endpoint_url, "allow_http": str(insecure).lower()}
    return options
