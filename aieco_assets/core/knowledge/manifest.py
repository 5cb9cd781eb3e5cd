"""The manifest of the knowledge base: what the source held when, compared with what it holds now."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.knowledge.mail_paths import INSIDE
from aieco_assets.core.knowledge.source import Listing, SourceFile

if TYPE_CHECKING:
    import psycopg

SOURCE = "lake/documents"  # who quarantined it
Known = dict[str, tuple[str, int, str]]  # path -> (sha256, bytes, stamp) as the manifest has it


@dataclass(frozen=True)
class DocumentRow:
    """A current document. Grain: path."""

    path: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True)
class DocumentSync:
    """What a comparison of source and manifest found.

    read = added + changed + renamed + unchanged + quarantined + erased; what was `erased` here stays out of the lake.
    `digest` names the state of the source; `newest` is its youngest mtime (epoch seconds); `last_change` is when the
    manifest last changed before this comparison.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    renamed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    erased: int = 0
    bytes: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    digest: str = ""
    newest: float = 0.0
    last_change: datetime | None = None

    @property
    def read(self) -> int:
        return self.added + self.changed + self.renamed + self.unchanged + self.quarantined + self.erased

    @property
    def changes(self) -> int:
        return self.added + self.changed + self.removed + self.renamed

    @property
    def settled(self) -> bool:
        """False while the youngest file was written in the last 5 s: somebody may still be copying."""
        return not 0 <= time.time() - self.newest < 5


@dataclass
class Comparison:
    known: Known
    last_change: datetime | None = None
    found: dict[str, tuple[SourceFile, str]] = field(default_factory=dict)  # path -> (file, sha256)
    refused: list[tuple[str, str]] = field(default_factory=list)
    erased: int = 0  # files of the source that were erased here, and stay out

    def keep_attachments(self, mail: SourceFile) -> None:
        """What a mail that is as it was brought with it is still there."""
        inside = f"{mail.path}{INSIDE}"
        for path, (sha256, size, stamp) in self.known.items() if mail.media_type == DOCUMENT_TYPES[".eml"] else ():
            if path.startswith(inside):
                media_type = DOCUMENT_TYPES[PurePosixPath(path).suffix.lower()]
                self.found[path] = (SourceFile(path, size, media_type, stamp), sha256)

    @property
    def new_paths(self) -> list[str]:
        """Paths whose content is not what the manifest has there, unknown paths included."""
        return [path for path, (_, sha) in self.found.items() if path not in self.known or self.known[path][0] != sha]

    @property
    def gone_paths(self) -> list[str]:
        return [path for path in self.known if path not in self.found]

    def summary(self, listing: Listing) -> DocumentSync:
        new = self.new_paths
        unknown = [path for path in new if path not in self.known]
        gone = [self.known[path][0] for path in self.gone_paths]
        renamed = 0
        for path in unknown:
            if (sha := self.found[path][1]) in gone:
                gone.remove(sha)
                renamed += 1
        state = [f"{path}\0{sha}" for path, (_, sha) in self.found.items()] + [
            f"{p}\0!{why}" for p, why in self.refused
        ]
        return DocumentSync(
            added=len(unknown) - renamed,
            changed=len(new) - len(unknown),
            removed=len(gone),
            renamed=renamed,
            unchanged=len(self.found) - len(new),
            quarantined=len(self.refused),
            erased=self.erased,
            bytes=sum(file.bytes for file, _ in self.found.values()),
            ignored=listing.ignored,
            digest=hashlib.sha256("\n".join(sorted(state)).encode()).hexdigest()[:32],
            newest=listing.newest,
            last_change=self.last_change,
        )


def current_documents(connection: psycopg.Connection[Any]) -> list[DocumentRow]:
    """The manifest as it stands, in path order."""
    rows = connection.execute(
        "select path, sha256, bytes, media_type from lake.documents where removed_at is null order by path"
    )
    return [DocumentRow(*row) for row in rows]


def documents_as_of(connection: psycopg.Connection[Any], moment: datetime) -> list[DocumentRow]:
    """The manifest as it stood at `moment` (with time zone), in path order."""
    rows = connection.execute(
        "select path, sha256, bytes, media_type from lake.documents"
        " where first_seen <= %(moment)s and (removed_at is null or removed_at > %(moment)s) order by path",
        {"moment": moment},
    )
    return [DocumentRow(*row) for row in rows]


def counts(connection: psycopg.Connection[Any]) -> tuple[int, list[tuple[str, str]]]:
    """(current documents, (path, reason) of the files that were kept out)."""
    refused = connection.execute(
        "select path, reason from lake.document_quarantine where source = %s order by path", (SOURCE,)
    ).fetchall()
    return len(current_documents(connection)), [(path, reason) for path, reason in refused]


def last_change(connection: psycopg.Connection[Any]) -> datetime | None:
    """When the manifest last gained or lost a document."""
    row = connection.execute("select max(greatest(first_seen, removed_at)) from lake.documents").fetchone()
    return row[0] if row else None


def write_manifest(connection: psycopg.Connection[Any], comparison: Comparison, moment: datetime) -> None:
    """Close what is gone, open what is new, and note that all the rest was seen at `moment`."""
    new = comparison.new_paths
    replaced = [path for path in new if path in comparison.known]
    connection.execute(
        "update lake.documents set removed_at = %s where removed_at is null and path = any(%s)",
        (moment, comparison.gone_paths + replaced),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into lake.documents (path, sha256, bytes, media_type, stamp, first_seen, last_seen)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (path, sha, file.bytes, file.media_type, file.stamp, moment, moment)
                for path, (file, sha) in ((path, comparison.found[path]) for path in new)
            ],
        )
        cursor.executemany(
            "update lake.documents set stamp = %s where removed_at is null and path = %s and stamp <> %s",
            [(file.stamp, path, file.stamp) for path, (file, _) in comparison.found.items()],
        )
    connection.execute("update lake.documents set last_seen = %s where removed_at is null", (moment,))
    replace_quarantine(connection, SOURCE, [(path, "file", why, "", "") for path, why in comparison.refused], moment)


def replace_quarantine(
    connection: psycopg.Connection[Any], source: str, rows: list[tuple[str, str, str, str, str]], moment: datetime
) -> None:
    """Make (path, place, reason, sha256, reader) what `source` keeps out now; `seen_at` stays the first sighting."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from lake.document_quarantine where source = %s"
            " and not (path, place, reason) in (select * from unnest(%s::text[], %s::text[], %s::text[]))",
            (source, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]),
        )
        cursor.executemany(
            "insert into lake.document_quarantine (source, path, place, reason, sha256, reader, seen_at)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict (source, path, place, reason)"
            " do update set sha256 = excluded.sha256, reader = excluded.reader",
            [(source, *row, moment) for row in rows],
        )
