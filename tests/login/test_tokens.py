"""Programs at the door, which act as a user by a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from aieco_assets.core.governance.login.roles import Role
from aieco_assets.core.governance.login.tokens import Tokens, tokens_file
from aieco_assets.core.serving.identity import HEADER, read_identity
from tests.login.conftest import HTML, OURS, PASSWORD, SECRET, Door, acts_of, cookie_header, refusal
from tests.waiting import until

MUTATION = {"query": "mutation { launchRun(executionParams: {}) { __typename } }"}
READ = {"query": "query Q { version }"}
ALIAS = "/mlflow/api/2.0/mlflow/registered-models/alias"
MOVE = {"name": "churn", "alias": "tried", "version": "1"}


class Programs:
    """Programs of a door: `of` makes a user with a token and a client that shows it."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.tokens = Tokens(tokens_file(door.settings), door.users)

    def of(self, role: Role, name: str = "anna", groups: tuple[str, ...] = ()) -> httpx.Client:
        self.door.users.add(name, PASSWORD, role, groups)
        return self.showing(self.tokens.make(name)[0])

    def showing(self, token: str) -> httpx.Client:
        program = self.door.browser()
        program.headers["authorization"] = f"Bearer {token}"
        return program


@pytest.fixture
def programs(door: Door) -> Programs:
    return Programs(door)


def test_a_program_reaches_what_its_users_role_opens_and_nothing_says_where_it_comes_from(programs: Programs) -> None:
    part = programs.door.part
    program = programs.of("operator", groups=("hr",))
    assert program.post("/dagster/graphql", json=MUTATION).status_code == 200
    assert program.post("/mlflow/api/2.0/mlflow/runs/create", json={}).status_code == 200
    assert program.post("/mlflow/v1/traces", content=b"spans").status_code == 200
    assert part.asked[-1]["target"] == "/v1/traces"
    assert not {"authorization", HEADER} & part.headers().keys()
    assert program.post("/answer", json={}).status_code == 200
    assert part.headers()["authorization"] == f"Bearer {SECRET}"
    person = read_identity(part.headers()[HEADER])
    assert person is not None
    assert (person.name, person.scopes, person.groups) == ("anna", {"ask", "predict", "review"}, {"hr"})


def test_what_the_role_does_not_open_is_refused_in_a_sentence_that_mlflows_client_reads(programs: Programs) -> None:
    operator, analyst = programs.of("operator"), programs.of("analyst", "ned")
    moved = operator.post(ALIAS, json=MOVE)
    sentence = (
        "Your role operator may not move models into production: mlflow POST mlflow/registered-models/alias takes the "
        "role approver or admin."
    )
    assert moved.status_code == 403
    assert moved.json() == {"error": sentence, "message": sentence, "error_code": "PERMISSION_DENIED"}
    assert "dagster launchRun takes the role operator or admin" in refusal(
        analyst.post("/dagster/graphql", json=MUTATION)
    )
    assert analyst.post("/mlflow/v1/traces", content=b"spans").status_code == 403
    assert programs.door.part.asked == []
    assert analyst.post("/dagster/graphql", json=READ).status_code == 200
    assert programs.of("approver", "mara").post(ALIAS, json=MOVE).status_code == 200


def test_a_token_is_what_its_user_is_by_now(programs: Programs) -> None:
    users, program = programs.door.users, programs.of("operator")
    users.set_role("anna", "viewer")
    assert "Your role viewer" in program.post("/dagster/graphql", json=MUTATION).json()["error"]
    users.remove("anna")
    answer = program.get("/version")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["error"] == "This token is over: `aieco user token anna` makes another."


def test_a_request_with_a_token_and_cookies_is_refused_whosever_they_are(programs: Programs) -> None:
    door = programs.door
    program = programs.of("admin")
    session = cookie_header(door.logged_in("viewer", name="ned"))
    for cookie in (session, "other=1", ""):
        answer = program.get("/version", headers={"cookie": cookie})
        assert (answer.status_code, answer.json()["error"]) == (
            400,
            "A request has a token or cookies, and never both.",
        )
    assert door.part.asked == []


def test_a_token_opens_no_session_and_no_page_of_the_login(programs: Programs) -> None:
    program = programs.of("admin")
    assert program.get("/home").headers["location"] == "/login?next=%2Fhome"
    assert program.post("/logout", headers=OURS).headers["location"] == "/login"
    assert program.get("/version").status_code == 200


@pytest.mark.parametrize(
    "how", [{"host": "evil.example"}, {"host": "127.0.0.1"}, {"authorization": "Basic YW5uYTphIGxvbmc="}]
)
def test_everything_else_about_a_request_is_looked_at_as_ever(programs: Programs, how: dict[str, str]) -> None:
    program = programs.of("admin")
    assert program.get("/dagster/", headers=how).status_code in (401, 421)
    assert program.request("OPTIONS", "/dagster/graphql").status_code == 405
    assert programs.door.part.asked == []


def test_a_page_is_no_answer_to_a_program(programs: Programs) -> None:
    program = programs.showing("aieco_pat_0123456789ab_" + "x" * 43)
    answer = program.get("/dagster/", headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")


def test_guessing_a_token_waits_and_keeps_nobody_else_out(programs: Programs) -> None:
    door = programs.door
    right = programs.of("viewer")
    identity = right.headers["authorization"].split("_")[2]
    wrong = programs.showing(f"aieco_pat_{identity}_" + "x" * 43)
    assert [wrong.get("/version").status_code for _ in range(6)] == [401] * 5 + [429]
    waits = right.get("/version")
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "301")
    assert door.logged_in("viewer", name="ned").get("/version").status_code == 200
    assert programs.of("viewer", "mara").get("/version").status_code == 200
    door.clock.now += 301
    assert right.get("/version").status_code == 200
    guessed = [programs.showing(f"aieco_pat_{at:012x}_" + "x" * 43).get("/version").status_code for at in range(51)]
    assert guessed == [401] * 50 + [429]
    assert door.part.asked


def test_a_token_that_is_over_is_no_guess(programs: Programs) -> None:
    programs.door.users.add("anna", PASSWORD, "viewer")
    old = Tokens(tokens_file(programs.door.settings), programs.door.users, lambda: time.time() - 3 * 86_400)
    program = programs.showing(old.make("anna", days=2)[0])
    assert {program.get("/version").status_code for _ in range(10)} == {401}


def test_a_file_of_tokens_that_cannot_be_read_lets_no_program_in_and_people_as_ever(programs: Programs) -> None:
    program, browser = programs.of("admin"), programs.door.logged_in("viewer", name="ned")
    tokens_file(programs.door.settings).write_text("{")
    answer = program.get("/version")
    assert (answer.status_code, "no token is taken until" in answer.json()["error"]) == (503, True)
    assert browser.get("/version").status_code == 200


def test_with_four_eyes_no_token_asks_for_a_champion(opened: Callable[..., Door]) -> None:
    door = opened(promotion_people=2)
    asked: dict[str, Any] = {"name": "churn", "alias": "champion", "version": "1"}
    answer = Programs(door).of("approver").post(ALIAS, json=asked)
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Two people ask for a champion here: a token counts as none, log in.",
    )
    assert door.part.asked == []


def test_uses_acts_and_refusals_are_in_the_audit_log(programs: Programs) -> None:
    door = programs.door
    program = programs.of("operator", "tessa")
    identity = program.headers["authorization"].split("_")[2]
    for _ in range(2):
        program.post("/dagster/graphql", json=MUTATION)
    program.post(ALIAS, json=MOVE)
    until(lambda: len(acts_of(door.settings, "tessa")) >= 4, 20, "the audit log")
    assert acts_of(door.settings, "tessa") == [
        ("tessa", "token_used", f"token:{identity}"),
        ("tessa", "acted", "dagster launchRun"),
        ("tessa", "acted", "dagster launchRun"),
        ("tessa", "denied", "mlflow POST mlflow/registered-models/alias"),
    ]
