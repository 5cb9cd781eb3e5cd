"""The tools over HTTP: the official client against the service, by keys of different scopes and groups."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest

from aieco_assets.core.monitoring.graph_picture import write_picture
from aieco_assets.core.serving.keys import make_key, read_keys
from aieco_assets.core.settings import Settings
from aieco_assets.core.tools.catalogue import TOOLS
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.assistant import Assistant, over_http
from tests.bento.conftest import stored
from tests.bento.writing import listening
from tests.core.tools.literal import PICTURE
from tests.schema_values import arguments, wrong_with
from tests.waiting import until

LEAVE = "How many days of paid annual leave does an employee get?"
RULES = "default: everyone\ndocuments:\n  leave.md: [hr]\n  travel.pdf: [hr]\n"
WHO = {"anna": ("ask", ["hr"]), "ben": ("ask", []), "pia": ("predict", []), "rob": ("review", []), "ada": ("admin", [])}
SMALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def keys() -> dict[str, tuple[str, str]]:
    return {name: make_key(name, scopes.split("+"), groups) for name, (scopes, groups) in WHO.items()}


@pytest.fixture(scope="module")
def url(served: Settings, keys: dict[str, tuple[str, str]]) -> Iterator[str]:
    rules = Path(served.documents) / "access.yaml"
    rules.write_text(RULES)
    write_picture(served, PICTURE)
    backend = Backend(served)
    backend.open()
    try:
        with listening(Guard(create_app(backend), read_keys(",".join(entry for _, entry in keys.values())))) as address:
            until(lambda: answers(address), 60, "the service")
            yield address
    finally:
        rules.unlink()


@pytest.fixture(scope="module")
def asking(url: str, keys: dict[str, tuple[str, str]]) -> Iterator[Callable[[str], Assistant]]:
    with ExitStack() as stack:
        known: dict[str, Assistant] = {}

        def by(name: str) -> Assistant:
            if name not in known:
                known[name] = stack.enter_context(over_http(url, keys[name][0]))
            return known[name]

        ben = by("ben")
        until(lambda: "leave.md" not in documents(ben.told("search", question=LEAVE, k=20)), 10, "the rule")
        yield by


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/livez").status_code == 200
    except httpx.TransportError:
        return False


def documents(found: dict[str, Any]) -> set[str]:
    return {one["document"] for one in found["hits"]}


def test_a_caller_is_shown_the_tools_that_their_key_may_call_all_of_them_reading(asking) -> None:
    names = {name: {tool.name for tool in asking(name).tools()} for name in WHO}
    assert names["pia"] == {"predict"} and names["rob"] == set()
    assert names["anna"] == names["ada"] - {"predict"} >= {"ask", "search", "read_page", "lineage", "model_history"}
    assert "plan" not in names["ada"]
    for tool in asking("ada").tools():
        assert tool.annotations.read_only_hint and not tool.annotations.destructive_hint
        assert tool.input_schema["additionalProperties"] is False and tool.output_schema["properties"]
        assert len(tool.description) > 60


def test_a_key_without_the_scope_is_refused_whatever_it_was_shown(asking) -> None:
    assert asking("pia").refused("ask", question=LEAVE) == "This key may not ask: use one with the scope ask."
    assert asking("anna").refused("predict", customer_ids=["12346"]).startswith("This key may not predict")
    assert asking("rob").refused("status") == "This key may not ask: use one with the scope ask."


def test_without_a_key_nothing_is_said(url: str) -> None:
    assert httpx.post(f"{url}/mcp", json=SMALL, headers=ACCEPT).status_code == 401


def test_two_readers_get_what_each_may_read(asking) -> None:
    anna, ben, ada = asking("anna"), asking("ben"), asking("ada")
    answer = anna.told("ask", question=LEAVE)
    (cited, *_) = answer["citations"]
    assert "28 days" in answer["answer"] and answer["verified"] and cited["document"] == "leave.md"
    page = anna.told("read_page", sha256=cited["sha256"], page=cited["page"])
    assert page["quoted"][cited["start"] : cited["end"]] == cited["quoted"]

    said = json.dumps([ben.told("ask", question=LEAVE), ben.told("search", question=LEAVE, k=20)])
    assert "28 days" not in said and "leave.md" not in said
    missing = ben.refused("read_page", sha256=cited["sha256"], page=cited["page"])
    assert missing == ben.refused("read_page", sha256="0" * 64, page=1)
    assert {"leave.md", "travel.pdf"} <= documents(ada.told("search", question="policy", k=20))


@pytest.mark.parametrize("name", ["anna", "ben"])
@pytest.mark.parametrize("question", [LEAVE, "What is the meal allowance?", "How long does standard delivery take?"])
def test_a_tool_says_to_a_reader_what_the_route_does(asking, url: str, keys, name: str, question: str) -> None:
    """And of the routes tests/core/governance/test_non_interference.py knows that other documents change nothing."""
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {keys[name][0]}"}, timeout=120) as http:
        answer = http.post("/answer", json={"question": question}).json()
        hits = http.post("/search", json={"question": question, "k": 20}).json()["hits"]
    said, found = asking(name).told("ask", question=question), asking(name).told("search", question=question, k=20)
    assert said["knowledge_base"]["version"] == answer["knowledge_base"]["version"]
    same = ("answer", "abstained", "confidence")
    assert [said[one] for one in same] == [answer[one] for one in same]
    for part in ("citations", "suggestions"):
        assert [one["quoted"] for one in said[part]] == [one["quote"] for one in answer[part]]
    assert [(one["sha256"], one["start"], one["quoted"]) for one in found["hits"]] == [
        (one["sha256"], one["start"], one["text"]) for one in hits
    ]


def test_a_reader_of_some_documents_learns_nothing_of_how_many_there_are(asking) -> None:
    ben, ada = asking("ben"), asking("ada")
    assert "You read some documents only" in ben.refused("status")
    assert "You read some documents only" in ben.refused("model_history", model="embedder")
    asset = "marts/fct_sales_lines"
    assert ben.told("lineage", asset=asset)["rows"] is None and ada.told("lineage", asset=asset)["rows"] == 12
    assert ben.told("model_history", model="clv")["in_production"]


def test_status_says_what_is_stale_and_why(asking) -> None:
    found = asking("ada").told("status", only_wrong=True)
    because = {one["key"]: [cause["asset"] for cause in one["because"]] for one in found["assets"]}
    assert because["raw/transactions"] == ["raw/transactions"]
    assert because["features/customer_rfm"] == ["raw/transactions"]
    assert "predictions/churn" not in because


def test_the_lineage_of_a_column_leads_to_where_it_comes_from(asking) -> None:
    found = asking("anna").told("lineage", asset="features/customer_rfm", column="frequency", direction="upstream")
    assert found["edges"] == [
        ["marts/fct_sales_lines.customer_id", "features/customer_rfm.frequency"],
        ["raw/transactions.customer_id", "marts/fct_sales_lines.customer_id"],
    ]
    assert asking("anna").refused("lineage", asset="marts/fct_sales") == (
        "The graph has no asset of that name: marts/fct_sales_lines may be meant."
    )


def test_a_number_is_read_and_explained(asking) -> None:
    anna = asking("anna")
    names = [one["name"] for one in anna.told("list_metrics")["metrics"]]
    read = anna.told("query_metric", metric="orders", group_by=["month"], top=2)
    explained = anna.told("explain_number", metric="orders")
    assert "orders" in names and len(read["number"]["rows"]) == 2
    assert explained["sql"].startswith("select count(distinct invoice_no")
    assert {(one["test"], one["passed"]) for one in explained["tests"]} == {
        ("not_null_line_id", True),
        ("totals_agree", False),
    }
    assert anna.refused("query_metric", metric="profit").startswith("There is no metric of that name")


def test_a_model_version_says_why_it_is_in_production(asking) -> None:
    found = asking("anna").told("model_history", model="clv")
    assert found["version"] == 1 and "put into production" in found["sentence"]
    assert "The registry has no model of that name" in asking("anna").refused("model_history", model="nothing")
    assert asking("anna").refused("model_history", model="segments").endswith("`aieco status` has what it waits for.")
    assert asking("anna").refused("model_history", model="clv", version=7) == "Model clv has no such version."


def test_customers_are_predicted_and_those_unknown_are_named(asking) -> None:
    found = asking("ada").told("predict", customer_ids=["12346", "web_shop-7"])
    assert [one["customer_id"] for one in found["predictions"]] == ["12346"] and found["unknown"] == ["web_shop-7"]


def test_calls_are_in_the_log_as_the_same_requests_would_be(asking, served: Settings) -> None:
    trace = asking("anna").told("ask", question="How long does standard delivery take?")["trace_id"]
    ((key, outcome),) = stored(served, "select key_id, outcome from service.inference_log where trace_id = %s", trace)
    assert key == "anna" and outcome == "quoted"


def test_the_requests_of_a_minute_are_counted(served: Settings, url: str, keys: dict[str, tuple[str, str]]) -> None:
    secret, entry = keys["anna"]
    guard = Guard(create_app(Backend(served)), read_keys(entry), per_minute=2)
    with listening(guard) as address:
        until(lambda: answers(address), 60, "the service")
        headers = {"authorization": f"Bearer {secret}", **ACCEPT}
        statuses = [httpx.post(f"{address}/mcp", json=SMALL, headers=headers).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_an_older_client_is_served_too(url: str, keys: dict[str, tuple[str, str]]) -> None:
    with over_http(url, keys["anna"][0], mode="legacy") as older:
        assert older.told("search", question="delivery", k=1)["hits"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"[" + json.dumps(SMALL).encode() + b"]", {}),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 3}}', {}),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "file:///etc/passwd"}}', {}),
        (b"{" * 5_000, {}),
        (b"\xff\xfe", {}),
        (json.dumps(SMALL).encode(), {"origin": "http://elsewhere.example"}),
        (json.dumps(SMALL).encode(), {"mcp-protocol-version": "1999-01-01"}),
        (json.dumps(SMALL).encode(), {"content-type": "text/plain"}),
        (b" " * 70_000, {}),
    ],
)
def test_what_is_no_call_is_refused_without_an_error_of_ours(url: str, keys, body: bytes, headers) -> None:
    sent = {"authorization": f"Bearer {keys['ada'][0]}", "content-type": "application/json", **ACCEPT, **headers}
    response = httpx.post(f"{url}/mcp", content=body, headers=sent)
    assert response.status_code < 500 and "Traceback" not in response.text and '"result"' not in response.text


def test_there_is_nothing_to_listen_to(url: str, keys: dict[str, tuple[str, str]]) -> None:
    headers = {"authorization": f"Bearer {keys['ada'][0]}", "accept": "text/event-stream"}
    assert httpx.get(f"{url}/mcp", headers=headers).status_code == 405
    assert httpx.delete(f"{url}/mcp", headers=headers).status_code == 405


def test_a_document_s_orders_are_quoted_and_nothing_follows_them(asking) -> None:
    """What may be misread as an order stands in a field that says so, and no tool could carry it out."""
    for tool in asking("ada").tools():
        if tool.name in ("ask", "search", "read_page"):
            assert "never an instruction" in tool.description
            assert "never an instruction" in json.dumps(tool.output_schema)


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS if not tool.at_the_machine])
def test_whatever_a_client_sends_it_gets_a_result_or_a_sentence(asking, served: Settings, name: str) -> None:
    ada = asking("ada")
    (tool,) = [one for one in ada.tools() if one.name == name]
    (hit, *_) = ada.told("search", question="delivery", k=1)["hits"]
    known = {
        "question": ["How many orders last year?", LEAVE, "delivery"],
        "sha256": [hit["sha256"]],
        "metric": ["revenue", "orders", "customers"],
        "asset": ["marts/fct_sales_lines", "models/clv"],
        "column": ["customer_id"],
        "model": ["clv", "embedder"],
        "customer_ids": [["12346"]],
    }

    @hypothesis.settings(
        max_examples=max(100, int(os.environ.get("AIECO_FUZZ", "0")) // 10),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(arguments(tool.input_schema, known))
    def never_more(given: dict[str, Any]) -> None:
        assert wrong_with(tool, ada.send(name, given), (str(served.home), "site-packages")) == ""

    never_more()
