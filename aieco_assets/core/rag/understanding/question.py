"""What may be asked, and the whole of what is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.understanding.follow_up import TURNS, Complete, complete

MAX_QUESTION = 500


def checked_question(question: str) -> str:
    """The question, white space in order. Raises AiecoError when it is empty, too long or holds control characters."""
    asked = " ".join(unicodedata.normalize("NFC", question).split())
    if not any(character.isalnum() for character in asked):
        raise AiecoError("The question has no words: ask something.")
    if len(asked) > MAX_QUESTION:
        raise AiecoError(f"The question has {len(asked)} characters: ask in at most {MAX_QUESTION}.")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in asked):
        raise AiecoError("The question holds control characters: take them out.")
    return asked


def complete_question(question: str, history: Sequence[str]) -> Complete:
    """The checked question, with what it leaves out taken from the checked ones before it."""
    text, before = checked_question(question), []
    for earlier in history[-TURNS:]:
        with suppress(AiecoError):  # nothing that could have been asked, so nothing to take from
            before.append(checked_question(earlier))
    whole = complete(text, before)
    return whole if len(whole.text) <= MAX_QUESTION else Complete(text)
