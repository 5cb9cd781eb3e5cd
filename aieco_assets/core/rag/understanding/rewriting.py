"""A question as a language model would search for it: in the documents' likely words, one thing at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.understanding.question import MAX_QUESTION, checked_question

if TYPE_CHECKING:
    from aieco_assets.core.llm.interface import Generation, Llm

_MOST = 3  # queries
_TOKENS = 100
_READ = 4_000  # characters of what it says: a server may send more than it is asked for
_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)]|[\"'“])\s*")
_SYSTEM = (
    "You write search queries for a company's documents. Given a question, write up to three short queries that would "
    "find the passages that answer it, one a line and nothing else: use the words that such documents use, and where "
    "the question asks several things, one query for each. Do not answer the question."
)


def search_queries(llm: Llm, question: str) -> tuple[list[str], Generation]:
    """At most three queries that are not the question itself, and what the model wrote. Raises AiecoError when the
    model can't be reached."""
    said = llm.generate([{"role": "system", "content": _SYSTEM}, {"role": "user", "content": question}], _TOKENS)
    return list(_queries(question, said.text[:_READ].splitlines()))[:_MOST], said


def _queries(question: str, lines: Iterable[str]) -> Iterable[str]:
    seen = {question.casefold()}
    for line in lines:
        with suppress(AiecoError):  # nothing that could be searched for
            query = checked_question(_MARK.sub("", line).strip(" \"'“”"))
            if len(query) <= MAX_QUESTION and query.casefold() not in seen:
                seen.add(query.casefold())
                yield query
