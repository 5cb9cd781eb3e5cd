"""The service follows the registry: real registry, real models, real questions meanwhile."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from aieco_assets.core.contracts import CHAMPION, LLM, RAG
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT
from aieco_assets.core.rag.evidence.thresholds import Policy, calibrated_policy
from aieco_assets.core.registry.aliases import set_alias
from aieco_assets.core.registry.models import MODEL_FILE, register_llm
from aieco_assets.core.registry.versions import register_data_model, to_json, version_by_alias
from aieco_assets.core.settings import Settings
from bento.backend import Backend
from tests.bento.conftest import in_step
from tests.waiting import until

QUESTIONS = ("How many days do I have to return an item?", "How many days of annual leave do employees get?")


@pytest.fixture
def other_llm(served: Settings) -> Settings:
    """Settings that name the other quantisation of the packaged model, which the service itself has made."""
    (copy,) = (served.home / "cache" / "llm").glob("*.Q4_0.gguf")
    return served.model_copy(update={"llm": str(copy)})


@pytest.fixture(autouse=True)
def champions_as_before(served: Settings, client: TestClient) -> Iterator[None]:
    """Other tests share this service: the first versions are champions again in the end."""
    yield
    register_llm(served)
    if version_by_alias(served, RAG, CHAMPION):
        set_alias(served, RAG, CHAMPION, policy_version(served, calibrated_policy()), "test", "as before")
    until(lambda: in_step(client), 30, "the champions of before")


def policy_version(settings: Settings, policy: Policy) -> int:
    content = {"policy": policy.to_json(), "prompt": {"version": 0, "messages": list(PACKAGED_PROMPT.messages)}}
    return register_data_model(settings, RAG, {MODEL_FILE: to_json(content)}, kind="data").version


def promote_policy(settings: Settings, policy: Policy) -> str:
    version = policy_version(settings, policy)
    set_alias(settings, RAG, CHAMPION, version, "test", "another policy")
    return str(version)


def served_versions(client: TestClient) -> dict[str, str]:
    return {name: one["version"] for name, one in client.get("/version").json()["served"].items()}


def test_a_swap_of_the_model_under_load_drops_no_request_and_frees_what_was_before_the_previous(
    client: TestClient, backend: Backend, served: Settings, other_llm: Settings
) -> None:
    done, statuses, models = threading.Event(), [], set()

    def ask(place: int) -> None:
        while not done.is_set():
            response = client.post("/answer", json={"question": QUESTIONS[place % 2]})
            statuses.append(response.status_code)
            if response.status_code == 200:
                models.add(response.json()["models"]["llm"])

    assert backend.following is not None
    old = weakref.ref(backend.following.served.answerer.llm._llm._model)  # type: ignore[attr-defined]
    before = served_versions(client)
    with ThreadPoolExecutor(4) as clients:
        asking = [clients.submit(ask, place) for place in range(4)]
        try:
            until(lambda: len(statuses) >= 2, 60, "answers of the old version")
            version = str(register_llm(other_llm).version)
            until(lambda: served_versions(client)["llm"] == version, 60, "the new version")
            after = len(statuses) + 6
            until(lambda: len(statuses) >= after, 60, "answers of the new version")
        finally:
            done.set()
        for one in asking:
            one.result()

    assert set(statuses) == {200}
    assert len(models) == 2
    shown = client.get("/version").json()
    assert (shown["previous"]["llm"], shown["refused"]) == (before["llm"], [])
    assert old() is not None
    promote_policy(served, replace(calibrated_policy(), max_tokens=40))
    until(lambda: client.get("/version").json()["previous"]["llm"] == version, 30, "the next release")
    until(lambda: old() is None, 10, "the memory of the first model given back")
    metrics = client.get("/metrics").text
    assert f'aieco_served_version{{model="llm"}} {float(version)}' in metrics


def test_a_policy_that_moves_is_followed_and_rolled_back_to_the_release_that_stayed_open(
    client: TestClient, backend: Backend, served: Settings
) -> None:
    first = promote_policy(served, calibrated_policy())
    until(lambda: served_versions(client).get("rag") == first, 30, "the packaged policy as a version")
    wordy = replace(calibrated_policy(), max_tokens=8)
    second = promote_policy(served, wordy)
    until(lambda: served_versions(client).get("rag") == second, 30, "the new policy")
    assert backend.following is not None
    assert backend.following.served.answerer.policy == wordy
    kept = backend.following.previous
    set_alias(served, RAG, CHAMPION, int(first), "test", "rolled back")
    until(lambda: served_versions(client).get("rag") == first, 30, "the policy of before")

    assert kept is not None and backend.following.served.answerer.llm is kept.answerer.llm
    assert client.get("/version").json()["previous"]["rag"] == second


def test_versions_that_fail_their_golden_question_or_cannot_be_opened_are_refused_and_the_old_ones_stay(
    client: TestClient, served: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = served_versions(client)
    mute = promote_policy(served, replace(calibrated_policy(), sure=1.01))
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and nothing that follows")
    unreadable = str(register_llm(served.model_copy(update={"llm": str(broken)})).version)
    until(lambda: len(client.get("/version").json()["refused"]) == 2, 60, "the refusals")

    refused = {one["model"]: one for one in client.get("/version").json()["refused"]}
    assert (refused[RAG]["version"], refused[LLM]["version"]) == (mute, unreadable)
    assert "does not answer the golden question" in refused[RAG]["reason"]
    assert "can't be opened as a GGUF model" in refused[LLM]["reason"]
    assert served_versions(client)["llm"] == before["llm"]
    assert f"rag version {mute} is refused" in caplog.text
    assert not client.post("/answer", json={"question": QUESTIONS[0]}).json()["abstained"]
    assert "aieco_refused_versions 2.0" in client.get("/metrics").text
