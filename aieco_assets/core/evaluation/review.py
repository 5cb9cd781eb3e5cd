"""From what people asked to golden questions: answers they disliked, silence, and a weekly sample become cases, and a
person accepts or rejects each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.questions import Question, parse_question
from aieco_assets.core.governance.audit import append, keep_head
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

DAYS = 90  # of the log that is looked at
SAMPLED = 10  # answers of each week, drawn by their trace: the same ones whenever it is asked
# What was disliked comes before what was silent, and that before a sample; the same question is one case.
_COLLECT = """
    with answers as (
        select trace_id, question, asked_at, abstained,
            lower(regexp_replace(btrim(question), '\\s+', ' ', 'g')) as question_key,
            row_number() over (partition by date_trunc('week', asked_at) order by md5(trace_id)) as drawn
        from service.inference_log
        where kind = 'answer' and arm <> 'shadow' and question is not null
            and asked_at >= now() - make_interval(days => %(days)s)
    ), disliked as (
        select trace_id, string_agg(reason, ' / ' order by feedback_id) as note
        from service.feedback where rating = 'down' group by trace_id
    ), found as (
        select answers.*, disliked.note,
            case when disliked.trace_id is not null then 'thumbs_down' when abstained then 'abstained'
                when drawn <= %(sampled)s then 'sample' end as reason
        from answers left join disliked using (trace_id)
    ), cases as (
        select distinct on (question_key) question_key, question, reason, note, trace_id, asked_at,
            (select count(*) from answers a where a.question_key = found.question_key) as times
        from found where reason is not null
        order by question_key, array_position(array['thumbs_down', 'abstained', 'sample'], reason), asked_at desc
    )
    insert into evaluation.cases as known (question_key, question, reason, note, times, trace_id, asked_at)
    select question_key, question, reason, note, times, trace_id, asked_at from cases
    on conflict (question_key) do update set times = excluded.times, trace_id = excluded.trace_id,
        asked_at = excluded.asked_at, note = coalesce(excluded.note, known.note),
        reason = case when known.status = 'open' then excluded.reason else known.reason end
    returning (xmax = 0) as is_new
"""

# Cases whose latest answer was found in these documents alone.
_READABLE = """
    with answers as (
        select trace_id, asked_at, lower(regexp_replace(btrim(question), '\\s+', ' ', 'g')) as question_key
        from service.inference_log
        where kind = 'answer' and arm <> 'shadow' and question is not null
            and array(select hit ->> 'document' from jsonb_array_elements(retrieved) as hit) <@ %(paths)s::text[]
    )
    select c.case_id,
        (select string_agg(f.reason, ' / ' order by f.feedback_id) from service.feedback f
            where f.trace_id = c.trace_id and f.rating = 'down'),
        (select count(*) from answers a where a.question_key = c.question_key
            and (a.asked_at >= now() - make_interval(days => %(days)s) or a.trace_id = c.trace_id))
    from evaluation.cases c where c.case_id = any(%(cases)s) and c.trace_id in (select trace_id from answers)
"""


@dataclass(frozen=True)
class Case:
    """A question to look at. `times`: how often it was asked; `note`: what a reader wrote."""

    case_id: int
    question: str
    reason: str
    note: str | None
    times: int
    trace_id: str
    asked_at: datetime
    status: str


@dataclass(frozen=True)
class Answered:
    """How a case was answered when it was asked. `versions`: registered ones by model; `pages`: (document, page) of
    what was found, best first."""

    outcome: str
    knowledge_version: int | None
    versions: Mapping[str, int]
    pages: tuple[tuple[str, int], ...]


def collect_cases(settings: Settings) -> int:
    """Brings the log's questions of the last DAYS days among the cases; how many are new. Decided ones stay decided."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(_COLLECT, {"days": DAYS, "sampled": SAMPLED}).fetchall()
    return sum(is_new for (is_new,) in rows)


def cases(settings: Settings, status: str = "open") -> list[Case]:
    """What was disliked first, then what was asked most often."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select case_id, question, reason, note, times, trace_id, asked_at, status from evaluation.cases"
            " where status = %s order by (reason <> 'thumbs_down'), times desc, case_id",
            (status,),
        ).fetchall()
    return [Case(*row) for row in rows]


def accept(settings: Settings, case_id: int, golden: Mapping[str, Any], by: str, still_open: bool = False) -> Question:
    """Makes a case a golden question: `golden` is a line of questions.jsonl without the question, whose text is the
    case's unless it is given. Raises AiecoError for a case that is not there, and a line that can't be judged; with
    `still_open` also for one that somebody else has decided meanwhile."""
    entry = {"question": _case(settings, case_id).question, **golden}
    try:
        question = parse_question(entry)
    except (ValueError, TypeError, KeyError) as error:
        raise AiecoError(
            f"Case {case_id} can't be accepted like that ({error}): say what the answer must contain, or that nothing "
            "answers it."
        ) from None
    if not question.unanswerable and not question.citations:
        raise AiecoError(f"Case {case_id} needs the page that answers it: name it as document#page.")
    _refuse_unknown(settings, question)
    _decide(settings, case_id, "accepted", by, entry, still_open)
    return question


def reject(settings: Settings, case_id: int, by: str, still_open: bool = False) -> None:
    """A case that is nothing to learn from. Raises AiecoError as `accept` does, whose `still_open` it has, too."""
    _case(settings, case_id)
    _decide(settings, case_id, "rejected", by, None, still_open)


def case(settings: Settings, case_id: int) -> Case:
    """Raises AiecoError for a case that is not there."""
    return _case(settings, case_id)


def as_answered(settings: Settings, one: Case) -> Answered | None:
    """What the log has of the case's latest answer, which is not its text; None where the log has lost it."""
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select outcome, knowledge_version, versions, retrieved from service.inference_log where trace_id = %s",
            (one.trace_id,),
        ).fetchone()
    if row is None:
        return None
    outcome, knowledge_version, versions, retrieved = row
    pages = dict.fromkeys((hit["document"], hit["page"]) for hit in retrieved)
    return Answered(outcome, knowledge_version, versions, tuple(pages))


def readable_cases(settings: Settings, found: Sequence[Case], documents: Collection[str]) -> list[Case]:
    """Those of the cases that were answered from these documents (their paths) alone: a question that others asked of
    other documents tells of them. One whose row the log has lost is left out.

    Notes and counts are of such answers alone, too: the same question may have been asked, and its answer corrected in
    words, by who reads more.
    """
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            _READABLE, {"cases": [one.case_id for one in found], "paths": list(documents), "days": DAYS}
        ).fetchall()
    known = {case_id: (note, times) for case_id, note, times in rows}
    return [
        replace(one, note=known[one.case_id][0], times=known[one.case_id][1]) for one in found if one.case_id in known
    ]


def accepted_questions(settings: Settings) -> list[Question]:
    """The golden questions that people have accepted, in the order of the cases."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select case_id, golden from evaluation.cases where status = 'accepted' order by case_id"
        ).fetchall()
    return [_accepted(*row) for row in rows]


def _accepted(case_id: int, golden: Mapping[str, Any]) -> Question:
    try:
        return parse_question({**golden})
    except (ValueError, TypeError, KeyError) as error:  # by a release that looked at less
        raise AiecoError(
            f"Case {case_id} was accepted with what can't be judged ({error}): decide it again with `aieco review`."
        ) from None


def _case(settings: Settings, case_id: int) -> Case:
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select case_id, question, reason, note, times, trace_id, asked_at, status from evaluation.cases"
            " where case_id = %s",
            (case_id,),
        ).fetchone()
    if row is None:
        raise no_case(case_id)
    return Case(*row)


def no_case(case_id: int) -> AiecoError:
    return AiecoError(f"There is no case {case_id}: `aieco review list` shows them.")


def _refuse_unknown(settings: Settings, question: Question) -> None:
    """A page that no document has could never be cited: the gate would count the question as wrong for ever."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select d.path, coalesce(f.pages, 0) from lake.documents d left join lake.document_facts f using (sha256)"
            " where d.removed_at is null"
        ).fetchall()
    paths, pages = dict(rows), dict[str, int]()
    for path, count in rows:
        name = path.rpartition("/")[2]
        pages[name] = max(count, pages.get(name, 0))
    # A whole path names that document alone: who may read it may not be told how long one of that name elsewhere is.
    pages |= paths
    for document, page in question.citations:
        if document not in pages:
            raise no_document(document)
        if not 1 <= page <= (pages[document] or page):
            raise AiecoError(f"{document} has no page {page}: its last one is {pages[document]}.")


def no_document(name: str) -> AiecoError:
    return AiecoError(f"No document here is called {name}: `aieco documents` lists them.")


def _decide(
    settings: Settings, case_id: int, status: str, by: str, golden: Mapping[str, Any] | None, still_open: bool
) -> None:
    with connect(settings.warehouse) as connection:
        done = connection.execute(
            "update evaluation.cases set status = %s, golden = %s, decided_by = %s, decided_at = now()"
            " where case_id = %s and (status = 'open' or not %s)",
            (status, Jsonb(golden) if golden else None, by, case_id, still_open),
        )
        head = append(connection, [Entry(by, f"case_{status}", f"case:{case_id}")] if done.rowcount else [])
    keep_head(settings, head)
    if not done.rowcount:
        raise AiecoError(
            f"Case {case_id} was {_case(settings, case_id).status} meanwhile and stays so: load the page again, or "
            "decide it otherwise with `aieco review`."
        )
