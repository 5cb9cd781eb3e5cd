"""Answers by language, kind of question and kind of document: those of a new `rag` against the champion's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from aieco_assets.core.contracts import CHAMPION, RAG
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.fairness.measures import ANSWERS, RIGHT, SILENT, WRONG
from aieco_assets.core.fairness.record import keep_slices
from aieco_assets.core.fairness.slices import Slice, compare, sentence, worst
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.text.language import language_of

Outcomes = Mapping[str, float]  # question -> WRONG, RIGHT or SILENT


def weigh_answers(settings: Settings, version: int, questions: Sequence[Question], rows: Sequence[Any]) -> str:
    """Why a version of `rag` may not go into production for one slice of the questions; empty where it may.

    `rows`: those of the evaluation's summary. What was found is kept on the version's run. Only questions that the
    champion was asked, too, are compared, and none whose documents were taken away meanwhile.
    """
    ours = {row["question"]: outcome(row["abstained"], row["correct"]) for row in rows}
    present = version_by_alias(settings, RAG, CHAMPION)
    if present is None or present.version == version:
        slices, champion = compare_answers(questions, ours, None), None
    else:
        known = _there(settings, questions)
        theirs = _evaluated(settings, present.tags.get("evaluation", ""))
        slices, champion = compare_answers(known, ours, theirs), present.version
    keep_slices(settings, RAG, version, slices)
    refused = worst(slices)
    return sentence(refused, champion) if refused else ""


def compare_answers(questions: Sequence[Question], ours: Outcomes, champion: Outcomes | None) -> list[Slice]:
    """Share answered rightly, and silence where there is an answer and where there is none, by slice."""
    asked = {one.question: one for one in questions if one.question in ours}
    if champion is not None:
        asked = {text: one for text, one in asked.items() if text in champion}
    if not asked:
        return []
    columns = {
        "language": [language_of(text) or None for text in asked],
        "kind": [one.kind or None for one in asked.values()],
        "document": [_document_kind(one) for one in asked.values()],
    }
    truth = np.array([float(one.unanswerable) for one in asked.values()])
    said = [np.array([found[text] for text in asked]) for found in (ours, champion) if found is not None]
    return compare(ANSWERS, columns, truth, *said)


def outcome(abstained: bool, correct: bool) -> float:
    return SILENT if abstained else RIGHT if correct else WRONG


def _document_kind(question: Question) -> str | None:
    """The format of the documents that hold the answer, such as pdf."""
    kinds = sorted({PurePosixPath(document).suffix.lstrip(".").lower() for document, _ in question.citations})
    return "+".join(kind for kind in kinds if kind) or None


def _there(settings: Settings, questions: Sequence[Question]) -> list[Question]:
    with connect(settings.warehouse) as connection:
        rows = connection.execute("select path from lake.documents where removed_at is null").fetchall()
    names = {path.rsplit("/", 1)[-1] for (path,) in rows}
    return [one for one in questions if all(document.rsplit("/", 1)[-1] in names for document, _ in one.citations)]


def _evaluated(settings: Settings, fingerprint: str) -> Outcomes:
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select question, abstained, correct from evaluation.rag_questions where fingerprint = %s", (fingerprint,)
        ).fetchall()
    return {question: outcome(abstained, correct) for question, abstained, correct in rows}
