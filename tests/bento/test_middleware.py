"""Who may come in, and what every response carries."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from fastapi import FastAPI

from aieco_assets.core.serving.identity import HEADER
from aieco_assets.core.serving.keys import make_key, read_keys
from aieco_assets.core.settings import Settings
from bento.app import create_app
from bento.backend import Backend
from bento.errors import handle
from bento.middleware import Guard, is_loopback
from bento.quota import Quota
from tests.bento.conftest import client_of

KEYS = read_keys("first-key, second-key")


@pytest.fixture
def app(tmp_path: Path):
    """The application of a platform that was never opened: enough to see who gets past the guard."""
    return create_app(Backend(Settings(home=tmp_path, _env_file=None)))  # type: ignore[call-arg]


@pytest.mark.parametrize("path", ["/openapi.json", "/metrics", "/nothing"])
def test_with_keys_a_request_without_one_is_refused(app, path: str) -> None:
    client = client_of(Guard(app, KEYS))

    response = client.get(path)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json() == {"error": "A valid API key is needed: send `Authorization: Bearer <key>`."}


@pytest.mark.parametrize(
    "given", ["Bearer wrong", "Bearer ", "Basic first-key", "first-key", "Bearer first-key2", "Bearer é"]
)
def test_a_wrong_key_is_refused(app, given: str) -> None:
    response = client_of(Guard(app, KEYS)).get("/openapi.json", headers=[(b"authorization", given.encode("latin-1"))])

    assert response.status_code == 401


@pytest.mark.parametrize("given", ["Bearer first-key", "Bearer second-key", "bearer second-key"])
def test_each_key_opens_from_anywhere(app, given: str) -> None:
    client = client_of(Guard(app, KEYS), base_url="http://aieco.example", host="203.0.113.9")

    assert client.get("/openapi.json", headers={"authorization": given}).status_code == 200


def test_the_page_and_the_probe_need_no_key(app) -> None:
    client = client_of(Guard(app, KEYS))

    assert [client.get(path).status_code for path in ("/", "/ui/app.js", "/livez")] == [200, 200, 200]


def test_without_keys_another_machine_is_refused(app) -> None:
    response = client_of(Guard(app), host="203.0.113.9").get("/openapi.json")

    assert response.status_code == 403
    assert "AIECO_API_KEYS" in response.json()["error"]


def test_without_keys_a_foreign_host_name_is_refused(app) -> None:
    """A web page could point its own name at 127.0.0.1 and read answers through the browser of a user."""
    assert client_of(Guard(app), base_url="http://evil.example:3001").get("/openapi.json").status_code == 403


@pytest.mark.parametrize(
    ("scopes", "path", "status"),
    [
        ("ask", "/predict", 403),
        ("ask", "/predict/", 403),
        ("ask", "/customers/history", 403),
        ("predict", "/answer", 403),
        ("predict", "/v1/models", 403),
        ("predict", "/documents/x/pages/1/image", 403),
        ("ask+predict", "/predict", 422),
        ("admin", "/predict", 422),
        ("admin", "/answer", 422),
        ("predict", "/metrics", 200),
    ],
)
def test_a_key_may_do_what_its_scopes_say(app, scopes: str, path: str, status: int) -> None:
    secret, entry = make_key("someone", scopes.split("+"))
    client = client_of(Guard(app, read_keys(entry)))

    method = "GET" if path == "/metrics" else "POST"
    response = client.request(method, path, headers={"authorization": f"Bearer {secret}"})

    assert response.status_code == status
    assert status == 200 or "error" in response.json()


def test_the_requests_of_a_minute_are_counted_by_key(app) -> None:
    client = client_of(Guard(app, KEYS, per_minute=3))
    first, second = ({"authorization": f"Bearer {name}-key"} for name in ("first", "second"))

    statuses = [client.get("/openapi.json", headers=first).status_code for _ in range(4)]
    refused = client.get("/openapi.json", headers=first)

    assert statuses == [200, 200, 200, 429]
    assert refused.json() == {"error": "This key has made its requests of the minute: wait."}
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert client.get("/openapi.json", headers=second).status_code == 200
    assert client.get("/livez", headers=first).status_code == 200


def test_a_quota_fills_evenly_and_holds_no_more_than_a_minute() -> None:
    now = [0.0]
    quota = Quota(60, clock=lambda: now[0])
    assert [quota.take("a") for _ in range(61)] == [0] * 60 + [1]
    now[0] = 1.0
    assert [quota.take("a"), quota.take("a")] == [0, 1]
    now[0] = 3_600.0
    assert [quota.take("a") for _ in range(61)] == [0] * 60 + [1]


def test_a_quota_of_what_is_known_afterwards_makes_the_key_wait_for_what_it_used_too_much() -> None:
    now = [0.0]
    quota = Quota(100, clock=lambda: now[0], seconds=100)
    assert quota.wait("a") == 0
    quota.spend("a", 150)
    assert (quota.wait("a"), quota.wait("b")) == (51, 0)
    now[0] = 50.0
    assert quota.wait("a") == 1
    now[0] = 51.0
    assert quota.wait("a") == 0


def test_a_quota_that_is_restored_stands_where_it_stood() -> None:
    now = [1_000.0]
    before, after = (Quota(100, clock=lambda: now[0], seconds=100) for _ in range(2))
    for second, amount in ((1_000.0, 150), (1_020.0, 30)):
        now[0] = second
        before.spend("a", amount)
    now[0] = 1_030.0
    after.restore([("a", 30.0, 150), ("a", 10.0, 30)])
    assert (after.wait("a"), after.wait("b")) == (before.wait("a"), 0) == (51, 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:3001", True),
        ("localhost:3001", True),
        ("[::1]:3001", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_names(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_every_response_carries_the_security_headers(app) -> None:
    client = client_of(Guard(app, KEYS))

    for path in ("/", "/ui/app.js", "/answer", "/livez"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_a_bug_is_one_sentence_and_no_traceback() -> None:
    async def broken(scope, receive, send) -> None:
        raise ZeroDivisionError("secret detail")

    response = client_of(Guard(broken)).get("/")

    assert response.status_code == 500
    assert response.json() == {"error": "Something went wrong on our side: the log of the service says what."}


def test_vectors_whose_store_is_away_are_to_be_asked_again_later() -> None:
    app = FastAPI()
    handle(app)

    async def search() -> None:
        said = "Error performing GET http://10.0.0.9:9000/company/t.lance - HTTP error: error sending request"
        raise RuntimeError(f"lance error: LanceError(IO): Generic S3 error: {said}")

    app.add_api_route("/of-the-store", search)
    response = client_of(app).get("/of-the-store")

    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert response.json() == {"error": "The knowledge base does not answer: try again in a moment."}


def test_a_platform_without_knowledge_is_alive_but_not_ready(settings: Settings) -> None:
    with client_of(Guard(create_app(Backend(settings)))) as client:
        assert client.get("/livez").status_code == 200
        response = client.post("/answer", json={"question": "How long?"})

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert response.json()["error"].endswith(".")


def test_the_openapi_document_shows_an_example_for_each_request(app) -> None:
    document = client_of(Guard(app)).get("/openapi.json").json()

    assert {"/answer", "/search", "/predict", "/feedback", "/v1/chat/completions", "/version", "/metrics"} <= set(
        document["paths"]
    )
    for path in ("/answer", "/search", "/predict", "/feedback", "/v1/chat/completions", "/v1/embeddings"):
        reference = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schema = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
        assert any("examples" in field for field in schema["properties"].values()), path


def test_the_page_asks_nothing_of_other_machines() -> None:
    for file in (Path(__file__).parents[2] / "bento" / "ui").iterdir():
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and "//cdn" not in text, file.name


def test_the_page_stays_small() -> None:
    assert sum(file.stat().st_size for file in (Path(__file__).parents[2] / "bento" / "ui").iterdir()) < 100_000


SECRET = "s" * 40


def as_person(*scopes: str, groups: tuple[str, ...] = ()) -> dict[str, str]:
    """What the login sends for somebody."""
    told = {"name": "anna", "scopes": scopes, "groups": groups}
    return {
        "authorization": f"Bearer {SECRET}",
        HEADER: urlsafe_b64encode(json.dumps(told).encode()).decode(),
    }


def test_behind_the_login_a_person_has_the_rights_that_the_login_tells(app) -> None:
    client = client_of(Guard(app, KEYS, login=SECRET))

    assert client.get("/", headers=as_person("ask")).status_code == 200
    assert client.get("/review/cases", headers=as_person("ask")).status_code == 403
    assert client.post("/predict", json={}, headers=as_person("ask")).status_code == 403
    assert client.post("/predict", json={}, headers=as_person("predict")).status_code == 422
    assert client.post("/predict", json={}, headers={"authorization": "Bearer first-key"}).status_code == 422


def test_behind_the_login_nobody_else_is_anyone_and_the_pages_are_closed_too(app) -> None:
    client = client_of(Guard(app, login=SECRET))
    header = as_person("admin")[HEADER]

    for path in ("/", "/review", "/ui/app.js", "/openapi.json", "/metrics"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={HEADER: header}).status_code == 401
        assert client.get(path, headers={HEADER: header, "authorization": "Bearer guessed"}).status_code == 401
        assert (
            client.get(path, headers={HEADER: header, "authorization": "Bearer é".encode("latin-1")}).status_code == 401
        )
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    "told",
    ["", "é", "bm8ganNvbg==", "e30=", "W10=", "eyJuYW1lIjogImEiLCAic2NvcGVzIjogWyJyb290Il0sICJncm91cHMiOiBbXX0="],
)
def test_a_person_that_cannot_be_read_is_nobody(app, told: str) -> None:
    headers = [(b"authorization", f"Bearer {SECRET}".encode()), (HEADER.encode(), told.encode("latin-1"))]

    assert client_of(Guard(app, login=SECRET)).get("/openapi.json", headers=headers).status_code == 401


def test_without_a_login_the_header_of_a_person_says_nothing(app) -> None:
    assert client_of(Guard(app, KEYS)).get("/metrics", headers=as_person("admin")).status_code == 401
    header = {HEADER: as_person("admin")[HEADER]}
    assert client_of(Guard(app, KEYS)).get("/metrics", headers=header).status_code == 401
