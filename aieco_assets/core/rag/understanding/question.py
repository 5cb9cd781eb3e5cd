"""What may be asked, and the whole of what is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.rag.understanding.follow_up import TURNS, Complete, complete
from aieco_assets.core.rag.understanding.message import MAX_MESSAGE, MAX_QUESTION, question_in

__all__ = ["MAX_MESSAGE", "MAX_QUESTION", "checked_question", "complete_question"]


def checked_question(question: str) -> str:
    """What is asked, white space in order. Raises AiecoError when that is nothing, too long or holds control
    characters."""
    asked = " ".join(unicodedata.normalize("NFC", question_in(question)).split())
    if not any(character.isalnum() for character in asked):
        raise AiecoError("The question has no words: ask something.")
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
