"""A shadow gives way: as soon as somebody asks, it stops between two tokens."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from aieco_assets.core.contracts import LLM, Query
from aieco_assets.core.serving.challenger import Candidate
from aieco_assets.core.serving.release import Release
from aieco_assets.core.serving.shadow import Shadow, Shadowed
from bento import limits
from bento.cancellation import Heeding
from tests.core.rag.scripted import ScriptedLlm, answerer, page
from tests.waiting import until

QUESTION = "How many days do I have to return an item?"
RETURNS = page("You have 45 days to return an unused item.", document="returns.md")


class Endless(ScriptedLlm):
    """Goes on saying what the document says; `writing` while it does."""

    writing = threading.Event()

    def stream(self, *arguments, **named):
        try:
            while True:
                self.writing.set()
                yield from ScriptedLlm("You have 45 days").stream([])
        finally:
            self.writing.clear()


def test_a_shadow_stops_when_somebody_asks_and_is_given_up_after_three_attempts() -> None:
    champion = answerer("You have 45 days.", RETURNS)
    tried = champion.having(Heeding(Endless("")), champion.policy, champion.prompt)
    candidate = Candidate(Release({}, tried), {LLM: 2}, 1, {})
    following = SimpleNamespace(
        candidates=SimpleNamespace(present=candidate), current=lambda: Release({}, champion), access=None
    )  # a double: the follower needs a registry, which says nothing here
    quiet, counted, kept = threading.Event(), [], []
    shadow = Shadow(lambda: following, quiet.is_set, limits.while_quiet, lambda *one: kept.append(one), counted.append)  # type: ignore[arg-type]
    shadow.offer(Shadowed(Query(QUESTION), "local", champion.answer(QUESTION)), share=1.0)

    for _ in range(3):
        assert not Endless.writing.is_set()
        quiet.set()
        until(Endless.writing.is_set, 10, "the shadow at work")
        quiet.clear()  # somebody asks
        until(lambda: not Endless.writing.is_set(), 10, "the shadow giving way")
    until(lambda: counted == ["dropped"], 10, "the question given up")
    assert kept == []

    candidate_that_ends = champion.having(Heeding(ScriptedLlm("You have 45 days.")), champion.policy, champion.prompt)
    following.candidates.present = Candidate(Release({}, candidate_that_ends), {LLM: 3}, 2, {})
    shadow.offer(Shadowed(Query(QUESTION), "local", champion.answer(QUESTION)), share=1.0)
    quiet.set()
    until(lambda: counted == ["dropped", "agrees"], 10, "the shadow of a quiet moment")
    assert [(one.query.question, answer.arm) for one, answer in kept] == [(QUESTION, "shadow")]
    shadow.offer(Shadowed(Query(QUESTION), "local", champion.answer(QUESTION)), share=0.0)
    shadow.close()
    assert counted == ["dropped", "agrees"]
