"""Transaction files in a folder, a bucket, or a folder that a web server lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.formats import ENDINGS, is_readable
from aieco_assets.core.storage.http import HttpStore
from aieco_assets.core.storage.objects import source_store
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

ALL_ENDINGS = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
_READ_AHEAD = 32  # files fetched side by side


class Files:
    """A connector over an object store: its files, not those in folders below it."""

    def __init__(self, settings: Settings) -> None:
        self.name = shown(settings.transactions_source)
        self._store = source_store(settings.transactions_source, "AIECO_TRANSACTIONS", settings)

    def list(self) -> dict[str, str]:
        # Excel keeps "~$name.xlsx" beside a workbook that is open.
        paths = [path for path in self._store.list("") if "/" not in path and not path.startswith((".", "~$"))]
        if not any(map(is_readable, paths)):
            raise AiecoError(f"{self.name} holds no {ALL_ENDINGS} files: set AIECO_TRANSACTIONS to where they are.")
        if isinstance(self._store, HttpStore):
            return {file.key: file.stamp for file in self._store.look(sorted(paths))}
        # Files here are cheap to read and hash, and a hash can't err.
        return dict.fromkeys(sorted(paths), "")

    def read(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        with ThreadPoolExecutor(8) as pool:
            for start in range(0, len(paths), _READ_AHEAD):
                batch = paths[start : start + _READ_AHEAD]
                yield from zip(batch, pool.map(self.get, batch), strict=True)

    def get(self, path: str) -> bytes:
        try:
            return self._store.get(path)
        except OSError as error:
            raise AiecoError(
                f"{self._store.url(path)} cannot be read ({error.strerror}): mend it, or move it away and run again."
            ) from None

    def age_s(self, path: str) -> float:
        return self._store.age_s(path)

    def counted_under(self, path: str) -> date | None:
        return None

    def close(self) -> None:
        if isinstance(self._store, HttpStore):
            self._store.close()
