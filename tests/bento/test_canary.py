"""A challenger on live questions: a real registry, the packaged model as champion, a model server as challenger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from aieco_assets.core.contracts import CHAMPION, LLM
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.challenger import challenge
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.settings import Settings
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.conftest import client_of, stored
from tests.stand_in_server import stand_in
from tests.waiting import until

QUESTION = "How many days do I have to return an item?"
LOGGED = "select arm, versions from service.inference_log where trace_id = %s"


@pytest.fixture(autouse=True)
def nothing_is_tried_in_the_end(served: Settings) -> Iterator[None]:
    yield
    champion = version_by_alias(served, LLM, CHAMPION)
    assert champion is not None
    challenge(served, LLM, champion.version)


def service(settings: Settings, **shares: float) -> TestClient:
    return client_of(Guard(create_app(Backend(settings.model_copy(update=shares)))))


def shown(client: TestClient) -> dict:
    return client.get("/version").json()


def tried_now(client: TestClient) -> dict[str, str]:
    return (shown(client)["candidate"] or {"versions": {}})["versions"]


def ask(client: TestClient) -> dict:
    response = client.post("/answer", json={"question": QUESTION})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_challenger_answers_its_share_and_is_stopped_when_it_fails_while_nobody_is_left_without_an_answer(
    served: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with service(served, canary_share=1.0) as client:
        with stand_in() as server:
            named = challenge(served.model_copy(update={"llm": server.url}), LLM, None)
            until(lambda: tried_now(client) == {LLM: str(named.version)}, 30, "the trial")
            tried = ask(client)
            assert f'aieco_candidate_version{{model="llm"}} {float(named.version)}' in client.get("/metrics").text
        answers = [ask(client) for _ in range(3)]
        after = shown(client)
        until(lambda: bool(stored(served, "select 1 from service.trials")), 20, "the verdict in Postgres")
        metrics = client.get("/metrics").text
    with service(served, canary_share=1.0) as restarted:
        ask(restarted)
        again = shown(restarted)

    assert tried["models"]["llm"].startswith("stand-in@") and "45 days" in tried["answer"]
    assert [one["models"]["llm"].split("@")[0] for one in answers] == ["SmolLM2-135M-Instruct"] * 3
    ((arm, versions),) = stored(served, LOGGED, tried["trace_id"])
    assert (arm, versions[LLM]) == ("canary", named.version)
    ((arm, versions),) = stored(served, LOGGED, answers[-1]["trace_id"])
    assert (arm, versions[LLM]) == ("champion", named.before)
    assert after["candidate"] is None
    assert (after["stopped"]["versions"], after["stopped"]["reason"]) == (
        {LLM: str(named.version)},
        "it failed 3 times running",
    )
    assert "aieco_candidate_stopped 1.0" in metrics and "llm version" in caplog.text
    assert (again["candidate"], again["stopped"]["reason"]) == (None, "it failed 3 times running")


def test_a_challenger_that_fails_its_golden_question_is_never_asked_by_anybody(served: Settings) -> None:
    with service(served, canary_share=1.0) as client:
        with stand_in() as server:
            named = challenge(served.model_copy(update={"llm": f"{server.url}#stand-in"}), LLM, None)
        until(lambda: (shown(client)["stopped"] or {}).get("versions") == {LLM: str(named.version)}, 30, "its refusal")
        assert "can't be reached" in shown(client)["stopped"]["reason"]
        assert ask(client)["models"]["llm"].startswith("SmolLM2")


def test_a_shadow_answers_what_was_asked_without_being_seen_and_both_are_kept(served: Settings) -> None:
    with service(served, shadow_share=1.0) as client, stand_in() as server:
        named = challenge(served.model_copy(update={"llm": f"{server.url}#stand-in"}), LLM, None)
        until(lambda: tried_now(client) == {LLM: str(named.version)}, 30, "the trial")
        answer = ask(client)
        shadows = stored(
            served,
            "select arm, versions, models ->> 'llm', question, abstained, agrees is not null, key_id"
            " from service.inference_log where shadow_of = %s",
            answer["trace_id"],
        )
        counted = client.get("/metrics").text

    assert answer["models"]["llm"].startswith("SmolLM2")
    ((arm, versions, model, question, abstained, compared, key),) = shadows
    assert (arm, versions[LLM], model.split("@")[0]) == ("shadow", named.version, "stand-in")
    assert (question, abstained, compared, key) == (QUESTION, False, True, "local")
    assert 'aieco_arm_answers_total{arm="shadow"' in counted and "aieco_shadow_answers_total{result=" in counted


def test_what_cannot_be_a_challenger_is_refused_in_a_sentence(served: Settings, settings: Settings) -> None:
    with pytest.raises(AiecoError, match="only llm and rag"):
        challenge(served, "clv", 1)
    with pytest.raises(AiecoError, match="has no champion to challenge"):
        challenge(settings, "rag", 1)
    with pytest.raises(AiecoError, match="Model llm has no version 99"):
        challenge(served, LLM, 99)
