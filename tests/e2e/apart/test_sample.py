"""The sample with every part apart: Postgres behind PgBouncer in transaction mode, lake and vectors on an S3 stand-in
(moto's server), MLflow behind its server and its login; and then the service over HTTP."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any, LiteralString
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from pydantic import SecretStr

from aieco_assets.core.settings import Settings
from tests.bento.serving import Running, serving
from tests.e2e.apart.conftest import SKIP
from tests.e2e.apart.servers import BUCKET, MLFLOW_USER, Parts, client, database_url
from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1_800), SKIP]
QUESTION, ANSWER = "How long can I return something that I ordered online?", "30 days"


@pytest.fixture(scope="module")
def filled(far: Home) -> Home:
    result = far.aieco("run", timeout=1_500)
    assert result.returncode == 0, result.stdout + result.stderr
    return far


@pytest.fixture
def service(filled: Home) -> Iterator[Running]:
    """As `bentoml serve` starts it by hand, told of all parts by the environment."""
    url = SecretStr(filled.variables["AIECO_POSTGRES_URL"])
    settings = Settings(home=filled.path, postgres_url=url, _env_file=None)  # type: ignore[call-arg]
    own = ("AIECO_POSTGRES_URL", "AIECO_SERVICE_PORT")
    told = {name: value for name, value in filled.variables.items() if name not in own}
    with serving(settings, filled.path.parent / "service.log", **told) as running:
        yield running


def test_the_sample_run_leaves_everything_with_the_parts_and_no_lock_behind(filled: Home, apart: Parts) -> None:
    assets = {asset["key"]: asset["status"] for asset in filled.json("status")["assets"]}
    assert {status for status in assets.values()} == {"materialized"}
    assert [name for name in ("lake", "lancedb", "artifacts", "postgres") if (filled.path / name).exists()] == []
    listed = client(apart.s3.url).list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {item["Key"].partition("/")[0] for item in listed} == {"lake", "lancedb", "mlflow"}
    with psycopg.connect(database_url(apart.postgres_port)) as direct:
        locks = direct.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone()
        lines = direct.execute("select count(*) from raw.transactions").fetchone()
    assert (locks, lines) == ((0,), (48_725,))


def test_whatever_spoke_to_postgres_came_through_pgbouncer_in_transaction_mode(filled: Home, apart: Parts) -> None:
    with psycopg.connect(database_url(apart.postgres_port)) as direct:
        query = "select count(*) from pg_stat_activity where usename = session_user and pid != pg_backend_pid()"
        sessions = direct.execute(query + " and backend_type = 'client backend'").fetchone()
    pools, stats = (of_pgbouncer(apart, what) for what in ("show pools", "show stats"))
    ours = ("aieco", "aieco_dagster", "aieco_mlflow")
    assert {pools[name]["pool_mode"] for name in ours} == {"transaction"}
    assert all(stats[name]["total_xact_count"] > 100 for name in ours), stats
    held = sum(pool["sv_active"] + pool["sv_idle"] + pool["sv_used"] for pool in pools.values())
    assert sessions is not None and sessions[0] <= held


def of_pgbouncer(apart: Parts, what: LiteralString) -> dict[str, dict[str, Any]]:
    """A table of PgBouncer's own console by database; it speaks the simple protocol alone."""
    with psycopg.connect(database_url(apart.pgbouncer.port, "pgbouncer"), autocommit=True) as console:
        cursor = psycopg.ClientCursor(console, row_factory=dict_row)
        return {row["database"]: row for row in cursor.execute(what).fetchall()}


def test_a_second_run_makes_nothing_again_that_is_there(filled: Home) -> None:
    again = filled.aieco("run", "--json")
    assert again.returncode == 0, again.stdout + again.stderr
    made = [json.loads(line)["key"] for line in again.stdout.splitlines() if line.startswith("{")]
    assert [key for key in made if key.partition("/")[0] in ("lake", "raw", "marts", "knowledge", "models")] == []


def test_the_service_answers_over_http_with_a_citation(filled: Home, service: Running) -> None:
    answer = httpx.post(service.url + "/answer", json={"question": QUESTION}, timeout=60)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["abstained"], said["verified"], ANSWER in said["answer"]) == (False, True, True)
    assert said["citations"] and all(one["quote"] and len(one["sha256"]) == 64 for one in said["citations"])
    again = [httpx.post(service.url + "/answer", json={"question": QUESTION}, timeout=60).json() for _ in range(12)]
    assert {one["answer"] for one in again} == {said["answer"]}


@pytest.mark.parametrize(
    ("user", "password"), [("", ""), (MLFLOW_USER, "wrong"), ("nobody", "wrong")], ids=["none", "password", "user"]
)
def test_without_its_login_mlflow_shows_nothing_and_a_command_says_what_to_set(
    filled: Home, apart: Parts, user: str, password: str
) -> None:
    login = (user, password) if user else None
    assert httpx.get(apart.mlflow.url + "/api/2.0/mlflow/experiments/search", auth=login).status_code == 401
    login = {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}
    stranger = Home(filled.path, {**filled.variables, **login})
    stranger.refused("history", "clv", naming="does not let us in: set MLFLOW_TRACKING_USERNAME")


def test_no_password_is_in_what_a_run_or_a_process_shows(filled: Home, apart: Parts) -> None:
    secrets = [filled.variables["MLFLOW_TRACKING_PASSWORD"], urlsplit(apart.url).password or ""]
    logs = [path for path in (filled.path / "logs").rglob("*") if path.is_file()]
    told = [path for path in logs if any(secret in path.read_text(errors="replace") for secret in secrets)]
    assert (bool(logs), told) == (True, [])
    command_lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not any(secret in command_lines for secret in secrets)
