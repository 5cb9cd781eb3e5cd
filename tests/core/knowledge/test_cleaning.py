from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.core.knowledge.cleaning import clean, vocabulary


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("zero\u200bwidth \ufeffmark", "zerowidth mark"),
        ("tag\U000e0041\U000e0042ged", "tagged"),
        ("\u202eturned\u202c", "turned"),
        ("of\ufb01ce", "office"),
        ("Cafe\u0301", "Café"),
        ("a\u00a0b\u3000c \t d", "a b c d"),
        ("bell\x07 nul\x00", "bell nul"),
        ("\uf0b7 item", "• item"),
        ("  left and right  \n\n\n\nnext", "left and right\n\nnext"),
        ("x\u00b2 and \u2460", "x² and ①"),  # only ligatures are folded, nothing that carries meaning
    ],
)
def test_text_is_cleaned_and_meaning_kept(raw: str, text: str):
    assert clean(raw) == text


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("call 1\ufffe800", "1-800"),
        ("infor\ufffe\nmation", "information"),
        ("infor\u00ad\nmation", "information"),
        ("our long\ufffeterm plan", "long-term"),
        ("a well\ufffe\nknown shop", "well-known"),
    ],
)
def test_words_cut_at_line_ends_are_mended_as_the_document_writes_them(cut: str, whole: str):
    words = vocabulary(["information on the long-term plans of a shop known to treat everybody well", cut])
    assert whole in clean(cut, words)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str):
    once = clean(text)
    assert clean(once) == once
