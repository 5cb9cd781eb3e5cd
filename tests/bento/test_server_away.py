"""The service before a model server that hangs, or is down when the service starts: the quotes go on answering."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from aieco_assets.core.contracts import LLM
from aieco_assets.core.llm.circuit_breaker import FAILURES
from aieco_assets.core.registry.models import register_llm
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres_host import free_port
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests import stand_in_server
from tests.bento.conftest import client_of
from tests.stand_in_server import stand_in
from tests.waiting import until

QUESTION = "How many days do I have to return an item?"


@contextmanager
def champion(settings: Settings, registered: bool = False) -> Iterator[TestClient]:
    """A service of its own whose settings and registry name the server; afterwards the packaged model is champion."""
    if not registered:
        register_llm(settings)
    try:
        with client_of(Guard(create_app(Backend(settings)))) as client:
            until(lambda: client.get("/readyz").status_code == 200, 60, "the start")
            yield client
    finally:
        register_llm(settings.model_copy(update={"llm": "packaged"}))


def ask(client: TestClient) -> dict:
    response = client.post("/answer", json={"question": QUESTION})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_server_that_hangs_is_left_alone_and_metrics_say_so_until_it_answers_again(
    served: Settings,
) -> None:
    quick = {"llm_read_seconds": 0.2, "llm_cooldown_seconds": 1}
    with stand_in(quotes=True) as server, champion(served.model_copy(update={"llm": server.url, **quick})) as client:
        ask(client)
        server.always = stand_in_server.HANG
        asked = len(server.bodies)
        answers = [ask(client) for _ in range(FAILURES)]
        until(lambda: left_alone(client), 10, "the pause")
        answers.append(ask(client))
        assert all("45 days" in one["answer"] and one["verified"] for one in answers)
        assert asked + FAILURES <= len(server.bodies) <= asked + FAILURES + 1  # the last may have been the trial
        server.always = ""
        until(lambda: ask(client)["usage"]["completion_tokens"] > 0, 30, "an answer of the model")
        assert not left_alone(client)


def left_alone(client: TestClient) -> bool:
    return "aieco_llm_left_alone 1.0" in client.get("/metrics").text


def test_a_service_whose_server_is_down_at_the_start_answers_with_quotes_and_takes_the_server_up_when_it_comes(
    served: Settings,
) -> None:
    port = free_port()
    later = served.model_copy(update={"llm": f"http://127.0.0.1:{port}/v1", "llm_cooldown_seconds": 0.2})
    with stand_in(port, quotes=True):
        register_llm(later)
    with champion(later, registered=True) as client:
        quoted = ask(client)
        assert quoted["verified"] and "45 days" in quoted["answer"]
        version = client.get("/version").json()
        assert "waits for its server" in version["waiting"][LLM] and version["refused"] == []
        with stand_in(port, quotes=True):
            until(lambda: ask(client)["models"]["llm"].startswith("stand-in@"), 60, "an answer of the model")
            until(lambda: not client.get("/version").json()["waiting"], 60, "the champion in service")
            assert ask(client)["usage"]["completion_tokens"] > 0
