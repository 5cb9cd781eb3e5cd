"""The questions that a version has to answer before anybody is answered by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aieco_assets.core.llm.prompt import PACKAGED_PROMPT
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex

ASKED = 3
_PROBE = PACKAGED_PROMPT.filled("When does the shop open?", ["The shop opens at 9:00 on weekdays."])
_GOLDEN = """
    select question, documents from (
        select distinct on (citations -> 0 ->> 'document') question,
            array(select distinct citation ->> 'document' from jsonb_array_elements(citations) as citation) as documents
        from evaluation.rag_questions join evaluation.rag_runs using (fingerprint)
        where kind = 'golden' and knowledge_version = %s and correct and not unanswerable and citations <> '[]'
        order by citations -> 0 ->> 'document', length(question)
    ) as of_document order by length(question), question limit %s
"""


@dataclass(frozen=True)
class Check:
    """A question with the documents of which the answer has to cite one; none: any will do."""

    question: str
    documents: frozenset[str] = frozenset()


def golden_checks(settings: Settings, knowledge: int, serving: Answerer) -> tuple[Check, ...]:
    """Golden questions that were answered correctly for this version of the knowledge base, of different documents.

    Without an evaluation of it: questions made of headings which what is `serving` answers. May be empty.
    """
    from aieco_assets.core.evaluation.examples import heading_questions

    with connect(settings.warehouse) as connection:
        rows = connection.execute(_GOLDEN, (knowledge, ASKED)).fetchall()
    if rows:
        return tuple(Check(question, frozenset(documents)) for question, documents in rows)
    return tuple(Check(question) for question in heading_questions(cast("KnowledgeIndex", serving.index), serving))


def failure(candidate: Answerer, checks: Sequence[Check]) -> str:
    """Why the candidate may not answer, a clause; empty when it may. It has to pass more than half of the checks, for
    a better version may be silent where the present one is not, and its model has to say something at all.

    Raises whatever the candidate raises.
    """
    if not candidate.llm.generate(_PROBE, max_tokens=16).text:
        return "its language model says nothing"
    failed = [said for check in checks if (said := _failed(candidate, check))]
    return failed[0] if 2 * len(failed) >= max(1, len(checks)) else ""


def _failed(candidate: Answerer, check: Check) -> str:
    answer = candidate.answer(check.question)
    if answer.abstained:
        return f"it does not answer the golden question {check.question!r}"
    cited = {citation.document for citation in answer.citations}
    if check.documents and not cited & check.documents:
        return f"it answers the golden question {check.question!r} from {', '.join(sorted(cited))}"
    return ""
