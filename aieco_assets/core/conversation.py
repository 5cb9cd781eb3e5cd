"""Conversations about documents and numbers at once: each question follows the one before it of its own kind."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.follow_up import completed_metric, names_metric
from aieco_assets.core.metrics.question import parse
from aieco_assets.core.rag.understanding.follow_up import TURNS, complete, corrected
from aieco_assets.core.rag.understanding.question import checked_question
from aieco_assets.core.rag.understanding.small_talk import small_talk


@dataclass(frozen=True)
class Conversation:
    """`whole`: the question with what it leaves out. `of_documents`: the questions before it that asked for no number
    of the warehouse, oldest first: what a question for the documents follows."""

    whole: str
    of_documents: tuple[str, ...]


def conversation(question: str, history: Sequence[str]) -> Conversation:
    """The question as the questions before it (oldest first) make it; thanks and greetings are passed over.

    Raises AiecoError for a question that is none; earlier ones that could not have been asked are passed over.
    """
    last, last_number, documents = "", "", []
    for asked in [one for one in history if one.strip() and not small_talk(one)][-TURNS:]:
        with suppress(AiecoError):
            plain = checked_question(asked)
            if number := _number(plain, last, last_number):
                last = last_number = number
            else:
                last = complete(plain, documents or [last]).text
                documents.append(plain)
    plain = checked_question(question)
    whole = _number(plain, last, last_number) or complete(plain, documents).text
    return Conversation(whole, tuple(documents))


def _number(question: str, last: str, last_number: str) -> str | None:
    """The question for a number that this one is after the last one, None when it is none.

    `last_number`: the last one for a number; what names a metric follows it whatever came in between.
    """
    meant, corrects = corrected(question)
    if last != last_number and not parse(question) and names_metric(meant):
        last = last_number
    if last and parse(last):
        whole = completed_metric(meant, last) or complete(question, [last]).text
        if whole != question and parse(whole):
            return whole
    return meant if parse(meant) and corrects else question if parse(question) else None
