"""What documents say of themselves and how they were read, in Postgres. Grain: content (sha256)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from aieco_assets.core.contracts import Answer, CitedDocument
from aieco_assets.core.errors import Unavailable
from aieco_assets.core.knowledge.parsed import ParsedDocument
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

_DAYS = ("dated", "in_force_from", "in_force_until")


@dataclass(frozen=True)
class DocumentFacts:
    """`reader`: the version that read it. Days are None where the document names none."""

    sha256: str
    title: str
    language: str
    dated: date | None
    in_force_from: date | None
    in_force_until: date | None
    version: str
    replaces: list[str]
    warnings: list[str]
    pages: int
    words: int
    tables: int
    reader: str
    tags: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, sha256: str, document: ParsedDocument, reader: str) -> DocumentFacts:
        facts = document.facts
        days = {name: date.fromisoformat(told) if (told := getattr(facts, name)) else None for name in _DAYS}
        return cls(
            sha256,
            document.title,
            facts.language,
            **days,
            version=facts.version,
            replaces=list(facts.replaces),
            warnings=list(document.warnings),
            pages=len(document.pages),
            words=sum(len(page.text.split()) for page in document.pages),
            tables=sum(page.tables for page in document.pages),
            reader=reader,
            tags=list(facts.tags),
        )


def write_facts(settings: Settings, facts: Sequence[DocumentFacts]) -> None:
    """Insert or replace, by content."""
    if not facts:
        return
    names = [*asdict(facts[0])]
    values, updates = ", ".join(f"%({name})s" for name in names), ", ".join(f"{n} = excluded.{n}" for n in names[1:])
    statement = (
        f"insert into lake.document_facts ({', '.join(names)}) values ({values})"  # noqa: S608 - names of our own
        f" on conflict (sha256) do update set {updates}"
    )
    with connect(settings.warehouse) as connection, connection.cursor() as cursor:
        cursor.executemany(statement.encode(), [asdict(one) for one in facts])


def listed(settings: Settings) -> list[dict[str, Any]]:
    """The current documents, in path order, as `aieco documents --json` gives them."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select d.path, f.title, f.language, f.dated, f.in_force_from, f.in_force_until, f.version, f.replaces,"
            " f.tags, f.warnings, f.pages, f.words, f.tables, p.counts, q.reason from lake.documents d"
            " left join lake.document_facts f using (sha256)"
            " left join lake.document_personal_data p using (sha256)"
            " left join lateral (select reason from lake.document_quarantine q where q.sha256 = d.sha256"
            " and q.source <> 'lake/documents' limit 1) q on true"
            " where d.removed_at is null order by d.path"
        ).fetchall()
        refused = connection.execute(
            "select path, reason from lake.document_quarantine where source = 'lake/documents' order by path"
        ).fetchall()
    found = []
    for path, title, language, *days, version, replaces, tags, warnings, pages, words, tables, personal, reason in rows:
        told = {name: day.isoformat() if day else None for name, day in zip(_DAYS, days, strict=True)}
        one = {"path": path, "title": title or "", "language": language or "", "dates": told, "version": version or ""}
        one |= {
            "replaces": replaces or [],
            "tags": tags or [],
            "warnings": warnings or [],
            "pages": pages or 0,
            "words": words or 0,
        }
        one |= {"tables": tables or 0, **({"personal_data": personal} if personal else {})}
        found.append({**one, **({"quarantined": reason} if reason else {})})
    return [*found, *({"path": path, "quarantined": reason} for path, reason in refused)]


def with_documents(settings: Settings, answer: Answer) -> Answer:
    """The answer with what its cited documents say of themselves; as it is where Postgres can't be asked."""
    cited = {citation.document: citation.sha256 for citation in answer.citations}
    if not cited:
        return answer
    from psycopg import Error

    try:
        with connect(settings.warehouse) as connection:
            rows = connection.execute(
                "select sha256, title, dated, in_force_from, in_force_until from lake.document_facts"
                " where sha256 = any(%s)",
                (list(cited.values()),),
            ).fetchall()
    except (Unavailable, Error):
        return answer
    known = {sha256: (title, *(day.isoformat() if day else None for day in days)) for sha256, title, *days in rows}
    return replace(
        answer, documents=tuple(CitedDocument(path, *known.get(sha256, ("",))) for path, sha256 in cited.items())
    )
