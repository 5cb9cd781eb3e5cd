"""The parts of one version that readers see, each made once and kept while it is in use."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aieco_assets.core.embeddings.corpus import Corpus
from aieco_assets.core.embeddings.reader_view import ReadableIndex
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from lancedb.table import Table

    from aieco_assets.core.embeddings.index import KnowledgeIndex

_KEPT = 2_000  # parts
_KEPT_NAMES = 20_000  # for parts
_KEPT_CHUNKS = 400_000  # of all kept parts together: about 600 MB of vectors
# The paths that had each content when the version's documents were last seen: equal bytes are one document of the
# knowledge base, and each reader sees it under a path that is theirs to see.
_PATHS = """
    select d.sha256, array_agg(distinct d.path order by d.path) from lake.documents d
    where d.sha256 = any(%(contents)s) and (%(as_of)s::timestamptz is null
        or (d.first_seen <= %(as_of)s and (d.removed_at is null or d.removed_at > %(as_of)s)))
    group by d.sha256
"""
Admits = Callable[[str, tuple[str, ...]], bool]  # (path, tags)


class ReadableViews:
    """Thread-safe. `kept`: what others work out of this version for readers, and want to go when it goes."""

    def __init__(self, whole: KnowledgeIndex, chunks: Table) -> None:
        self._whole, self._chunks = whole, chunks
        self._lock = threading.Lock()
        self._views: OrderedDict[str, ReadableIndex] = OrderedDict()  # by digest of their documents
        self._digests: OrderedDict[Hashable, str] = OrderedDict()
        self._chunks_kept = 0
        self.kept: dict[str, Any] = {}

    def of(self, name: Hashable, admits: Admits) -> ReadableIndex:
        """The part whose documents are admitted. `name`: stands for `admits`, so that it is not asked again; parts of
        several names with the same documents are one."""
        with self._lock:
            found = self._views.get(self._digests.get(name, ""))
            if found is None:
                shown = self._admitted(admits)
                digest = hashlib.sha256("\n".join(f"{sha} {path}" for sha, path in shown.items()).encode()).hexdigest()
                self._digests[name] = digest
                found = self._views.get(digest) or self._made(digest, shown)
            self._views.move_to_end(self._digests[name])
            while len(self._digests) > _KEPT_NAMES:
                self._digests.popitem(last=False)
        return found

    def _made(self, digest: str, shown: dict[str, str]) -> ReadableIndex:
        made = self._views[digest] = ReadableIndex(self._whole, self._corpus, shown)
        self._chunks_kept += made.chunks
        while len(self._views) > 1 and (len(self._views) > _KEPT or self._chunks_kept > _KEPT_CHUNKS):
            self._chunks_kept -= self._views.popitem(last=False)[1].chunks
        return made

    def _admitted(self, admits: Admits) -> dict[str, str]:
        """The path of each content that is admitted: the first of its paths that is."""
        found = {}
        for one in self._whole.documents:
            paths = self._paths.get(one.sha256) or [one.path]
            if path := next((path for path in paths if admits(path, one.tags)), ""):
                found[one.sha256] = path
        return found

    @cached_property
    def tagged(self) -> dict[str, tuple[str, ...]]:
        """The keywords of every document, by each of its paths."""
        return {path: one.tags for one in self._whole.documents for path in self._paths.get(one.sha256) or [one.path]}

    @cached_property
    def _corpus(self) -> Corpus:
        return Corpus(self._chunks)

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        contents = [one.sha256 for one in self._whole.documents]
        with connect(self._whole.settings.warehouse) as connection:
            asked = {"contents": contents, "as_of": self._whole.as_of}
            return dict(connection.execute(_PATHS, asked).fetchall())
