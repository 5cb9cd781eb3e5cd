"""Questions that nobody could answer are counted, with the kind of the error alone; what a client did wrong is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn

from aieco_assets.core.settings import Settings
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.conftest import client_of, stored
from tests.waiting import until

COUNT = "select count(*) from service.failures"


class Failing(Backend):
    """Its champion has a bug."""

    def _followed(self) -> Any:
        def fail(*_: object) -> NoReturn:
            raise RuntimeError("a bug with 12347 in it")

        release = SimpleNamespace(answerer=SimpleNamespace(answer=fail), numbers={})
        candidates = SimpleNamespace(drawn=lambda _: None, present=None)
        return SimpleNamespace(current=lambda: release, candidates=candidates, access=None)


def test_an_answer_that_failed_is_counted_and_a_question_that_was_refused_is_not(served: Settings) -> None:
    ((before,),) = stored(served, COUNT)
    failing = Failing(served)
    with client_of(Guard(create_app(failing))) as client:
        until(lambda: failing.journal is not None, 60, "the opening")
        assert client.post("/answer", json={"question": "?" * 30_000}).status_code in (400, 422)
        assert client.post("/answer", json={"question": "How many days do I have?"}).status_code == 500
        until(lambda: stored(served, COUNT) == [(before + 1,)], 20, "the failure in Postgres")
    assert stored(served, "select error from service.failures order by failed_at desc limit 1") == [("RuntimeError",)]
