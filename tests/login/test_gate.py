"""Who comes through the one door, and what reaches the parts behind it."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from aieco_assets.core.governance.login.roles import Role
from aieco_assets.core.serving.identity import HEADER, read_identity
from tests.login.conftest import HTML, ORIGIN, OURS, PORT, SECRET, Door, acts_of, cookie_header, refusal
from tests.waiting import until

EVERYWHERE = [
    *("/", "/answer", "/documents/1", "/v1/models", "/metrics", "/review", "/dashboard/", "/dbt-docs"),
    *("/dagster/", "/dagster/graphql", "/mlflow/", "/mlflow/graphql", "/api/2.0/mlflow/runs/get", "/nothing"),
]
MUTATION = {"query": "mutation { launchRun(executionParams: {}) { __typename } }"}


def test_without_a_session_nothing_answers(door: Door) -> None:
    browser = door.browser()
    for path in EVERYWHERE:
        page = browser.get(path, headers=HTML)
        assert (page.status_code, page.headers["location"]) == (303, f"/login?next={path.replace('/', '%2F')}")
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = browser.request(method, path, headers=OURS)
            assert (answer.status_code, answer.headers["x-aieco-login"]) == (401, "/login")
            assert answer.json()["error"] == "You are not logged in, or your session is over."
        assert browser.get(path, headers={"cookie": "aieco-session=guessed"}).status_code == 401
    assert door.part.asked == []


def test_neither_cookies_nor_what_a_browser_says_of_itself_reaches_a_part(door: Door) -> None:
    browser = door.logged_in("viewer", ("hr", "board"))
    forged = base64.urlsafe_b64encode(json.dumps({"name": "boss", "scopes": ["admin"], "groups": []}).encode()).decode()
    spoofed = {
        "X-Aieco-Person": forged,
        "x-aieco-anything": "1",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
        "X-Real-Ip": "10.0.0.1",
        "X-Remote-User": "boss",
        "X_Aieco_Person": forged,
        "X-HTTP-Method-Override": "DELETE",
        "X-Named-Hop": "1",
        "Connection": "keep-alive, x-named-hop",
        "Cookie": f"{cookie_header(browser)}; other=1",
    }
    answer = browser.post("/answer", json={"question": "?"}, headers={**OURS, **spoofed})
    assert answer.status_code == 200
    told = door.part.headers()
    person = read_identity(told.pop(HEADER))
    assert person is not None
    assert (person.name, person.scopes, person.groups) == ("anna", {"ask"}, {"hr", "board"})
    assert told.pop("authorization") == f"Bearer {SECRET}"
    assert told.pop("host") == "127.0.0.1"
    assert told.keys() <= {"content-type", "content-length", "accept", "accept-encoding", "user-agent"}
    assert (door.part.asked[-1]["target"], door.part.asked[-1]["body"]) == ("/answer", '{"question":"?"}')
    assert "set-cookie" not in answer.headers
    assert "server" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/dagster/runs", "/mlflow/"])
def test_only_the_service_is_told_who_asks_and_the_target_goes_on_byte_for_byte(door: Door, path: str) -> None:
    browser = door.logged_in("admin")
    assert browser.get(path + "?a=%2F&b=1+2").status_code == 200
    assert door.part.asked[-1]["target"] == path + "?a=%2F&b=1+2"
    assert not {"authorization", "cookie", HEADER} & door.part.headers().keys()


def test_scopes_follow_the_role(door: Door) -> None:
    wanted: dict[Role, set[str]] = {"viewer": {"ask"}, "analyst": {"ask", "predict", "review"}}
    wanted["admin"] = {"ask", "predict", "review", "admin"}
    for role, scopes in wanted.items():
        door.logged_in(role, name=role).get("/version")
        person = read_identity(door.part.headers()[HEADER])
        assert person is not None
        assert (person.name, person.scopes) == (role, scopes)


def test_by_another_name_nothing_answers(door: Door) -> None:
    browser = door.logged_in("admin")
    for host in ("evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT}.evil.example"):
        for path in ("/login", "/home", "/dagster/"):
            assert browser.get(path, headers={"host": host}).status_code == 421
    assert door.part.asked == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{PORT + 1}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_what_another_site_has_a_browser_send_changes_nothing(door: Door, headers: dict[str, str]) -> None:
    browser = door.logged_in("admin")
    for path, body in (
        ("/answer", {}),
        ("/dagster/graphql", MUTATION),
        ("/mlflow/ajax-api/2.0/mlflow/runs/create", {}),
    ):
        answer = browser.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (
            403,
            "This request was not made by a page of this platform.",
        )
    assert door.part.asked == []
    assert browser.post("/answer", json={}, headers={"sec-fetch-site": "same-origin"}).status_code == 200


def test_a_role_that_may_not_is_told_so_and_the_part_never_asked(door: Door) -> None:
    browser = door.logged_in("analyst")
    answer = browser.post("/dagster/graphql", json=MUTATION, headers=OURS)
    assert refusal(answer) == (
        "Your role analyst may not run and change what runs: dagster launchRun takes the role operator or admin."
    )
    assert browser.post("/dagster/graphql", json={"query": "{ version }"}, headers=OURS).status_code == 200
    page = browser.delete("/mlflow/ajax-api/2.0/mlflow/runs/delete", headers={**OURS, **HTML})
    assert page.status_code == 403
    assert "Your role analyst may not do what is an admin&#39;s alone" in page.text
    assert len(door.part.asked) == 1


def test_a_page_that_a_role_does_not_open_says_which_roles_do(door: Door) -> None:
    page = door.logged_in("viewer").get("/dagster/", headers=HTML)
    assert page.status_code == 403
    assert "may not look at Dagster and MLflow" in page.text
    assert "takes the role analyst, operator, approver or admin." in page.text


def test_what_dbts_docs_ask_for_by_a_slip_of_their_template_is_no_refusal(door: Door) -> None:
    browser = door.logged_in("viewer", name="rosa")
    for path in ("/{{ getIcon(item.type, 'on') }}", "/${require('./assets/favicons/favicon.ico')}"):
        assert browser.get(path).status_code == 404
    browser.post("/logout", headers=OURS)
    until(lambda: len(acts_of(door.settings, "rosa")) >= 2, 20, "the audit log")
    assert [action for _, action, _ in acts_of(door.settings, "rosa")] == ["logged_in", "logged_out"]


def test_a_path_with_two_readings_is_refused(door: Door) -> None:
    browser = door.logged_in("admin")
    for path in ("/dagster/%2e%2e/answer", "/answer%2F..%2Fmetrics", "//evil", "/a%255c", "/mlflow//graphql"):
        request = browser.build_request("GET", ORIGIN)
        request.url = httpx.URL(ORIGIN).copy_with(raw_path=path.encode())
        assert browser.send(request).status_code == 400
    assert door.part.asked == []


def test_a_method_that_no_page_uses_is_refused(door: Door) -> None:
    browser = door.logged_in("admin")
    assert [browser.request(one, "/").status_code for one in ("TRACE", "OPTIONS", "CONNECT")] == [405, 405, 405]


def test_programs_reach_the_service_alone_by_their_key_and_never_by_the_logins_secret(door: Door) -> None:
    program = door.browser()
    key = {"authorization": "Bearer some-key", HEADER: "forged"}
    assert program.post("/answer", json={}, headers=key).status_code == 200
    assert door.part.headers()["authorization"] == "Bearer some-key"
    assert HEADER not in door.part.headers()
    assert program.get("/dagster/", headers=key).status_code == 401
    assert program.get("/mlflow/", headers=key).status_code == 401
    secret = {"authorization": f"Bearer {SECRET}"}
    assert program.get("/metrics", headers={**secret, HEADER: "forged"}).status_code == 401
    assert program.post("/mlflow/v1/traces", content=b"spans", headers=secret).status_code == 200
    assert (door.part.asked[-1]["target"], door.part.asked[-1]["body"]) == ("/v1/traces", "spans")
    assert "authorization" not in door.part.headers()
    assert program.post("/mlflow/v1/traces", content=b"spans", headers=key).status_code == 401


def test_a_part_that_is_down_is_said_in_a_sentence(door: Door) -> None:
    browser = door.logged_in("viewer")
    answer = browser.get("/dashboard/")
    assert (answer.status_code, answer.json()) == (
        502,
        {"error": "The dashboard does not answer: try again in a moment."},
    )
    assert "The dashboard does not answer" in browser.get("/dashboard/", headers=HTML).text


def test_when_the_browser_leaves_the_part_is_left(door: Door) -> None:
    browser = door.logged_in("analyst")
    with browser.stream("POST", "/predict/slow", json={}, headers=OURS) as answer:
        parts = answer.iter_text()  # kept: httpx closes the connection of an iterator that nobody holds
        assert next(parts) == "begun\n"
        assert not door.part.left.is_set()
    assert door.part.left.wait(20)


def test_a_body_that_is_judged_has_a_limit_and_one_that_goes_on_is_a_stream(door: Door) -> None:
    browser = door.logged_in("admin")
    large = b'{"query": "' + b"a" * 5_000_000 + b'"}'
    json_headers = {**OURS, "content-type": "application/json"}
    assert browser.post("/dagster/graphql", content=large, headers=json_headers).status_code == 413
    assert door.part.asked == []
    put = browser.put("/mlflow/ajax-api/2.0/mlflow-artifacts/artifacts/1/a.bin", content=iter([large]), headers=OURS)
    assert put.status_code == 200
    assert len(door.part.asked[-1]["body"]) == len(large)


def test_an_artifact_that_is_a_page_runs_without_our_cookies(door: Door) -> None:
    browser = door.logged_in("analyst")
    answer = browser.get("/mlflow/get-artifact?path=page.html&run_uuid=1")
    assert answer.headers["content-security-policy"] == "sandbox"


def test_dbt_docs_are_served_by_the_login_itself(door: Door) -> None:
    browser = door.logged_in("viewer")
    assert browser.get("/dbt-docs").status_code == 404
    door.settings.dbt_docs.parent.mkdir(parents=True, exist_ok=True)
    door.settings.dbt_docs.write_text("<p>models</p>")
    assert browser.get("/dbt-docs").text == "<p>models</p>"


def test_what_was_done_and_refused_is_in_the_audit_log(door: Door) -> None:
    browser = door.logged_in("analyst", name="carla")
    for _ in range(3):
        browser.post("/dagster/graphql", json=MUTATION, headers=OURS)
    admin = door.logged_in("admin", name="ben")
    admin.post("/dagster/graphql", json=MUTATION, headers=OURS)
    admin.post("/logout", headers=OURS)
    until(lambda: len(acts_of(door.settings, "carla", "ben")) >= 5, 20, "the audit log")
    assert acts_of(door.settings, "carla", "ben") == [
        ("carla", "logged_in", "login"),
        ("carla", "denied", "dagster launchRun"),
        ("ben", "logged_in", "login"),
        ("ben", "acted", "dagster launchRun"),
        ("ben", "logged_out", "login"),
    ]
