"""Reads the sentences of new pages when the index is made, so that the first question about a page is a fast one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE, READINGS_TABLE, WORDS_TABLE
from aieco_assets.core.embeddings.embedder import Embedder, identify_embedder, load_embedder
from aieco_assets.core.embeddings.index import PAGE_COLUMNS, page_of
from aieco_assets.core.embeddings.sentence_vectors import VECTORS, Reading, packed, reading_id
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, open_table, quote, write_rows
from aieco_assets.core.embeddings.worker_embedder import embedder_on_node, named
from aieco_assets.core.engine import Step, map_batches
from aieco_assets.core.rag.evidence.quotes import context
from aieco_assets.core.rag.evidence.ranking import can_answer
from aieco_assets.core.rag.evidence.sentence_cache import Plain, plain_of
from aieco_assets.core.settings import Settings
from aieco_assets.core.text.sentences import Unit, split_page
from aieco_assets.core.text.words import clean

if TYPE_CHECKING:
    from lancedb.table import Table

# Raise when pages are split or sentences are put into context differently: all pages are then read again.
SPLITTER_VERSION = "1"
_WINDOW = 512  # sentences read between two writes: 60 MB while they are read, 10 MB written
_BATCH = 200  # ids in one predicate
_KEPT = timedelta(hours=1)  # how long a reader may take over what it began to read


@dataclass(frozen=True)
class ReadSync:
    """What a run did: pages read now, sentences in them, words and titles that were new, pages dropped."""

    pages: int = 0
    sentences: int = 0
    words: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class _Item:
    """A sentence to read, or None after the last one of its page."""

    page_id: str
    made_by: str
    plain: Plain | None


_Batch = tuple[list[tuple[str, str]], list[str]]  # sentences, each in its context and alone; words that are new
_Sentences = Sequence[tuple[tuple[str, str], dict[str, Any]]]


@dataclass(frozen=True)
class _Told:
    """What was read of a batch, in its order: sentences as they are stored, words with their vectors."""

    sentences: _Sentences
    words: Sequence[tuple[str, bytes]]


def read_ahead(settings: Settings, embedder: Embedder | None = None) -> ReadSync:
    """Read what is new, drop what is gone.

    Nothing is read where there are more than AIECO_READ_AHEAD chunks: it takes about three times as long as embedding
    them, and 50 kB a chunk. Without `embedder` it is that of the settings, loaded only when there is something to read.
    Killed anywhere and run again it ends in the same rows: the row that says that a page is done is its last.
    """
    database = connect_vectors(settings)
    pages, readings = open_table(database, PAGES_TABLE), open_table(database, READINGS_TABLE)
    version = embedder.version if embedder else identify_embedder(settings)[1]
    made_by = {
        row["page_id"]: f"{version} {row['parser']} {SPLITTER_VERSION}"
        for row in column(pages, "page_id", "parser").to_pylist()
    }
    done = {
        row["page_id"]
        for row in column(readings, "page_id", "made_by", where="alone is null").to_pylist()
        if made_by.get(row["page_id"]) == row["made_by"]
    }
    gone = sorted(set(column(readings, "page_id")["page_id"].to_pylist()) - done)
    for first in range(0, len(gone), _BATCH):
        readings.delete(any_of("page_id", gone[first : first + _BATCH]))
    words = _Words(open_table(database, WORDS_TABLE), version)
    if gone:
        words.forget_all_but({word for told in column(readings, "words")["words"].to_pylist() for word in told})
    small = open_table(database, CHUNKS_TABLE).count_rows() <= settings.read_ahead
    missing = {page_id: by for page_id, by in made_by.items() if small and page_id not in done}
    windows: deque[list[_Item]] = deque()

    def batches() -> Iterator[_Batch]:
        items = _items(pages, missing)
        while window := list(islice(items, _WINDOW)):
            windows.append(window)
            known = [item.plain for item in window if item.plain]
            yield [(context(plain.unit), clean(plain.unit.text)) for plain in known], words.new(known)

    def here(batch: _Batch) -> _Told:
        return _read(embedder or load_embedder(settings), batch)

    step = Step(here, read_on_node, named(settings, version))
    read = sentences = learnt = 0
    with closing(map_batches(step, batches(), settings)) as done_windows:
        for told in done_windows:
            window = windows.popleft()
            learnt += words.learn(told.words)
            write_rows(readings, "reading_id", _rows(window, version, told.sentences))
            marks = sum(item.plain is None for item in window)
            read, sentences = read + marks, sentences + len(window) - marks
    if read or gone:
        for table in (readings, words.table):
            table.optimize(cleanup_older_than=_KEPT)
    return ReadSync(read, sentences, learnt, len(gone))


def _items(pages: Table, missing: Mapping[str, str]) -> Iterator[_Item]:
    """The sentences of the missing pages, each page's together; a page is split with the one before at hand."""
    documents = sorted({page_id.rpartition(":")[0] for page_id in missing})
    for sha256 in documents:
        rows = pages.search().where(f"sha256 = {quote(sha256)}").select(PAGE_COLUMNS).to_list()
        before: list[Unit] | None = None
        last = 0
        for page in sorted(map(page_of, rows), key=lambda page: page.page):
            alone = split_page(page)
            units = split_page(page, before) if last == page.page - 1 and before is not None else alone
            before, last = alone, page.page
            if made_by := missing.get(page.page_id):
                for unit in filter(can_answer, units):
                    yield _Item(page.page_id, made_by, plain_of(unit))
                yield _Item(page.page_id, made_by, None)


def read_on_node(name: str, version: str, batch: _Batch) -> _Told:
    """What is read of a window, by the node's own embedder."""
    return _read(embedder_on_node(name, version), batch)


def _read(embedder: Embedder, batch: _Batch) -> _Told:
    import numpy as np

    texts, new = batch
    near = embedder.document_tokens([whole for whole, _ in texts])
    alone = embedder.encode_document([own for _, own in texts])
    read = zip(texts, near, alone, strict=True)
    vectors = embedder.encode(new).astype(np.float16)
    return _Told(
        [(both, packed(Reading(vector, tokens))) for both, tokens, vector in read],
        [(text, vector.tobytes()) for text, vector in zip(new, vectors, strict=True)],
    )


def _rows(window: Sequence[_Item], version: str, sentences: _Sentences) -> list[dict[str, Any]]:
    read = iter(sentences)
    rows = []
    for item in window:
        row = {"page_id": item.page_id, "made_by": item.made_by}
        if item.plain is None:
            rows.append({"reading_id": item.page_id, **row, "words": [], **dict.fromkeys(VECTORS)})
            continue
        both, vectors = next(read)
        told = sorted(_words_of(item.plain))
        rows.append({"reading_id": reading_id(version, item.page_id, *both), **row, "words": told, **vectors})
    return list({row["reading_id"]: row for row in rows}.values())  # a page may say the same twice


def _words_of(plain: Plain) -> set[str]:
    return {plain.title, *plain.words, *plain.words_near}


class _Words:
    """The words and titles that were read, of one version of the embedder."""

    def __init__(self, table: Table, embedder_version: str) -> None:
        self.table, self._version = table, embedder_version
        mine = f"embedder_version = {quote(embedder_version)}"
        self._known = set(column(table, "text", where=mine)["text"].to_pylist())

    def new(self, sentences: Sequence[Plain]) -> list[str]:
        """Those that nobody was asked to read yet."""
        new = sorted(set().union(*map(_words_of, sentences)) - self._known)
        self._known |= set(new)
        return new

    def learn(self, read: Sequence[tuple[str, bytes]]) -> int:
        """How many that is."""
        rows = [{"text": text, "embedder_version": self._version, "vector": vector} for text, vector in read]
        write_rows(self.table, "text", rows)
        return len(rows)

    def forget_all_but(self, needed: set[str]) -> None:
        """A document that is gone leaves no word behind."""
        astray = sorted(set(column(self.table, "text")["text"].to_pylist()) - needed)
        for first in range(0, len(astray), _BATCH):
            self.table.delete(any_of("text", astray[first : first + _BATCH]))
        self._known &= needed
