"""Looks for a planted word in every byte of a folder, in the forms that software gives to text."""

from __future__ import annotations

import base64
import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import lancedb
import pyarrow.parquet as parquet

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.embedded import EmbeddedPostgres

_MOST_UNPACKED = 64 << 20


def forms(word: str) -> dict[str, bytes]:
    """The word in each encoding. Of base64 the part that does not depend on what stands around it."""
    raw = word.encode()
    found = {"utf-8": raw, "utf-16-le": word.encode("utf-16-le"), "utf-16-be": word.encode("utf-16-be")}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        found[f"base64+{shift}"] = text[4 if shift else 0 : -4]
    found |= {"hex": raw.hex().encode(), "sha256": sha256(raw).hexdigest().encode(), "digest": sha256(raw).digest()}
    return found


def places(settings: Settings, word: str, but: tuple[Path, ...] = ()) -> dict[str, str]:
    """Where the word is in a home and its Postgres, and in which form; `but` are folders that are not looked into."""
    wanted, found = forms(word), {}
    for path in _files(settings, but):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        for packing, content in [("", data), *_unpacked(data)]:
            for form, needle in wanted.items():
                if needle in content:
                    found[f"{path}{packing}"] = form
    for name, content in _tables(settings):
        if wanted["utf-8"] in content:
            found[name] = "lance"
    return found


def _files(settings: Settings, but: tuple[Path, ...]) -> Iterator[Path]:
    for root in {settings.home, EmbeddedPostgres(settings.home).data}:
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink() and not any(path.is_relative_to(one) for one in but):
                yield path


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data[:4] == b"PAR1":
        yield "!parquet", str(parquet.read_table(io.BytesIO(data)).to_pylist()).encode()
    if data[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((f"!{name}", archive.read(name)) for name in archive.namelist())
    for begin, bits in ((b"\x1f\x8b\x08", 31), (b"\x78\x9c", 15), (b"\x78\x01", 15), (b"\x78\xda", 15)):
        at = data.find(begin)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                yield f"!{at}", zlib.decompressobj(bits).decompress(data[at:], _MOST_UNPACKED)
            at = data.find(begin, at + 1)


def _tables(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every version of every table of LanceDB, whose files may be packed in ways of its own."""
    if not Path(settings.lancedb).is_dir():
        return
    database = lancedb.connect(settings.lancedb)
    for name in database.table_names(limit=1_000):
        table = database.open_table(name)
        for version in [entry["version"] for entry in table.list_versions()]:
            table.checkout(version)
            texts = [field.name for field in table.schema if "string" in str(field.type)]
            yield f"{name}@{version}", str(table.search().select(texts).to_arrow().to_pylist()).encode()
