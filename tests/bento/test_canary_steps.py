"""A challenger that a policy named: its share grows on live questions, and all of its steps passed it has succeeded."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, LLM
from aieco_assets.core.registry.challenger import challenge
from aieco_assets.core.registry.changes import last_moves
from aieco_assets.core.registry.versions import version_by_alias
from aieco_assets.core.serving.canary_steps import begin, read_steps
from aieco_assets.core.settings import Settings
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.conftest import client_of
from tests.stand_in_server import stand_in
from tests.waiting import until

# Two answers a step are enough here, and no difference in speed stops it.
RULES = "canary: {minimumSample: 2, consecutiveSuccessLimit: 2, slower: 1000, abstainedMore: 0.99}"


def share(client: TestClient) -> float | None:
    candidate = client.get("/version").json()["candidate"]
    return candidate and candidate["canary_share"]


def test_a_challenger_goes_through_its_steps_without_a_share_in_the_settings(served: Settings, tmp_path: Path) -> None:
    (tmp_path / "canary.yaml").write_text(RULES)
    settings = served.model_copy(update={"policies": str(tmp_path)})
    asked = 0

    def ask(client: TestClient) -> None:
        nonlocal asked
        asked += 1
        headers = {"x-conversation-id": f"conversation {asked}"}
        body = {"question": "How many days do I have to return an item?"}
        assert client.post("/answer", json=body, headers=headers).status_code == 200

    with client_of(Guard(create_app(Backend(settings)))) as client, stand_in() as server:
        challenge(served.model_copy(update={"llm": server.url}), LLM, None)
        number = last_moves(served, [LLM])[LLM, CHALLENGER].number
        begin(served, number, {LLM: 0}, (50, 100))
        until(lambda: share(client) == 0.5, 60, "the first step")
        seen = [0.5]

        def succeeded() -> bool:
            ask(client)
            at, now = read_steps(served, number), share(client)
            seen.extend([now] if now and now != seen[-1] else [])
            return at is not None and at.succeeded

        until(succeeded, 60, "the last step")
        until(lambda: share(client) == 1.0, 10, "the whole share")
    assert seen == [0.5, 1.0]
    champion = version_by_alias(served, LLM, CHAMPION)
    assert champion is not None
    challenge(served, LLM, champion.version)  # nothing is tried in the end
