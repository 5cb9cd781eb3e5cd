"""Texts of the last evaluation: a model is asked again only for what it was not given then."""

from __future__ import annotations

import threading

import pytest

from aieco_assets.core.evaluation.remembered_texts import RememberingLlm
from aieco_assets.core.llm.interface import Piece
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.rag.scripted import ScriptedLlm


def asked(llm: RememberingLlm, text: str, **named: int) -> list[Piece]:
    return list(llm.stream([{"role": "user", "content": text}], **named))


def test_the_next_evaluation_gets_the_same_pieces_and_the_time_that_they_took(settings: Settings) -> None:
    model = ScriptedLlm("Thirty days, with the receipt.")
    first = RememberingLlm(model, settings, "code")
    told = asked(first, "How long?")
    first.keep()
    assert len(model.asked) == 1 and first.saved_ms == 0

    second = RememberingLlm(model, settings, "code")
    assert asked(second, "How long?") == told and second.saved_ms > 0
    assert second.generate([{"role": "user", "content": "How long?"}]).text == "Thirty days, with the receipt."
    assert len(model.asked) == 1


@pytest.mark.parametrize("change", ["question", "tokens", "code", "model", "template"])
def test_whatever_a_text_depends_on_has_the_model_asked_again(settings: Settings, change: str) -> None:
    first = RememberingLlm(ScriptedLlm("Thirty days."), settings, "code")
    asked(first, "How long?")
    first.keep()

    model = ScriptedLlm("Sixty days.")
    if change == "model":
        model.version = "other"
    named = settings.model_copy(update={"llm_template": "gemma"} if change == "template" else {})
    other = RememberingLlm(model, named, "newer code" if change == "code" else "code")
    more = {"max_tokens": 9} if change == "tokens" else {}
    asked(other, "How much?" if change == "question" else "How long?", **more)
    assert len(model.asked) == 1


def test_a_text_that_was_given_up_is_not_remembered_and_what_is_not_asked_any_more_goes(settings: Settings) -> None:
    llm = RememberingLlm(ScriptedLlm("Thirty days, with the receipt."), settings, "code")
    asked(llm, "How long?")
    pieces = llm.stream([{"role": "user", "content": "Who?"}], cancelled=threading.Event())
    next(iter(pieces))
    pieces.close()  # type: ignore[attr-defined]
    llm.keep()
    later = RememberingLlm(ScriptedLlm("Ann."), settings, "code")
    asked(later, "Whose?")
    later.keep()
    with connect(settings.warehouse) as connection:
        assert connection.execute("select count(*) from evaluation.texts").fetchone() == (1,)
