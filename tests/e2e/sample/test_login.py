"""`aieco up --login`: one port, and behind it the real parts, each open to the roles that it is for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from aieco_assets.core.governance.login.roles import ROLES
from aieco_assets.core.governance.login.tokens import Tokens, tokens_file
from aieco_assets.core.governance.login.users import Users, users_file
from aieco_assets.core.settings import Settings
from tests.assistant import over_http
from tests.browser import Watched, chromium
from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

PASSWORD = "a long enough password"
QUESTION = "How many days do I have to return something I ordered online?"
ALL, SOME = "viewer analyst operator approver admin", "analyst operator approver admin"
RUNNING, PROMOTING = "operator admin", "approver admin"
GRAPHQL, MLFLOW = "/dagster/graphql", "/mlflow/api/2.0/mlflow"
TRACES = {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}]}
VERSION = {"name": "no", "version": "1"}
# (method, path, body, what the part itself answers to the roles that may, those roles)
ROWS: list[tuple[str, str, Any, str, str]] = [
    ("POST", "/answer", {"question": QUESTION}, "30 days", ALL),
    ("GET", "/version", None, "embedder", ALL),
    ("GET", "/dashboard/_dash-layout", None, "children", ALL),
    ("GET", "/dbt-docs", None, "<html", ALL),
    ("POST", "/predict", {"customer_ids": ["nobody"]}, "None of these customers", SOME),
    ("GET", "/review", None, "<html", SOME),
    ("GET", "/dagster/server_info", None, "dagster_version", SOME),
    ("POST", GRAPHQL, {"query": "{ version }"}, '"version"', SOME),
    ("GET", "/mlflow/", None, "<html", SOME),
    ("GET", f"{MLFLOW}/experiments/get?experiment_id=0", None, "Default", SOME),
    ("POST", GRAPHQL, {"query": 'mutation { terminateRun(runId: "no") { __typename } }'}, "RunNotFound", RUNNING),
    ("GET", "/metrics", None, "aieco_", RUNNING),
    ("GET", "/dashboard/metrics", None, "aieco_", RUNNING),
    ("POST", "/mlflow/api/3.0/mlflow/traces/search", TRACES, "{", RUNNING),
    (
        "POST",
        f"{MLFLOW}/model-versions/set-tag",
        {"name": "no", "version": "1", "key": "a", "value": "b"},
        "no",
        PROMOTING,
    ),
    ("POST", f"{MLFLOW}/registered-models/alias", {**VERSION, "alias": "tried"}, "no", PROMOTING),
    ("POST", GRAPHQL, {"query": 'mutation { deleteRun(runId: "no") { __typename } }'}, "RunNotFound", "admin"),
    ("DELETE", f"{MLFLOW}/registered-models/delete", {"name": "no"}, "no", "admin"),
]


@dataclass
class Behind:
    """The stack behind its login: its address and a token of each role's user, who has the role's name."""

    home: Home
    url: str
    tokens: dict[str, str]

    def program(self, role: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"authorization": f"Bearer {self.tokens[role]}"}, timeout=60, trust_env=False
        )


@pytest.fixture(scope="module")
def behind(filled: Home) -> Iterator[Behind]:
    """Afterwards the home is as it was, without users."""
    settings = Settings(home=filled.path, _env_file=None)  # type: ignore[call-arg]
    users = Users(users_file(settings))
    tokens = Tokens(tokens_file(settings), users)
    for role in ROLES:
        users.add(role, PASSWORD, role)
    made = {role: tokens.make(role)[0] for role in ROLES}
    try:
        started = filled.aieco("up", "--login", "--detach")
        assert started.returncode == 0, started.stdout + started.stderr
        url = f"http://127.0.0.1:{filled.variables['AIECO_LOGIN_PORT']}"
        assert url in started.stdout
        assert "aieco down" in started.stdout and "Ctrl-C" not in started.stdout
        yield Behind(filled, url, made)
    finally:
        assert filled.aieco("down").returncode == 0
        for file in users_file(settings).parent.glob("users*"):
            file.unlink()
    assert psutil.wait_procs(filled.processes(), timeout=20)[1] == []


def refused(answer: httpx.Response, role: str) -> bool:
    """Whether the login said no, which it does in a sentence; what a part answers, whatever it is, is none of that."""
    told = re.search(rf"Your role {role} may not [^:]+: .+ takes the role [\w, ]+\.", answer.text)
    assert answer.status_code in (200, 403) if told else answer.status_code not in (401, 403), answer.text
    return bool(told)


@pytest.mark.parametrize(("method", "path", "body", "says", "roles"), ROWS)
def test_a_part_answers_the_roles_that_it_is_for(
    behind: Behind, method: str, path: str, body: Any, says: str, roles: str
) -> None:
    opened = []
    for role in ROLES:
        with behind.program(role) as program:
            answer = program.request(method, path, json=body)
            if not refused(answer, role):
                opened.append(role)
                assert says in answer.text.lower() or says in answer.text, answer.text[:500]
    assert opened == roles.split()


def test_without_a_login_nothing_answers(behind: Behind) -> None:
    with httpx.Client(base_url=behind.url, trust_env=False) as nobody:
        asked = {(method, path): nobody.request(method, path, json=body) for method, path, body, _, _ in ROWS}
    assert {one: answer.status_code for one, answer in asked.items() if answer.status_code != 401} == {}


def test_no_other_port_answers_but_postgres_on_loopback(behind: Behind) -> None:
    listening: dict[str, set[tuple[str, int]]] = {}
    for process in behind.home.processes():
        for one in process.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN:
                listening.setdefault(process.name(), set()).add(tuple(one.laddr))
    assert len(behind.home.processes()) > 8
    ports = {place for name, places in listening.items() if name != "postgres" for place in places}
    assert ports == {("127.0.0.1", int(behind.home.variables["AIECO_LOGIN_PORT"]))}
    assert {host for host, _ in listening.get("postgres", ())} <= {"127.0.0.1"}
    print(f"listening: {listening}")


def test_mlflows_client_logs_a_run_by_a_token_and_moves_no_alias_without_the_role(
    behind: Behind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException, RestException

    def acts_as(role: str) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", behind.tokens[role])

    (tmp_path / "note.txt").write_text("by a program")
    client = MlflowClient(f"{behind.url}/mlflow", f"{behind.url}/mlflow")
    acts_as("operator")
    experiment = client.create_experiment("by a token")
    try:
        run = client.create_run(experiment).info
        client.log_metric(run.run_id, "score", 0.5)
        client.log_artifact(run.run_id, str(tmp_path / "note.txt"))
        client.set_terminated(run.run_id)
        acts_as("analyst")
        assert client.get_run(run.run_id).data.metrics == {"score": 0.5}
        (tmp_path / "back").mkdir()
        assert Path(client.download_artifacts(run.run_id, "note.txt", str(tmp_path / "back"))).read_text()
        with pytest.raises(RestException, match="Your role analyst may not run and change what runs"):
            client.log_metric(run.run_id, "score", 1.0)
        acts_as("operator")
        client.create_registered_model("tried")
        client.create_model_version("tried", f"runs:/{run.run_id}/model", run.run_id, await_creation_for=None)
        with pytest.raises(RestException, match="Your role operator may not move models into production"):
            client.set_registered_model_alias("tried", "tried", "1")
        acts_as("approver")
        client.set_registered_model_alias("tried", "tried", "1")
        assert client.get_model_version_by_alias("tried", "tried").version == "1"
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "aieco_pat_0123456789ab_" + "x" * 43)
        with pytest.raises(MlflowException, match="This token is not known"):
            client.get_run(run.run_id)
    finally:
        acts_as("admin")
        client.delete_registered_model("tried")
        client.delete_experiment(experiment)


def test_dagsters_client_runs_by_a_token_and_shows_why_it_may_not(behind: Behind) -> None:
    from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError, ReloadRepositoryLocationStatus

    def client(role: str) -> DagsterGraphQLClient:
        headers = {"Authorization": f"Bearer {behind.tokens[role]}"}
        return DagsterGraphQLClient(f"{behind.url.removeprefix('http://')}/dagster", headers=headers)

    told = client("operator").reload_repository_location("aieco")
    assert told.status == ReloadRepositoryLocationStatus.SUCCESS, told
    with pytest.raises(DagsterGraphQLClientError) as refused:
        client("analyst").reload_repository_location("aieco")
    assert "Your role analyst may not run and change what runs" in str(refused.value.__cause__)


def test_an_assistant_comes_by_a_token_with_what_its_users_role_may(behind: Behind) -> None:
    with over_http(behind.url, behind.tokens["viewer"]) as assistant:
        assert "30 days" in assistant.told("ask", question=QUESTION)["answer"]
        assert "may not predict" in assistant.refused("predict", customer_ids=["1"])


def log_in(page: Page, behind: Behind, name: str) -> None:
    page.goto(f"{behind.url}/home")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Where to?").wait_for()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    return Path(os.environ.get("SCREENSHOTS") or tmp_path)


def test_an_analyst_asks_and_sees_dagster_and_mlflow_but_starts_nothing(behind: Behind, shots: Path) -> None:
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 850}).new_page()
        watched = Watched(page, behind.url)
        log_in(page, behind, "analyst")
        page.get_by_role("link", name="Ask").click()
        expect(page.get_by_role("status")).to_contain_text("Knowledge base", timeout=60_000)
        page.get_by_placeholder("Ask a question").fill(QUESTION)
        page.get_by_role("button", name="Send the question").click()
        expect(page.get_by_text("returned within 30 days")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("returns-policy.pdf, page 1")).to_be_visible()
        page.screenshot(path=shots / "behind-ask.png")
        assert watched.problems == []
        page.goto(f"{behind.url}/home")
        page.get_by_role("link", name="MLflow").click()
        page.goto(f"{behind.url}/mlflow/#/models")
        expect(page.get_by_role("link", name="churn")).to_be_visible(timeout=60_000)
        page.screenshot(path=shots / "behind-mlflow.png")
        # Its assistant, which runs commands on the machine, is the admin's; users of its own it has none (404).
        assert [one for one in watched.problems if "403" not in one and "404" not in one] == []
        watched.problems.clear()
        page.goto(f"{behind.url}/home")
        page.get_by_role("link", name="Dagster").click()
        page.goto(f"{behind.url}/dagster/assets")
        chosen = page.get_by_test_id("checkbox-analytics/dim_date")
        chosen.wait_for(state="attached", timeout=60_000)
        assert watched.problems == []
        chosen.dispatch_event("click")
        page.get_by_role("button", name="Materialize selected").click()
        page.get_by_text("View error info").click()
        expect(page.get_by_text("takes the role operator or admin").first).to_be_visible()
        page.screenshot(path=shots / "behind-dagster.png")
        assert watched.foreign == []


def test_a_viewer_sees_a_sentence_in_place_of_dagster_and_changes_nothing(behind: Behind, shots: Path) -> None:
    mutation = """() => fetch("/dagster/graphql", {method: "POST", headers: {"content-type": "application/json"},
        body: '{"query": "mutation { launchRun(executionParams: {}) { __typename } }"}'}).then((one) => one.text())"""
    with chromium() as browser:
        page = browser.new_page()
        log_in(page, behind, "viewer")
        assert page.get_by_role("link", name="Dagster").count() == 0
        page.goto(f"{behind.url}/dagster/assets")
        expect(page.get_by_text("Your role viewer may not look at Dagster and MLflow")).to_be_visible()
        page.screenshot(path=shots / "behind-refused.png")
        page.get_by_role("link", name="To the start page").click()
        page.get_by_role("link", name="dbt docs").click()
        expect(page.get_by_text("The warehouse of aieco").first).to_be_visible(timeout=60_000)
        page.goto(behind.url)
        assert "takes the role analyst, operator, approver or admin." in page.evaluate(mutation)
