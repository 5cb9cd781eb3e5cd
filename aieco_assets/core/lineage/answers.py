"""Answers as lineage has them: from service.inference_log, by the order in which the audit log took them.

That order has no gaps and no latecomers, which the times of answers have: a service whose Postgres was away stores old
answers late. Nothing is told that the log does not hold, questions as they are masked there; what an answer quotes is
masked by the same rules, and only of documents that everyone may read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from aieco_assets.core.contracts import EVERYONE
from aieco_assets.core.governance.access import Access
from aieco_assets.core.governance.rights import governing_tags, mails_of
from aieco_assets.core.lineage.records import AnswerRecord, Cited
from aieco_assets.core.monitoring.masking import Masking
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

_COLUMNS = (
    "trace_id, extract(epoch from asked_at)::float8, latency_ms / 1000, coalesce(question, ''), outcome, verified,"
    " abstained, arm, knowledge_version, models, versions, citations, cited"
)
_SINCE = f"""
    select a.sequence, {_COLUMNS}
    from governance.audit as a join service.inference_log as l on a.subject = 'trace:' || l.trace_id
    where a.action = 'asked' and a.sequence > %s and l.kind = 'answer' and l.arm <> 'shadow'
    order by a.sequence limit %s
"""  # noqa: S608 - our own constant


def answers_since(settings: Settings, sequence: int, limit: int) -> list[AnswerRecord]:
    """The next answers behind a row of the audit log. Raises AiecoError where personal data can't be looked for, or
    nobody can tell who may read what: then nothing may be told."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(_SINCE.encode(), (sequence, limit)).fetchall()
    return _masked(settings, _readable(settings, [_record(row) for row in rows]))


def _record(row: tuple[Any, ...]) -> AnswerRecord:
    values = dict(zip((field.name for field in fields(AnswerRecord)), row, strict=True))
    return AnswerRecord(**{**values, "cited": tuple(Cited(**place, quote="") for place in values["cited"])})


def _readable(settings: Settings, answers: list[AnswerRecord]) -> list[AnswerRecord]:
    """With the quotes of documents that everyone may read; of others the place alone is left."""
    contents = {one.sha256 for answer in answers for one in answer.cited}
    if not contents:
        return answers
    rules = Access(settings).current().rules
    with connect(settings.warehouse) as connection:
        told = connection.execute(
            "select sha256, tags from lake.document_facts where sha256 = any(%s)", (list(contents),)
        ).fetchall()
        mails = {mail for answer in answers for one in answer.cited for mail in mails_of(one.document)}
        of_mails = connection.execute(
            "select path, array_agg(tag) from lake.documents join lake.document_facts using (sha256),"
            " unnest(tags) as tag where path = any(%s) group by path",
            (list(mails),),
        ).fetchall()
    tags, mail_tags = dict(told), {path: tuple(found) for path, found in of_mails}
    pages = _pages(settings, {(one.sha256, one.page) for answer in answers for one in answer.cited})

    def shown(one: Cited) -> Cited:
        own = mail_tags | {one.document: tuple(tags.get(one.sha256, ()))}
        if rules and not rules.admits(one.document, governing_tags(one.document, own), frozenset({EVERYONE})):
            return replace(one, document="", sha256="")
        return replace(one, quote=pages.get((one.sha256, one.page), "")[one.start : one.end])

    return [replace(answer, cited=tuple(map(shown, answer.cited))) for answer in answers]


def _pages(settings: Settings, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Texts of the pages that the knowledge base has now."""
    from aieco_assets.core.embeddings.index import open_live

    live = open_live(settings)
    return {(page.sha256, page.page): page.text for page in live.some_pages(wanted)} if live else {}


def _masked(settings: Settings, answers: list[AnswerRecord]) -> list[AnswerRecord]:
    texts = {text for answer in answers for one in answer.cited for text in (one.quote, one.document) if text}
    if not texts:
        return answers
    told = _mask(settings, sorted(texts))

    def shown(one: Cited) -> Cited:
        return replace(one, quote=told.get(one.quote, ""), document=told.get(one.document, ""))

    return [replace(answer, cited=tuple(map(shown, answer.cited))) for answer in answers]


def _mask(settings: Settings, texts: Sequence[str]) -> dict[str, str]:
    return dict(zip(texts, Masking.of(settings).texts(texts), strict=True))
