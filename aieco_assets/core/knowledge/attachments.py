"""What mails bring with them: documents of their own, under `MAIL.eml!ATTACHMENT`."""

from __future__ import annotations

from collections.abc import Iterator

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.mail_paths import INSIDE
from aieco_assets.core.knowledge.parsed import UnreadableDocument
from aieco_assets.core.knowledge.reader import DocumentReader
from aieco_assets.core.knowledge.source import SourceFile

DEEPEST = 3  # mails in mails
_MAIL = DOCUMENT_TYPES[".eml"]


def attachments_of(file: SourceFile, data: bytes) -> Iterator[tuple[SourceFile, bytes]]:
    """(file, content) of each document in a mail, and in the mails in it; none for any other file.

    A mail that can't be read has none: the reason is told when its text is read.
    """
    if file.media_type != _MAIL:
        return
    with DocumentReader() as reader:
        yield from _inside(reader, file, data, DEEPEST)


def _inside(reader: DocumentReader, file: SourceFile, data: bytes, levels: int) -> Iterator[tuple[SourceFile, bytes]]:
    try:
        found = reader.read(data, file.media_type).attachments
    except UnreadableDocument:
        return
    for one in found:
        inner = SourceFile(f"{file.path}{INSIDE}{one.name}", len(one.data), one.media_type, file.stamp)
        yield inner, one.data
        if one.media_type == _MAIL and levels > 1:
            yield from _inside(reader, inner, one.data, levels - 1)
