"""What is read of files that lie anywhere: for `aieco read`, which stores nothing and needs no home."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.attachments import DEEPEST
from aieco_assets.core.knowledge.mail_paths import INSIDE
from aieco_assets.core.knowledge.parsed import Facts, ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.reader import DocumentReader
from aieco_assets.core.knowledge.source import MAX_BYTES, unreadable_folder


@dataclass(frozen=True)
class Read:
    """One document, or why it can't be read. `path`: as it was given; `MAIL.eml!ATTACHMENT` for what a mail brings."""

    path: str
    document: ParsedDocument | None
    quarantined: str = ""

    def to_json(self) -> dict[str, Any]:
        """DESIGN section 4, `aieco read --json`."""
        document = self.document or ParsedDocument("")
        facts = document.facts
        return {
            "path": self.path,
            "title": document.title,
            "language": facts.language,
            "dates": dates_of(facts),
            "version": facts.version,
            "replaces": list(facts.replaces),
            "warnings": list(document.warnings),
            "pages": [{"page": page.number, "text": page.text} for page in document.pages],
            **({"quarantined": self.quarantined} if self.document is None else {}),
        }


def dates_of(facts: Facts) -> dict[str, str | None]:
    names = ("dated", "in_force_from", "in_force_until")
    return {name: getattr(facts, name) or None for name in names}


def read_paths(paths: Iterable[Path]) -> Iterator[Read]:
    """Files, and the files of known types in folders, each with its attachments. Raises AiecoError for a wrong path."""
    with DocumentReader() as reader:
        for path in paths:
            with suppress(PermissionError):  # of its folder, which is said of what can't be read there
                if not path.exists():
                    raise AiecoError(f"{path} does not exist: name a file or a folder of documents.")
            for file in _files(path):
                media_type = DOCUMENT_TYPES.get(file.suffix.lower())
                if media_type is None:
                    known = ", ".join(suffix.lstrip(".") for suffix in DOCUMENT_TYPES)
                    yield Read(str(file), None, f"files of its type are not read (known are {known})")
                    continue
                try:
                    found = file.stat()
                    if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
                        yield Read(str(file), None, "it is no regular file")
                        continue
                    size = found.st_size
                    data = file.read_bytes() if size <= MAX_BYTES else b""
                except OSError as error:
                    yield Read(str(file), None, f"it cannot be read ({error.strerror})")
                    continue
                if size > MAX_BYTES:
                    yield Read(str(file), None, f"it is larger than {MAX_BYTES // 1024**2} MB")
                elif size == 0:
                    yield Read(str(file), None, "it is empty")
                else:
                    yield from _read(reader, str(file), data, media_type)


def _files(path: Path) -> list[Path]:
    if not os.path.isdir(path):
        return [path]
    walked = os.walk(path, onerror=unreadable_folder)
    found = (Path(folder) / name for folder, _, names in walked for name in names if not name.startswith((".", "~$")))
    return sorted(file for file in found if file.suffix.lower() in DOCUMENT_TYPES)


def _read(reader: DocumentReader, path: str, data: bytes, media_type: str, depth: int = 0) -> Iterator[Read]:
    try:
        document = reader.read(data, media_type)
    except UnreadableDocument as error:
        yield Read(path, None, str(error))
        return
    yield Read(path, document)
    for attachment in document.attachments if depth < DEEPEST else ():
        yield from _read(reader, f"{path}{INSIDE}{attachment.name}", attachment.data, attachment.media_type, depth + 1)
