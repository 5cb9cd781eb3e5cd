"""What is asked of a knowledge base and of an embedder, whichever they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from aieco_assets.core.contracts import Document, Hit, KnowledgeVersion, Page, Within

if TYPE_CHECKING:
    import numpy as np


class Index(Protocol):
    """What is asked of a knowledge base (`core.embeddings.store.KnowledgeIndex`)."""

    version: int

    @property
    def documents(self) -> Sequence[Document]: ...

    def vocabulary(self) -> Mapping[str, int]: ...

    def search(self, question: str, question_vector: np.ndarray, k: int, within: Within | None = None) -> list[Hit]: ...

    def page(self, sha256: str, page: int) -> Page: ...

    def some_pages(self, wanted: Collection[tuple[str, int]]) -> list[Page]: ...

    def pages(self, document: str) -> list[Page]: ...

    def knowledge_version(self) -> KnowledgeVersion: ...


class Embedder(Protocol):
    """What is asked of `core.embeddings.embedder.Embedder`."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def encode(self, texts: list[str], /) -> Any: ...

    def encode_query(self, texts: list[str], /) -> Any: ...

    def encode_document(self, texts: list[str], /) -> Any: ...

    def query_tokens(self, texts: list[str], /) -> Any: ...

    def document_tokens(self, texts: list[str], /) -> Any: ...
