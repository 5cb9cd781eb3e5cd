"""What the service writes down of its answers and predictions, and what it does not."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from aieco_assets.core.contracts import CHAMPION, CLV
from aieco_assets.core.registry.aliases import set_alias
from aieco_assets.core.registry.models import MODEL_FILE
from aieco_assets.core.registry.versions import register_data_model, to_json
from aieco_assets.core.settings import Settings
from bento.app import create_app
from bento.backend import Backend
from bento.middleware import Guard
from tests.bento.conftest import client_of, stored
from tests.bento.test_numbers import warehouse_away  # noqa: F401 - a fixture
from tests.waiting import until

QUESTION = "How many days do I have to return an item?"
LOGGED = "from service.inference_log where trace_id = %s"


def test_an_answer_is_logged_with_versions_passages_scores_and_cost(client: TestClient, served: Settings) -> None:
    answer = client.post("/answer", json={"question": QUESTION}).json()

    ((kind, question, outcome, verified, knowledge, models, retrieved, key, latency, tokens),) = stored(
        served,
        "select kind, question, outcome, verified, knowledge_version, models, retrieved, key_id, latency_ms,"
        f" prompt_tokens {LOGGED}",
        answer["trace_id"],
    )
    assert (kind, question, key) == ("answer", QUESTION, "local")
    assert outcome in ("quoted", "verified") and verified
    assert (knowledge, models, tokens) == (
        answer["knowledge_base"]["version"],
        answer["models"],
        answer["usage"]["prompt_tokens"],
    )
    assert retrieved[0]["document"] == "returns.md" and len(retrieved[0]["chunk_id"]) == 64
    assert retrieved[0]["score"] >= retrieved[-1]["score"] > 0
    assert latency >= answer["usage"]["latency_ms"]


def test_a_prediction_is_logged_without_saying_whose(client: TestClient, served: Settings) -> None:
    body = client.post("/predict", json={"customer_ids": ["12347", "99999", "12346"]}).json()

    ((row,),) = stored(served, "select to_jsonb(inference_log) " + LOGGED, body["trace_id"])
    assert (row["kind"], row["customers"], row["unknown_customers"]) == ("prediction", 2, 1)
    assert row["models"] == {"clv": "1"}
    assert not [customer for customer in ("12346", "12347", "99999") if customer in str(row["question"])]
    assert "12347" not in str({name: value for name, value in row.items() if name not in ("trace_id", "asked_at")})


def test_an_unknown_answer_can_be_rated_because_it_may_be_on_its_way(client: TestClient, served: Settings) -> None:
    assert client.post("/feedback", json={"trace_id": "not-known-yet", "rating": "up"}).status_code == 201
    assert stored(served, "select rating from service.feedback where trace_id = 'not-known-yet'") == [("up",)]


def test_ratings_are_taken_while_the_warehouse_is_away_and_predictions_are_not(
    client: TestClient,
    warehouse_away: None,  # noqa: F811
) -> None:
    rated = client.post("/feedback", json={"trace_id": "rated-meanwhile", "rating": "up"})
    predicted = client.post("/predict", json={"customer_ids": ["12346"]})

    assert rated.status_code == 201
    assert (predicted.status_code, predicted.json()) == (
        503,
        {"error": "The warehouse does not answer: try again in a moment."},
    )
    assert int(predicted.headers["retry-after"]) > 0


def test_a_platform_without_features_predicts_nothing_and_it_is_not_the_clients_fault(settings: Settings) -> None:
    with client_of(Guard(create_app(Backend(settings)))) as client:
        response = client.post("/predict", json={"customer_ids": ["12346"]})

    assert response.status_code == 503
    assert "aieco run" in response.json()["error"]


def test_predictions_follow_the_champion_and_read_its_file_once(
    client: TestClient, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def predicted() -> dict:
        (row,) = client.post("/predict", json={"customer_ids": ["12346"]}).json()["predictions"]
        return row

    read = []
    from aieco_assets.core.registry import models

    load = models.load_files
    monkeypatch.setattr(models, "load_files", lambda *given: read.append(given[1].version) or load(*given))
    before = predicted()
    other = {"parameters": {"r": 0.5, "alpha": 4.414, "a": 0.793, "b": 2.426}}
    made = register_data_model(served, CLV, {MODEL_FILE: to_json(other)}, kind="bg-nbd")
    set_alias(served, CLV, CHAMPION, made.version, "test", "another champion", {})
    try:
        until(lambda: predicted()["model_version"] == made.version, 20, "the new champion")
        after = predicted()
        assert after["expected_purchases_90d"] != before["expected_purchases_90d"]
        assert read.count(made.version) == 1
    finally:
        set_alias(served, CLV, CHAMPION, before["model_version"], "test", "back", {})
        until(lambda: predicted()["model_version"] == before["model_version"], 20, "the old champion")
