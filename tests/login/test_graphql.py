"""GraphQL and its websockets through the door: what writes can't hide, and what only reads goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import unix_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.login.conftest import ORIGIN, OURS, PORT, Door, cookie_header, refusal

READ, WIPE = "query Q { version }", "mutation M { wipeAssets(assetPartitionRanges: []) { __typename } }"
HIDDEN: list[Any] = [
    {"query": WIPE},
    {"query": f"{READ} {WIPE}", "operationName": "Q"},
    {"query": "mutation { launchRun: wipeAssets { __typename } }"},
    {"query": "mutation { ...a } fragment a on Mutation { ... on Mutation { wipeAssets { __typename } } }"},
    {"query": "mutation { ... @include(if: $x) { wipeAssets { __typename } } }"},
    [{"query": READ}, {"query": WIPE}],
]
START = {"type": "start", "id": "1", "payload": {"query": "subscription { runs }"}}


@pytest.mark.parametrize("payload", HIDDEN)
def test_nothing_hides_a_mutation_from_the_door(door: Door, payload: Any) -> None:
    operator = door.logged_in("operator")
    for path in ("/dagster/graphql", "/mlflow/graphql"):
        answer = operator.post(path, json=payload, headers=OURS)
        part = path.split("/")[1]
        assert refusal(answer) == (
            f"Your role operator may not do what is an admin's alone: {part} wipeAssets takes the role admin."
        )
    assert door.part.asked == []


def test_the_body_that_goes_on_is_the_one_that_was_judged(door: Door) -> None:
    browser = door.logged_in("analyst")
    headers = {**OURS, "content-type": "application/json"}
    twice = f'{{"query": "{WIPE}", "query": "{READ}"}}'
    assert browser.post("/dagster/graphql", content=twice, headers=headers).status_code == 200
    assert json.loads(door.part.asked[-1]["body"]) == {"query": READ}
    assert "wipeAssets" not in door.part.asked[-1]["body"]
    assert door.part.headers()["content-length"] == str(len(door.part.asked[-1]["body"]))


def test_a_query_by_the_name_that_dagsters_pages_give_it_goes_through(door: Door) -> None:
    browser = door.logged_in("analyst")
    assert browser.post("/dagster/graphql?op=Q", json={"query": READ, "operationName": "Q"}, headers=OURS).is_success
    assert door.part.asked[-1]["target"] == "/dagster/graphql?op=Q"
    assert "wipeAssets" in refusal(browser.post("/dagster/graphql?op=Q", json={"query": WIPE}, headers=OURS))


def test_graphql_in_a_form_or_an_address_or_of_no_sense_is_refused(door: Door) -> None:
    browser = door.logged_in("admin")
    asked = [
        browser.post("/dagster/graphql", data={"query": WIPE}, headers=OURS),
        browser.post("/dagster/graphql", content=WIPE, headers={**OURS, "content-type": "application/graphql"}),
        browser.post(f"/dagster/graphql?query={WIPE}", json={"query": READ}, headers=OURS),
        browser.put("/dagster/graphql", json={"query": READ}, headers=OURS),
    ]
    assert [one.status_code for one in asked] == [415] * 4
    for body in (b"", b"{", b"[" * 100_000, b"[]", b'{"query": 1}', b'"{}"', b'{"query": "type A { b: C }"}'):
        headers = {**OURS, "content-type": "application/json"}
        assert browser.post("/dagster/graphql", content=body, headers=headers).status_code == 400
    assert door.part.asked == []


def test_reading_by_get_is_no_way_to_write(door: Door) -> None:
    admin = door.logged_in("admin")
    for params in ({"query": WIPE}, {"query": f"{READ} {WIPE}"}, [("query", WIPE), ("query", READ)]):
        assert admin.get("/dagster/graphql", params=params).status_code == 400  # type: ignore[arg-type]
    assert admin.request("GET", "/mlflow/graphql", json={"query": WIPE}).status_code == 400
    assert admin.request("GET", "/mlflow/graphql", content=iter([b"{}"])).status_code == 400
    assert door.part.asked == []
    assert admin.get("/dagster/graphql", params={"query": READ}).status_code == 200


def test_an_alias_by_which_aieco_serves_is_never_moved_by_mlflow_itself(door: Door) -> None:
    admin = door.logged_in("admin")
    for path in ("/mlflow/ajax-api", "/mlflow/api", "/api"):
        address = f"{path}/2.0/mlflow/registered-models/alias"
        for body in ({"alias": "Champion", "name": "a", "version": "1"}, '{"alias": "champion"}', []):
            for method in ("POST", "DELETE"):
                assert admin.request(method, address, json=body, headers=OURS).status_code == 400
    assert door.part.asked == []
    other = {"alias": "tried", "name": "a", "version": "1"}
    assert (
        admin.post("/mlflow/ajax-api/2.0/mlflow/registered-models/alias", json=other, headers=OURS).status_code == 200
    )
    assert json.loads(door.part.asked[-1]["body"]) == other


def talk(door: Door, cookie: str, *messages: Any, origin: str = ORIGIN, path: str = "/dagster/graphql") -> list[str]:
    """What comes back for each message. Raises ConnectionClosed for a socket that was closed."""

    async def spoken() -> list[str]:
        async with unix_connect(
            str(door.socket),
            f"ws://127.0.0.1:{PORT}{path}",
            origin=origin,  # type: ignore[arg-type]
            additional_headers={"cookie": cookie, "x-aieco-person": "forged"},
            subprotocols=[Subprotocol("graphql-ws")],
        ) as socket:
            assert socket.subprotocol == "graphql-ws"
            answers = []
            for message in messages:
                await socket.send(message if isinstance(message, str) else json.dumps(message))
                answers.append(str(await asyncio.wait_for(socket.recv(), 20)))
            return answers

    return asyncio.run(spoken())


def test_a_subscription_goes_through_and_takes_no_cookie_along(door: Door) -> None:
    cookie = cookie_header(door.logged_in("analyst"))
    assert json.loads(talk(door, cookie, {"type": "connection_init"}, START)[1]) == START
    assert not {"cookie", "x-aieco-person"} & door.part.headers().keys()
    assert door.part.left.wait(20)


def test_a_socket_without_a_session_or_from_another_site_is_not_opened(door: Door) -> None:
    cookie = cookie_header(door.logged_in("analyst"))
    viewer = cookie_header(door.logged_in("viewer", name="ben"))
    refused: list[dict[str, str]] = [
        {"cookie": ""},
        {"cookie": "aieco-session=guessed"},
        {"cookie": viewer},
        {"cookie": cookie, "origin": "https://evil.example"},
        {"cookie": cookie, "path": "/mlflow/graphql"},
        {"cookie": cookie, "path": "/dagster/other"},
    ]
    for how in refused:
        with pytest.raises(InvalidStatus, match="403"):
            talk(door, **how)
    assert door.part.asked == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "start", "id": "1", "payload": {"query": WIPE}},
        {"type": "subscribe", "id": "1", "payload": {"query": f"{READ} {WIPE}", "operationName": "Q"}},
        {"type": "start", "id": "1", "payload": [{"query": READ}, {"query": WIPE}]},
        {"type": "other"},
        "no json",
        json.dumps({"type": "ping", "more": "x" * 1_000_001}),
    ],
)
def test_a_socket_by_which_somebody_writes_is_closed(door: Door, message: Any) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        talk(door, cookie_header(door.logged_in("admin")), message)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert door.part.heard == []


def test_a_socket_ends_with_the_session(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from aieco_assets.login import sockets

    monkeypatch.setattr(sockets, "_LOOK_SECONDS", 0.05)
    browser = door.logged_in("analyst")

    async def kept_open() -> int:
        async with unix_connect(
            str(door.socket),
            f"ws://127.0.0.1:{PORT}/dagster/graphql",
            origin=ORIGIN,  # type: ignore[arg-type]
            additional_headers={"cookie": cookie_header(browser)},
        ) as socket:
            await socket.send(json.dumps(START))
            assert await asyncio.wait_for(socket.recv(), 20)
            door.users.remove("anna")
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 20)
            assert closed.value.rcvd is not None
            return closed.value.rcvd.code

    assert asyncio.run(kept_open()) == 1008
