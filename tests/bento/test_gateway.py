"""The service before a model server with many slots: a stand-in over real HTTP as the registry's champion."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from aieco_assets.core.contracts import CHAMPION, LLM
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.models import load_json, register_llm
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.serving.keys import make_key, read_keys
from aieco_assets.core.settings import Settings
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests import stand_in_server
from tests.bento.conftest import client_of, stored
from tests.stand_in_server import StandIn, stand_in
from tests.waiting import until

QUESTION = "How many days do I have to return an item?"
SLOTS = 16


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with stand_in(quotes=True, slots=SLOTS) as one:
        yield one


@pytest.fixture(scope="module")
def named(served: Settings, server: StandIn) -> Settings:
    return served.model_copy(update={"llm": server.url, "llm_concurrency": SLOTS, "llm_read_seconds": 5})


@pytest.fixture(scope="module")
def before_server(served: Settings, named: Settings) -> Iterator[TestClient]:
    register_llm(named)
    with client_of(Guard(create_app(Backend(named)))) as client:
        yield client
    register_llm(served)


@pytest.fixture(autouse=True)
def well_behaved(server: StandIn) -> Iterator[None]:
    yield
    server.always, server.together = "", 0


def ask(client: TestClient, question: str = QUESTION) -> dict:
    response = client.post("/answer", json={"question": question})
    assert response.status_code == 200, response.text
    return response.json()


def served_llm(client: TestClient) -> str:
    return client.get("/version").json()["served"][LLM]["version"]


def failures(client: TestClient) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith("aieco_llm_failures_total"))


def test_as_many_questions_are_asked_at_once_as_the_server_has_slots(
    before_server: TestClient, named: Settings, server: StandIn
) -> None:
    server.together = SLOTS  # none is answered before all are there, however long a busy machine takes to get there
    patient = named.model_copy(update={"llm_read_seconds": 120})
    with client_of(Guard(create_app(Backend(patient)))) as client, ThreadPoolExecutor(2 * SLOTS) as clients:
        said = list(clients.map(lambda _: ask(client), range(2 * SLOTS)))
    assert {one["models"]["llm"].split("@")[0] for one in said} == {"stand-in"}
    assert all("45 days" in one["answer"] and one["verified"] for one in said)
    assert (server.most_at_once, server.refused) == (SLOTS, 0)


@pytest.mark.parametrize(
    "mishap", [stand_in_server.HANG, stand_in_server.HALF, stand_in_server.BUSY, stand_in_server.OTHER]
)
def test_when_the_server_behaves_badly_the_quotes_go_on_answering(
    before_server: TestClient, server: StandIn, mishap: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = failures(before_server)
    server.always = mishap
    answer = ask(before_server)
    assert answer["verified"] and not answer["abstained"] and "45 days" in answer["answer"]
    assert answer["answer"] == answer["citations"][0]["quote"]
    assert failures(before_server) == before + 1
    assert f"the quotes answer alone: {server.url}" in caplog.text


@pytest.mark.parametrize("mishap", [stand_in_server.HANG, stand_in_server.HALF, stand_in_server.NO_JSON])
def test_a_server_that_behaves_badly_is_not_registered_and_the_champion_stays(
    before_server: TestClient, named: Settings, mishap: str
) -> None:
    champion, known = version_by_alias(named, LLM, CHAMPION), len(versions(named, LLM))
    with stand_in(always=mishap) as bad, pytest.raises(AiecoError) as caught:
        register_llm(named.model_copy(update={"llm": bad.url, "llm_read_seconds": 0.2}))
    assert str(caught.value).startswith(bad.url) and str(caught.value).endswith(".")
    assert (version_by_alias(named, LLM, CHAMPION), len(versions(named, LLM))) == (champion, known)
    assert ask(before_server)["models"]["llm"].startswith("stand-in@")


def test_the_registered_model_config_is_served_and_not_that_of_the_services_settings(
    before_server: TestClient, named: Settings, server: StandIn
) -> None:
    before = version_by_alias(named, LLM, CHAMPION)
    warm = named.model_copy(update={"llm_temperature": 0.7, "llm_top_p": 0.9})
    with client_of(Guard(create_app(Backend(warm)))) as other:
        assert ask(other)["models"]["llm"].startswith("stand-in@")
        assert (server.bodies[-1]["temperature"], "top_p" in server.bodies[-1]) == (0, False)
    try:
        made = register_llm(warm)
        until(lambda: served_llm(before_server) == str(made.version), 30, "the new champion")
        ask(before_server)
        assert (server.bodies[-1]["temperature"], server.bodies[-1]["top_p"]) == (0.7, 0.9)
    finally:
        again = register_llm(named)
    assert before and made.created and (again.version, again.created) == (before.version, False)
    until(lambda: served_llm(before_server) == str(again.version), 30, "the champion of before")
    kept = next(one for one in versions(named, LLM) if one.version == made.version)
    assert load_json(named, kept)["model_config"] == {"temperature": 0.7, "top_p": 0.9, "n_ctx": 0}


def test_another_model_at_the_same_address_is_another_version(
    before_server: TestClient, named: Settings, server: StandIn
) -> None:
    before = version_by_alias(named, LLM, CHAMPION)
    try:
        server.model = "successor"
        made = register_llm(named)
        now = version_by_alias(named, LLM, CHAMPION)
    finally:
        server.model = stand_in_server.NAME
        again = register_llm(named)
    assert before and now and made.created and now.version == made.version != before.version
    assert now.uri == f"{server.url}#successor"
    assert (again.version, again.created) == (before.version, False)


def test_tokens_and_cost_are_kept_by_answer_and_key_and_a_key_that_has_used_its_day_waits(
    before_server: TestClient, named: Settings
) -> None:
    priced = {"llm_price_in": 2.0, "llm_price_out": 10.0, "tokens_per_day": 20}
    # The home is that of all tests of this process, and what a key of another test used is remembered of its name.
    name = f"ann-{uuid4().hex[:8]}"
    made = [make_key(one, ["ask"]) for one in (name, f"ben{name}", f"cas{name}")]
    keys = read_keys(",".join(entry for _, entry in made))
    ann, ben, cas = ({"Authorization": f"Bearer {key}"} for key, _ in made)
    with client_of(Guard(create_app(Backend(named.model_copy(update=priced))), keys)) as client:
        answer = client.post("/answer", json={"question": QUESTION}, headers=ann).json()
        refused = client.post("/answer", json={"question": QUESTION}, headers=ann)
        other = client.post("/answer", json={"question": QUESTION}, headers=ben)
        text = client.get("/metrics", headers=ann).text
    with client_of(Guard(create_app(Backend(named.model_copy(update=priced))), keys)) as client:  # a restart
        until(lambda: client.get("/readyz").status_code == 200, 60, "the start")
        still, fresh = (client.post("/answer", json={"question": QUESTION}, headers=key) for key in (ann, cas))
    assert (still.status_code, fresh.status_code) == (429, 200)
    usage = answer["usage"]
    cost = (2 * usage["prompt_tokens"] + 10 * usage["completion_tokens"]) / 1_000_000
    assert usage["prompt_tokens"] > 20 and usage["completion_tokens"] and usage["cost"] == pytest.approx(cost)
    assert (refused.status_code, refused.json()["error"]) == (429, "This key has used its tokens of the day: wait.")
    assert int(refused.headers["retry-after"]) > 60
    assert other.status_code == 200, (other.text, other.headers)
    ((key, read, kept),) = stored(
        named, "select key_id, prompt_tokens, cost from service.inference_log where trace_id = %s", answer["trace_id"]
    )
    assert (key, read, kept) == (name, usage["prompt_tokens"], pytest.approx(cost))
    assert f'aieco_llm_tokens_total{{key="{name}",kind="prompt"}} {float(read)}' in text
    assert f'aieco_llm_cost_total{{key="{name}"}}' in text and 'aieco_rejected_total{reason="budget"} 1.0' in text
