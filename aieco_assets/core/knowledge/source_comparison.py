"""The document sources as they are now, against what the manifest has of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.tombstones import Tombstones, read_tombstones
from aieco_assets.core.knowledge.attachments import attachments_of
from aieco_assets.core.knowledge.mail_paths import INSIDE, mail_of
from aieco_assets.core.knowledge.manifest import Comparison, Known, last_change
from aieco_assets.core.knowledge.source import DocumentSource, Listing, SourceFile
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.declared.sources import DeclaredSource


def compare_sources(
    settings: Settings,
    connection: psycopg.Connection[Any],
    keep: Callable[[str, bytes], None],
    declared: Sequence[DeclaredSource],
) -> tuple[Comparison, Listing]:
    """All sources against the manifest: a document that moved from one to the other was renamed."""
    rows = connection.execute("select path, sha256, bytes, stamp from lake.documents where removed_at is null")
    known = {path: (sha256, size, stamp) for path, sha256, size, stamp in rows}
    whole = Comparison(known, last_change(connection))
    stones = read_tombstones(settings, connection)
    ignored, newest = Counter[str](), 0.0
    if declared:
        from aieco_assets.core.declared.locations import refuse_overlap

        refuse_overlap(settings.documents_source, declared)
    for source in (DocumentSource(settings, one) for one in (None, *declared)):
        listing = source.list()
        if not source.prefix:
            _refuse_names(source, listing.files, declared)
        part = Comparison(_part(known, source.prefix, declared))
        _compare_files(source, listing.files, part, stones, keep)
        if not part.found:
            _refuse_emptiness(source, part)
        whole.found |= part.found
        whole.refused += part.refused
        whole.erased += part.erased
        ignored, newest = ignored + listing.ignored, max(newest, listing.newest)
    return whole, Listing([], ignored, newest)


def _part(known: Known, prefix: str, declared: Sequence[DeclaredSource]) -> Known:
    """What the manifest has of a source; of that of the settings, all that is of no other."""
    if prefix:
        return {path: row for path, row in known.items() if path.startswith(prefix)}
    others = tuple(f"{one.name}/" for one in declared)
    return {path: row for path, row in known.items() if not path.startswith(others)} if others else known


def _refuse_names(source: DocumentSource, files: Sequence[SourceFile], declared: Sequence[DeclaredSource]) -> None:
    """A folder of the one source and the name of another are the same beginning of a path."""
    others = tuple(f"{one.name}/" for one in declared)
    if found := next((file.path for file in files if others and file.path.startswith(others)), ""):
        name = found.partition("/")[0]
        raise AiecoError(
            f"{source.url} has a folder {name}, and a document source is declared under this name: rename one of them. "
            "The documents stay as they were."
        )


def _compare_files(
    source: DocumentSource,
    files: Sequence[SourceFile],
    comparison: Comparison,
    stones: Tombstones,
    keep: Callable[[str, bytes], None],
) -> None:
    # What a file with the name of an attachment was taken for earlier is told by the mail alone.
    mistaken = {mail_of(file.path) for file in files}
    for file in files:
        if stones.hold("path", file.path):
            comparison.erased += 1
            continue
        if file.refused:
            comparison.refused.append((file.path, file.refused))
            continue
        known = comparison.known.get(file.path)
        if known and file.stamp and known[1:] == (file.bytes, file.stamp) and file.path not in mistaken:
            comparison.found[file.path] = (file, known[0])
            comparison.keep_attachments(file)
            continue
        try:
            data = source.read(file.path)
        except FileNotFoundError:  # deleted since it was listed
            continue
        except OSError as error:
            comparison.refused.append((file.path, f"it cannot be read ({error.strerror})"))
            continue
        sha256 = hashlib.sha256(data).hexdigest()
        if stones.hold("document", sha256):
            comparison.erased += 1
            continue
        keep(sha256, data)
        comparison.found[file.path] = (file, sha256)
        erased: tuple[str, ...] = ()  # beginnings of paths
        for attachment, content in attachments_of(file, data):
            digest = hashlib.sha256(content).hexdigest()
            held = stones.hold("path", attachment.path) or stones.hold("document", digest)
            if held or attachment.path.startswith(erased):
                erased += (f"{attachment.path}{INSIDE}",)
                comparison.erased += 1
                continue
            keep(digest, content)
            comparison.found[attachment.path] = (attachment, digest)


def _refuse_emptiness(source: DocumentSource, comparison: Comparison) -> None:
    url, mend = source.url, source.mend
    if comparison.erased and not comparison.refused:
        if source.prefix:  # nothing of it is known any more, and the others go on
            return
        raise AiecoError(f"All that {url} holds was erased here: put another document there or mend {mend}.")
    kept = f"; the {len(comparison.known)} documents known so far are kept" if comparison.known else ""
    if comparison.refused:
        path, reason = comparison.refused[0]
        raise AiecoError(f"No document in {url} can be used ({path}: {reason}){kept}: mend it or set {mend}.")
    raise empty_source(url, kept, mend)


def empty_source(url: str, kept: str = "", mend: str = "AIECO_DOCUMENTS") -> AiecoError:
    *most, last = (suffix.lstrip(".") for suffix in DOCUMENT_TYPES)
    kinds = f"{', '.join(most)} or {last}"
    return AiecoError(f"{url} holds no {kinds} file{kept}: put one there or mend {mend}.")
