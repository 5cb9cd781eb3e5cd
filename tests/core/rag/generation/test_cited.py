"""What a model wrote, read as sentences with the passages that they cite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.core.rag.generation.cited import cited_sentences


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("It opens at nine. [1] It closes at six. [2]", [("It opens at nine.", (1,)), ("It closes at six.", (2,))]),
        (
            "It opens at nine [1]. It closes at six [2][3].",
            [("It opens at nine.", (1,)), ("It closes at six.", (2, 3))],
        ),
        ("It opens at nine and closes at six [1, 3].", [("It opens at nine and closes at six.", (1, 3))]),
        ("It opens at nine [1] and closes at six [2].", [("It opens at nine and closes at six.", (1, 2))]),
        (
            "Shops open at nine. They close at six [1-3].",
            [("Shops open at nine.", ()), ("They close at six.", (1, 2, 3))],
        ),
        ("**Open** from <b>nine</b>. [passage 2]", [("Open from nine.", (2,))]),
        ("[1]", []),
        ("", []),
    ],
)
def test_a_mark_belongs_to_the_sentence_before_it(text: str, read: list[tuple[str, tuple[int, ...]]]):
    assert [(one.text, one.cites) for one in cited_sentences(text)] == read


def test_items_of_a_list_are_sentences_without_their_numbers():
    read = cited_sentences("You need:\n1. a passport [1]\n2. a form [2]\n- a pen. [3]")
    assert [(one.text, one.cites, one.listed) for one in read] == [
        ("You need:", (), False),
        ("a passport", (1,), True),
        ("a form", (2,), True),
        ("a pen.", (3,), True),
    ]


def test_an_endless_text_is_read_up_to_a_limit():
    assert sum(len(one.text) for one in cited_sentences("It is nine o'clock now. " * 10_000)) <= 8_000


@given(st.text(max_size=300))
def test_whatever_is_written_is_read_without_an_error(text: str):
    assert all(one.text for one in cited_sentences(text))
