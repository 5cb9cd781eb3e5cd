"""Misspelt words become words of the documents; words and names that people know stay."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.rag.understanding.spelling import Spelling
from tests.core.rag.scripted import PagesInMemory, ScriptedLlm, WordEmbedder, page

WORDS = {
    "safety": 5,
    "shoes": 4,
    "compulsory": 1,
    "which": 9,
    "late": 3,
    "shift": 3,
    "geöffnet": 2,
    "packing": 2,
    "interactions": 2,
}
KNOWN = {"parking", "brazil", "what", "class", "when"}  # what the embedder reads in one piece


def corrected(question: str) -> str:
    pieces = [m.span() for m in re.finditer(r"\w+", question) if m.group().lower() in KNOWN or m.group() in WORDS]
    pieces += [m.span() for m in re.finditer("iteration", question)]
    return Spelling(WORDS).corrected(question, pieces)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("wich saftey shoes are compulsary", "which safety shoes are compulsory"),
        ("When is the lateshift?", "When is the late shift?"),
        ("Wann ist geoeffnet?", "Wann ist geöffnet?"),
        ("Is parking free?", "Is parking free?"),
        ("May I work from Brazil?", "May I work from Brazil?"),
        ("Ask Mr Shoen about shoes", "Ask Mr Shoen about shoes"),
        ("Part X12345 of 2024", "Part X12345 of 2024"),
        ("xyzzyx", "xyzzyx"),
        ("How many iterations?", "How many iterations?"),
        ("How many interactoins?", "How many interactions?"),
    ],
)
def test_only_what_nobody_writes_is_put_right(question: str, meant: str) -> None:
    assert corrected(question) == meant


class PieceEmbedder(WordEmbedder):
    """Reads words that it does not know in two pieces, as embedders do."""

    def tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        found = []
        for text, read in zip(texts, super().tokens(texts), strict=True):
            halves = [((start, end - 1), (end - 1, end)) for start, end in read.spans]
            known = [text[start:end].lower() in KNOWN for start, end in read.spans]
            pieces = [
                piece
                for whole, both, is_known in zip(read.spans, halves, known, strict=True)
                for piece in ((whole,) if is_known else both)
            ]
            found.append(TokenVectors(read.whole, np.repeat(read.vectors, 2, axis=0)[: len(pieces)], tuple(pieces)))
        return found


def test_a_misspelt_question_finds_its_page_and_is_answered() -> None:
    index = PagesInMemory(
        page("The canteen opens at 9:00.", document="canteen.md"),
        page("The late shift begins at 13:45 in the warehouse.", document="warehouse.md"),
    )
    found = Answerer(index, PieceEmbedder(), ScriptedLlm(""))

    assert found.search("the wharehouse")[0].chunk.document == "warehouse.md"
    assert "13:45" in found.answer("When does the lateshift beginn?").answer
