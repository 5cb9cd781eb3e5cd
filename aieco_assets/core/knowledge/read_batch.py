"""Documents to chunks, pages and facts, a few at a time: the part of a refresh that may be done on any machine."""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from typing import Any

from aieco_assets.core.engine import Step
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.chunking import CHUNKER_VERSION, chunk_document
from aieco_assets.core.knowledge.document_facts import DocumentFacts
from aieco_assets.core.knowledge.ocr import languages
from aieco_assets.core.knowledge.parsed import READER_VERSION, ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.reader import DocumentReader
from aieco_assets.core.knowledge.reader_worker import MEMORY_BYTES

PARSER = f"{READER_VERSION}.{CHUNKER_VERSION}"
_DOCUMENTS, _BYTES = 16, 2**20  # in a batch, at most; a large one goes by itself


@dataclass(frozen=True)
class ToRead:
    """A document's bytes, and what its rows will say of where they are from."""

    sha256: str
    path: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class ReadRows:
    """What is written of a document, or why it can't be read (`refused`)."""

    sha256: str
    chunks: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    facts: DocumentFacts | None = None
    refused: str = ""


def judge() -> str:
    """Who refused a document: it is judged again by a reader that can read more."""
    return "+".join([PARSER, *languages()])


def reading_step(reader: DocumentReader, tokens: int, parser: str) -> Step[list[ToRead], list[ReadRows]]:
    """`tokens` that are read of a chunk, and what names the way of reading and cutting."""
    here = partial(_read, reader, tokens, parser)
    return Step(here, read_on_node, (judge(), tokens, parser), memory=MEMORY_BYTES + 2**29)


def batched(documents: Iterable[ToRead]) -> Iterator[list[ToRead]]:
    """Few small ones together."""
    batch: list[ToRead] = []
    for document in documents:
        batch.append(document)
        if len(batch) == _DOCUMENTS or sum(len(one.data) for one in batch) >= _BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def read_on_node(judged_by: str, tokens: int, parser: str, batch: Sequence[ToRead]) -> list[ReadRows]:
    """Raises AiecoError on a node that reads pictures otherwise than whoever asks."""
    if judged_by != judge():
        raise AiecoError(
            f"A Ray node reads text in pictures as {judge()}, this machine as {judged_by}: install the same languages "
            "of tesseract on every node."
        )
    return _read(_node_reader(), tokens, parser, batch)


@lru_cache(maxsize=1)
def _node_reader() -> DocumentReader:
    """Of this worker, until it ends."""
    reader = DocumentReader()
    atexit.register(reader.close)
    return reader


def _read(reader: DocumentReader, tokens: int, parser: str, batch: Sequence[ToRead]) -> list[ReadRows]:
    return [_read_one(reader, tokens, parser, one) for one in batch]


def _read_one(reader: DocumentReader, tokens: int, parser: str, one: ToRead) -> ReadRows:
    try:
        document = reader.read(one.data, one.media_type)
    except UnreadableDocument as error:
        return ReadRows(one.sha256, refused=str(error))
    return ReadRows(
        one.sha256,
        [asdict(chunk) for chunk in chunk_document(one.sha256, one.path, document, tokens)],
        list(_page_rows(one.sha256, one.path, document, parser)),
        DocumentFacts.of(one.sha256, document, PARSER),
    )


def _page_rows(sha256: str, path: str, document: ParsedDocument, parser: str) -> Iterable[dict[str, Any]]:
    for page in document.pages:
        yield {
            "page_id": f"{sha256}:{page.number}",
            "sha256": sha256,
            "document": path,
            "page": page.number,
            "text": page.text,
            "title": document.title,
            "parser": parser,
        }
