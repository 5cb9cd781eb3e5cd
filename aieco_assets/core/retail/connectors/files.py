"""Transaction files in a folder, a bucket, or a folder that a web server lists."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.shop.find import FILE_NAME, read_mapping
from aieco_assets.core.retail.tables import ALL_ENDINGS, is_readable
from aieco_assets.core.storage.http import HttpStore
from aieco_assets.core.storage.objects import source_store
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.retail.shop.mapping import Shop
    from aieco_assets.core.settings import Settings

_READ_AHEAD = 32  # files fetched side by side


class Files:
    """A connector over an object store: its files, not those in folders below it; or one file of a folder.

    The mapping is `shop.yaml` among them, unless another one is given. `url`: where, unless AIECO_TRANSACTIONS says
    it; `mend`: what then does.
    """

    def __init__(
        self, settings: Settings, mapping: Shop | None = None, url: str = "", mend: str = "AIECO_TRANSACTIONS"
    ) -> None:
        url = url or settings.transactions_source
        self.name, self._mend, self._only = shown(url), mend, ""
        if "://" not in url and os.path.isfile(Path(url).expanduser()):
            self._only = Path(url).name
            url = str(Path(url).expanduser().absolute().parent)
        self._store = source_store(url, mend, settings)
        self.mapping = mapping or self._mapping_beside()

    def list(self) -> dict[str, str]:
        # Excel keeps "~$name.xlsx" beside a workbook that is open.
        paths = [path for path in self._store.list("") if "/" not in path and not path.startswith((".", "~$"))]
        if self._only:
            paths = [path for path in paths if path == self._only or self._is_joined(path)]
        paths = [path for path in paths if path != FILE_NAME]
        if not any(map(is_readable, paths)):
            raise AiecoError(f"{self.name} holds no {ALL_ENDINGS} files: set {self._mend} to where they are.")
        if isinstance(self._store, HttpStore):
            return {file.key: file.stamp for file in self._store.look(sorted(paths))}
        # Files here are cheap to read and hash, and a hash can't err.
        return dict.fromkeys(sorted(paths), "")

    def read(self, paths: Sequence[str]) -> Generator[tuple[str, bytes]]:
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

    def _mapping_beside(self) -> Shop | None:
        if not self._store.exists(FILE_NAME):
            return None
        try:
            return read_mapping(self.get(FILE_NAME).decode("utf-8-sig"), self._store.url(FILE_NAME))
        except UnicodeDecodeError:
            raise AiecoError(f"{self._store.url(FILE_NAME)} is not UTF-8: write it again.") from None

    def _is_joined(self, path: str) -> bool:
        tables = self.mapping.tables if self.mapping else ()
        return any(fnmatchcase(path.lower(), table.file.lower()) for table in tables)

    def close(self) -> None:
        if isinstance(self._store, HttpStore):
            self._store.close()
