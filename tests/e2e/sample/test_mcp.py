"""`aieco mcp` and /mcp on a finished home, asked by the official client as an assistant would."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from tests.assistant import Assistant, over_http, over_stdio
from tests.bento.serving import serving
from tests.e2e.conftest import AIECO, Home
from tests.schema_values import arguments, wrong_with

# Whoever comes first waits for the whole run.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
Ask = Callable[[Assistant], Any]


@pytest.fixture(scope="module")
def at_the_machine(filled: Home) -> Iterator[Assistant]:
    with over_stdio(AIECO, ["mcp"], filled.environment) as one:
        yield one


@pytest.fixture(scope="module")
def at_the_service(filled: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    log = tmp_path_factory.mktemp("mcp") / "service.log"
    home = Settings(home=filled.path, _env_file=None)  # type: ignore[call-arg]
    with open_platform(home) as opened, serving(opened, log) as service, over_http(service.url) as one:
        yield one
    assert "Traceback" not in log.read_text()


@pytest.fixture(params=["at_the_machine", "at_the_service"])
def assistant(request: pytest.FixtureRequest) -> Assistant:
    return request.getfixturevalue(request.param)


HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a client", "version": "1"}}


# Ten questions that people ask of data, models and documents, each with what the answer must show.
QUESTIONS: dict[str, tuple[str, dict[str, Any], Callable[[dict[str, Any]], object]]] = {
    "how long may something ordered online be returned": (
        "ask",
        {"question": "How many days do I have to return something I ordered online?"},
        lambda said: "30 days" in said["answer"] and said["citations"][0]["document"] == "returns-policy.pdf",
    ),
    "what no document says": (
        "ask",
        {"question": "What is the boiling point of tungsten on the moon?"},
        lambda said: said["abstained"] and said["citations"] == [],
    ),
    "where annual leave is written of": (
        "search",
        {"question": "How many days of annual leave are there?", "k": 3},
        lambda said: said["hits"][0]["document"] == "employee-leave-policy.pdf",
    ),
    "how many orders by country": (
        "query_metric",
        {"metric": "orders", "group_by": ["country"], "top": 3},
        lambda said: len(said["number"]["rows"]) == 3 and said["number"]["value"] > 100,
    ),
    "revenue of a month": (
        "query_metric",
        {"metric": "revenue", "first_day": "2025-03-01", "last_day": "2025-03-31"},
        lambda said: said["number"]["filters"]["first_day"] == "2025-03-01" and said["number"]["value"] > 0,
    ),
    "can revenue be trusted": (
        "explain_number",
        {"metric": "revenue"},
        lambda said: "select" in said["sql"] and said["tests"] and all(one["passed"] for one in said["tests"]),
    ),
    "is anything stale": (
        "status",
        {"only_wrong": True},
        lambda said: said["assets"] == [] and said["champion"]["clv"] == "1",
    ),
    "where the column of customers comes from": (
        "lineage",
        {"asset": "marts/fct_sales_lines", "column": "customer_id", "direction": "upstream", "depth": 10},
        lambda said: any(read.startswith("raw/transactions.") for read, _ in said["edges"]),
    ),
    "what depends on the documents": (
        "lineage",
        {"asset": "lake/documents", "direction": "downstream", "depth": 10},
        lambda said: {"knowledge/index", "serving/bento"} <= {made for _, made in said["edges"]},
    ),
    "why version 1 of clv is in production": (
        "model_history",
        {"model": "clv", "version": 1},
        lambda said: said["in_production"] and said["figures"]["holdout_rmse"] and "training gate" in said["sentence"],
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered(assistant: Assistant, question: str) -> None:
    tool, given, holds = QUESTIONS[question]
    said = assistant.told(tool, **given)
    assert holds(said), json.dumps(said, indent=1)


def test_a_customer_of_the_shop_is_predicted(assistant: Assistant, filled: Home) -> None:
    ((customer,),) = filled.rows("select customer_id from predictions.customers order by customer_id limit 1")
    found = assistant.told("predict", customer_ids=[customer])
    assert [one["customer_id"] for one in found["predictions"]] == [customer]


def test_a_cited_page_can_be_read_to_its_end(assistant: Assistant) -> None:
    (hit,) = assistant.told("search", question="What does it cost to send back a parcel?", k=1)["hits"]
    page = assistant.told("read_page", sha256=hit["sha256"], page=hit["page"])
    assert hit["quoted"] in page["quoted"] and page["next_start"] is None
    rest = assistant.told("read_page", sha256=hit["sha256"], page=hit["page"], start=page["characters"] - 5)
    assert rest["quoted"] == page["quoted"][-5:]


def test_the_next_run_is_planned_where_the_platform_lies(at_the_machine: Assistant, at_the_service: Assistant) -> None:
    assert at_the_machine.told("plan")["runs"] == []
    assert "There is no tool of that name" in at_the_service.refused("plan")


def test_a_reader_of_a_group_is_told_of_their_documents_alone(filled: Home, at_the_machine: Assistant) -> None:
    leave = "How many days of annual leave does a full-time employee have?"
    rules = filled.path / "sample" / "documents" / "access.yaml"
    rules.write_text("default: everyone\ndocuments:\n  employee-leave-policy.pdf: [hr]\n")
    try:
        with over_stdio(AIECO, ["mcp", "--as-groups", "hr"], filled.environment) as hr:
            assert hr.told("ask", question=leave)["citations"][0]["document"] == "employee-leave-policy.pdf"
        with over_stdio(AIECO, ["mcp", "--as-groups", "sales"], filled.environment) as sales:
            said = json.dumps([sales.told("ask", question=leave), sales.told("search", question=leave, k=20)])
            assert "employee-leave-policy" not in said and "26 days" not in said
            for tool in ("status", "plan"):
                assert sales.refused(tool).startswith("You read some documents only")
    finally:
        rules.unlink()


@pytest.mark.parametrize("name", ["search", "query_metric", "lineage", "model_history"])
def test_whatever_is_sent_there_is_a_result_or_a_sentence(at_the_machine: Assistant, filled: Home, name: str) -> None:
    (tool,) = [one for one in at_the_machine.tools() if one.name == name]
    known = {"metric": ["revenue", "orders"], "asset": ["marts/fct_sales_lines"], "model": ["clv", "rag"]}

    @hypothesis.settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(arguments(tool.input_schema, known))
    def never_more(given: dict[str, Any]) -> None:
        assert wrong_with(tool, at_the_machine.send(name, given), (str(filled.path), "site-packages")) == ""

    never_more()


def test_a_home_that_can_not_be_is_a_sentence_and_no_traceback(filled: Home) -> None:
    home = Home(filled.path, {**filled.variables, "AIECO_HOME": "/proc/none"})
    with over_stdio(AIECO, ["mcp"], home.environment) as one:
        said = one.refused("ask", question="How many days do I have?")
        assert "cannot be written" in said and "/proc" not in said


def test_a_client_that_does_not_wait_leaves_no_process(filled: Home) -> None:
    process = subprocess.Popen(
        [AIECO, "mcp"], env=filled.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin and process.stdout
    for message in (
        {"id": 1, "method": "initialize", "params": HELLO},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "query_metric", "arguments": {"metric": "orders"}}},
    ):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()
    assert [json.loads(process.stdout.readline())["id"] for _ in range(2)] == [1, 2]
    process.terminate()
    assert process.wait(timeout=120) == 0


def test_a_client_that_goes_away_while_it_is_answered_ends_it_without_a_traceback(filled: Home) -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen([AIECO, "mcp"], env=filled.environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdin and process.stdout and process.stderr
    hello = {"id": 1, "method": "initialize", "params": HELLO}
    process.stdin.write(json.dumps({"jsonrpc": "2.0", **hello}) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    process.stdout.close()
    for message in ({"method": "notifications/initialized"}, {"id": 2, "method": "tools/list"}):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        process.stdin.flush()
    process.stdin.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=120) == 0
