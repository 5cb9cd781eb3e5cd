"""A bounded part of a source: some lines of each of some files, as small files that the usual readers take."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.proposal.databases import documents, sql_rows
from aieco_assets.core.retail.records import as_text
from aieco_assets.core.retail.shop.find import FILE_NAME
from aieco_assets.core.retail.tables import ALL_ENDINGS, LINE_ENDINGS, is_readable
from aieco_assets.core.storage.objects import FolderStore, source_store
from aieco_assets.core.storage.urls import shown

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

_FILES, ROWS = 40, 12_000
_CELLS = 1_000_000  # of a parquet file that is read whole
_WHOLE = 3 * 2**20  # files up to this size are read whole
_BLOCKS, _HEAD = 4, 2**20  # of a longer text: its beginning, and blocks from there to its end
_ALL_OF_THEM = 24 * 2**20


@dataclass(frozen=True)
class Sample:
    """A part of a file that is a file of the same kind. `whole`: nothing was left out."""

    path: str
    data: bytes
    whole: bool


@dataclass
class Source:
    """A source as `aieco init` sees it. `folder`: where its mapping belongs, None where nothing can be written beside
    it. `files`: paths of all its files; `tables`: the source is one table or collection."""

    name: str
    folder: Path | None
    files: list[str]
    samples: list[Sample]
    is_table: bool = False


def look_at(url: str, settings: Settings) -> Source:
    """Sample a folder, a file, s3://, http(s)://, a SQL table or a collection. Raises AiecoError with the mend."""
    scheme = urlsplit(url).scheme.lower() if "://" in url else ""
    if scheme in ("mongodb", "mongodb+srv"):
        return _of_rows(url, documents(url, ROWS))
    if scheme not in ("", "file", "s3", "http", "https"):
        return _of_rows(url, sql_rows(url, ROWS))
    only = ""
    if not scheme and Path(url).expanduser().is_file():
        path = Path(url).expanduser().absolute()
        url, only = str(path.parent), path.name
        if not is_readable(only):
            raise AiecoError(f"{path} is no {ALL_ENDINGS} file: name one, or a folder of them.")
    if not scheme and not Path(url).expanduser().exists():
        raise AiecoError(f"{url} is not there: name a folder, a file, or the url of a bucket or a database.")
    store = source_store(url, "SOURCE", settings)
    paths = sorted(
        path
        for path in store.list("")
        if "/" not in path and not path.startswith((".", "~$")) and path != FILE_NAME and is_readable(path)
    )
    if not paths:
        raise AiecoError(f"{shown(url)} holds no {ALL_ENDINGS} files: name the folder or the file that does.")
    folder = store.root if isinstance(store, FolderStore) else None
    chosen = [only] if only else _spread(paths)
    samples, spent = [], 0
    for path in chosen:
        try:
            sample = _of_path(folder / path) if folder else _cut(path, store.get(path))
        except OSError as error:
            raise AiecoError(f"{path} cannot be read ({error.strerror}): mend it, or move it away.") from None
        samples.append(sample)
        if (spent := spent + len(sample.data)) > _ALL_OF_THEM:
            break
    return Source(str(Path(url) / only) if only else shown(url), folder, [only] if only else paths, samples)


def kind_of(path: str) -> str:
    """A file's name without what changes from day to day: its digits."""
    return re.sub(r"\d+", "#", path)


def _spread(paths: Sequence[str]) -> list[str]:
    """Some files of every kind of name: the first, the last, and between them."""
    kinds: dict[str, list[str]] = {}
    for path in paths:
        kinds.setdefault(kind_of(path), []).append(path)
    each = max(2, _FILES // len(kinds))
    chosen: list[str] = []
    for names in kinds.values():
        step = max(1, (len(names) - 1) / max(1, each - 1))
        chosen += [names[min(len(names) - 1, round(index * step))] for index in range(min(each, len(names)))]
    return [*dict.fromkeys(chosen)][: 2 * _FILES]


def _of_path(path: Path) -> Sample:
    size = path.stat().st_size
    name = path.name.lower()
    if name.endswith(".parquet"):
        return _parquet(path.name, path)
    if size <= _WHOLE or name.endswith((".xlsx", ".xlsm", ".gz")):
        return _cut(path.name, path.read_bytes())
    with path.open("rb") as file:
        return _text(path.name, file, size)


def _cut(path: str, data: bytes) -> Sample:
    name = path.lower()
    if name.endswith(".parquet"):
        return _parquet(path, BytesIO(data))
    if name.endswith(".gz"):
        try:
            with gzip.GzipFile(fileobj=BytesIO(data)) as file:
                head = file.read(2 * _WHOLE)
                more = bool(file.read(1))
        except (EOFError, OSError):
            return Sample(path, data, True)
        return Sample(path[:-3], head[: head.rfind(b"\n") + 1] if more else head, not more)
    if len(data) <= _WHOLE or name.endswith((".xlsx", ".xlsm")):
        return Sample(path, data, True)
    return _text(path, BytesIO(data), len(data))


def _text(path: str, file: Any, size: int) -> Sample:
    """The beginning of a text, then blocks of whole lines; a JSON array is no lines, and taken whole."""
    head = file.read(_HEAD)
    if head.lstrip()[:1] == b"[" and path.lower().endswith(LINE_ENDINGS):
        return Sample(path, head + file.read(), True)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # lines of UTF-16 end at even bytes only
        return Sample(path, head[: len(head) // 2 * 2], False)
    parts = [head[: head.rfind(b"\n") + 1]]
    for index in range(1, _BLOCKS + 1):
        start = len(head) + (size - len(head) - _HEAD // 3) * index // _BLOCKS
        file.seek(start)
        block = file.read(_HEAD // 3)
        parts.append(block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1])
    return Sample(path, b"".join(parts), False)


def _parquet(name: str, file: Any) -> Sample:
    """Some rows of some row groups as a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(file)
        groups = source.num_row_groups
        chosen = sorted({*range(min(1, groups)), groups // 2, groups - 1}) if groups else []
        if source.metadata.num_rows * len(source.schema_arrow.names) <= _CELLS:
            table = source.read()
        else:
            parts = [source.read_row_group(group) for group in chosen]
            each = max(1, ROWS // len(parts))
            table = pa.concat_tables([part for group in parts for part in _blocks(group, each)])
        packed = BytesIO()
        pq.write_table(table, packed)
    except (pa.ArrowException, OSError):  # the reader says what is wrong with it
        return Sample(name, Path(file).read_bytes() if isinstance(file, Path) else file.getvalue(), True)
    return Sample(name, packed.getvalue(), table.num_rows == source.metadata.num_rows)


def _blocks(table: Any, rows: int) -> Iterator[Any]:
    if table.num_rows <= rows:
        yield table
        return
    yield table.slice(0, rows // 2)
    yield table.slice(table.num_rows - rows // 2)


def _of_rows(url: str, rows: list[dict[str, Any]]) -> Source:
    name = shown(url)
    if not rows:
        raise AiecoError(f"{name} holds no rows: name a table or a collection that does.")
    # Texts of times, numbers as numbers: as the connector reads them.
    lines = [json.dumps(row, ensure_ascii=False, default=as_text) for row in rows]
    sample = Sample("table.jsonl", "\n".join(lines).encode() + b"\n", len(rows) < ROWS)
    return Source(name, None, [name], [sample], is_table=True)
