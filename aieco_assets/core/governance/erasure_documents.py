"""A document leaves the lake: every content that its path ever had, and their copies under other paths."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.lake import MANIFEST_LOCK, OBJECTS
from aieco_assets.core.knowledge.mail_paths import INSIDE, mail_of
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

_FEWEST_CHARACTERS = 24  # of a sentence that is told apart from everybody's


@dataclass(frozen=True)
class Found:
    """What belongs to a document: `paths` hold the `contents` (sha256), or did. `is_end_of_others`: a path of another
    document ends in one of them."""

    paths: tuple[str, ...]
    contents: tuple[str, ...]
    is_end_of_others: bool = False


def find_document(settings: Settings, path: str) -> Found:
    """By the manifest and the quarantine; a mail brings its attachments along."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select path, sha256 from lake.documents where path = %(path)s or starts_with(path, %(inside)s)"
            " union select path, sha256 from lake.document_quarantine"
            " where path = %(path)s or starts_with(path, %(inside)s)",
            {"path": path, "inside": f"{path}{INSIDE}"},
        ).fetchall()
        contents = sorted({sha256 for _, sha256 in rows if sha256})
        copies = connection.execute("select path from lake.documents where sha256 = any(%s)", (contents,)).fetchall()
        paths = sorted({*(path for path, _ in rows), *(path for (path,) in copies)})
        others = connection.execute(
            "select from lake.documents as other, unnest(%s::text[]) as mine where other.path <> all(%s)"
            " and right(other.path, length(mine) + 1) = '/' || mine limit 1",
            (paths, paths),
        ).fetchall()
    return Found(tuple(paths), tuple(contents), bool(others))


def refuse_attachments(found: Found) -> None:
    """Raises AiecoError where a mail that would stay holds the content in its own bytes."""
    for path in found.paths:
        mail = mail_of(path)
        if mail and mail not in found.paths:
            raise AiecoError(
                f"{path} came with the mail {mail}, whose own bytes hold it: erase the mail, which erases it too. "
                "Nothing was erased."
            )


def erase_from_manifest(settings: Settings, found: Found) -> dict[str, int]:
    """Deletes rows and objects; how many of each."""
    lake = open_store(settings.lake, settings)
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (MANIFEST_LOCK,))
        objects = [key for sha256 in found.contents if lake.exists(key := f"{OBJECTS}/{sha256}")]
        for key in objects:
            lake.delete(key)
        return {
            "lake objects": len(objects),
            "lake.documents": _delete(connection, "lake.documents", found),
            "lake.document_quarantine": _delete(connection, "lake.document_quarantine", found),
            "lake.document_facts": connection.execute(
                "delete from lake.document_facts where sha256 = any(%s)", (list(found.contents),)
            ).rowcount,
        }


def sentences_of(pages: Iterable[str]) -> list[str]:
    """Sentences that are the document's own, as far as their length tells: what quotes of it consist of."""
    from aieco_assets.core.contracts import Page
    from aieco_assets.core.text.sentences import split_page

    told: dict[str, None] = {}
    for number, text in enumerate(pages, 1):
        for unit in split_page(Page("", "", number, text, "")):
            if len(unit.text.strip()) >= _FEWEST_CHARACTERS:
                told[unit.text.strip()] = None
    return list(told)


def _delete(connection: psycopg.Connection[Any], table: str, found: Found) -> int:
    from psycopg import sql

    query = sql.SQL("delete from {} where path = any(%s) or sha256 = any(%s)").format(sql.Identifier(*table.split(".")))
    return connection.execute(query, (list(found.paths), list(found.contents))).rowcount
