"""One version of the knowledge base as if it held nothing but some of its documents.

Whatever comes out of a `ReadableIndex` (hits and their scores, words, headings, pages, counts, its version) is worked
out from its own documents alone: it is what a knowledge base without the others would give.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import Document, Hit, KnowledgeVersion, Page, Within
from aieco_assets.core.embeddings.corpus import Corpus
from aieco_assets.core.embeddings.fusion import fused
from aieco_assets.core.embeddings.search import CANDIDATES, refuse_other_dimension
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.index import KnowledgeIndex

_HEADED_CHUNKS = 1_000  # that headings are taken from, as `KnowledgeIndex.headings` does


class ReadableIndex:
    """An `Index` over the documents of `shown`: path by content. Never changes; any number of threads may search.

    `kept`: what others work out of it, and want to go when it goes.
    """

    def __init__(self, whole: KnowledgeIndex, corpus: Corpus, shown: Mapping[str, str]) -> None:
        import numpy as np

        self._whole, self._corpus, self._shown = whole, corpus, shown
        self._contents = np.array([sha256 in shown for sha256 in corpus.contents], dtype=bool)
        self._paths = [shown.get(sha256, "") for sha256 in corpus.contents]
        self._admits = self._contents[corpus.content_of]
        self.chunks = int(self._admits.sum())
        self._part = corpus.terms.part(self._admits)
        self._vectors = corpus.vectors_of(self._admits)
        known = {one.sha256: one for one in whole.documents}
        found = (replace(known[sha256], path=path) for sha256, path in shown.items() if sha256 in known)
        self.documents: Sequence[Document] = tuple(sorted(found, key=lambda one: one.path))
        self.version = self._own_version()
        self.kept: dict[str, Any] = {}

    def search(
        self, question: str, question_vector: np.ndarray | list[float], k: int = 8, within: Within | None = None
    ) -> list[Hit]:
        """As `ChunkSearch.search`, with every vector compared: which partitions an index of vectors has, and so what it
        finds, depends on the vectors of all documents."""
        refuse_other_dimension(self._corpus.dimension, question_vector)
        most = max(k, CANDIDATES)
        also = self._within(within)
        near = self._vectors.near(question_vector, most, also)
        words = self._corpus.best_words(question, self._part, most, also)
        found = fused(near, words)[:k]
        chunks = self._whole.chunks_at([int(self._corpus.ids[place]) for place, _ in found])
        return [
            Hit(replace(chunk, document=self._shown[chunk.sha256]), score)
            for chunk, (_, score) in zip(chunks, found, strict=True)
        ]

    def vocabulary(self) -> Mapping[str, int]:
        """The words of these documents, and how often each is used; counted once."""
        return self._words

    @cached_property
    def _words(self) -> Mapping[str, int]:
        return self._corpus.words.of(self._contents)

    def page(self, sha256: str, page: int) -> Page:
        """Raises KeyError when none of these documents has such a page."""
        if sha256 not in self._shown:
            raise KeyError((sha256, page))
        return self._as_shown(self._whole.page(sha256, page))

    def some_pages(self, wanted: Collection[tuple[str, int]]) -> list[Page]:
        inside = [one for one in wanted if one[0] in self._shown]
        return list(map(self._as_shown, self._whole.some_pages(inside))) if inside else []

    def pages(self, document: str) -> list[Page]:
        known = {path: sha256 for sha256, path in self._shown.items()}
        if document not in known:
            return []
        return list(map(self._as_shown, self._whole.pages_of(known[document])))

    def headings(self, most: int) -> list[str]:
        """Headings of different documents first; each once."""
        headed = sorted(self._corpus.headings(self._admits), key=lambda one: self._paths[one[0]], reverse=True)
        by_document: dict[int, list[str]] = {}
        for content, heading in headed[:_HEADED_CHUNKS]:
            by_document.setdefault(content, []).append(heading)
        turns = zip_longest(*(dict.fromkeys(found) for found in by_document.values()))
        return list(dict.fromkeys(heading for turn in turns for heading in turn if heading))[:most]

    def knowledge_version(self) -> KnowledgeVersion:
        """A number of its own, which changes with these documents and with nothing else; the day of the last look at
        the source; and whether one of these documents has changed or gone since.

        The number of the publication and the minute of the look would tell when other documents came.
        """
        from psycopg import OperationalError

        day = _day_of(self._whole.as_of)
        try:
            with connect(self._whole.settings.warehouse) as connection:
                row = connection.execute(
                    "select k.as_of, exists (select from lake.documents d where d.path = any(%s)"
                    " and greatest(d.first_seen, d.removed_at) > k.as_of)"
                    " from lake.knowledge_versions k where k.version = %s",
                    ([one.path for one in self.documents], self._whole.version),
                ).fetchone()
        except (AiecoError, OperationalError):
            return KnowledgeVersion(self.version, day, stale=True, published=self._whole.version)
        as_of, stale = row or (None, False)
        return KnowledgeVersion(self.version, _day_of(as_of), stale, published=self._whole.version)

    def _own_version(self) -> int:
        told = [self._whole.embedder_version, *(f"{one.path}\0{one.sha256}" for one in self.documents)]
        return int(hashlib.sha256("\n".join(told).encode()).hexdigest()[:12], 16)

    def _as_shown(self, page: Page) -> Page:
        return replace(page, document=self._shown[page.sha256])

    def _within(self, within: Within | None) -> np.ndarray | None:
        import numpy as np

        if within is None:
            return None
        admitted = np.array([bool(path) and within.admits(path) for path in self._paths], dtype=bool)
        return admitted[self._corpus.content_of]


def _day_of(moment: datetime | None) -> datetime | None:
    return moment and datetime.combine(moment.date(), time(), moment.tzinfo)
