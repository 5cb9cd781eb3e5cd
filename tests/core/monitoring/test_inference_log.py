"""A day of the service in numbers, from literal calls."""

from __future__ import annotations

from datetime import date

import dagster as dg
import pytest

from aieco_assets.core.monitoring.inference_log import summarise_day
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.monitoring.records import feedback_record, prediction_record
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.monitoring.inference_log import inference_log

DAY = date(2026, 3, 5)


def answer(trace_id: str, at: str, latency_ms: float, abstained: bool = False) -> dict:
    call = prediction_record(trace_id, {"llm": "a@1"}, 0, 0, "ann", latency_ms / 1000)
    said = {"kind": "answer", "question": "How long?", "outcome": "abstained" if abstained else "quoted"}
    return {**call, **said, "asked_at": at, "abstained": abstained, "verified": not abstained, "prompt_tokens": 10}


@pytest.fixture
def filled(settings: Settings) -> Settings:
    spool = spool_of(settings)
    spool.append(
        [
            answer("a0000001", "2026-03-05T00:00:00+00:00", 100),
            answer("a0000002", "2026-03-05T09:30:00+00:00", 200),
            answer("a0000003", "2026-03-05T09:59:00+00:00", 300, abstained=True),
            answer("a0000004", "2026-03-05T23:59:59.9+00:00", 400),
            answer("a0000005", "2026-03-06T00:00:00+00:00", 9_000),
            answer("a0000006", "2026-03-05T00:30:00+01:00", 9_000),
            {**answer("a0000008", "2026-03-05T09:00:00+00:00", 9_000), "arm": "shadow", "shadow_of": "a0000002"},
            {**prediction_record("p0000001", {"clv": "1"}, 7, 2, "ann", 0.05), "asked_at": "2026-03-05T12:00:00+00:00"},
            feedback_record("a0000002", "up", None),
            feedback_record("a0000002", "up", "clear"),
            feedback_record("a0000003", "down", None),
            feedback_record("unknown1", "down", None),
        ]
    )
    spool.seal()
    return settings


def test_a_day_is_counted_from_midnight_to_midnight_utc_without_what_nobody_saw(filled: Settings) -> None:
    found = summarise_day(filled, DAY)

    answers, predictions = found.kinds
    assert (answers.requests, answers.verified, answers.abstained, answers.abstention_rate) == (4, 3, 1, 0.25)
    assert (answers.latency_p50_ms, answers.latency_p95_ms) == (250, pytest.approx(385))
    assert (answers.rated_up, answers.rated_down, answers.prompt_tokens) == (2, 1, 40)
    assert (predictions.kind, predictions.requests, predictions.customers) == ("prediction", 1, 7)
    assert {hour: count for hour, count in enumerate(found.by_hour) if count} == {0: 1, 9: 2, 12: 1, 23: 1}
    assert found.shipped == 12  # they lay in the spool of a service that is gone


def test_a_day_made_again_is_replaced_and_an_empty_one_has_no_rows(filled: Settings) -> None:
    summarise_day(filled, DAY)
    spool = spool_of(filled)
    spool.append([answer("a0000007", "2026-03-05T10:00:00+00:00", 100)])
    ship(filled, spool)

    again, empty = summarise_day(filled, DAY), summarise_day(filled, date(2026, 3, 7))

    with connect(filled.warehouse) as connection:
        rows = connection.execute("select day, kind, requests from monitoring.inference_days order by kind").fetchall()
    assert rows == [(DAY, "answer", 5), (DAY, "prediction", 1)]
    assert (again.shipped, empty.requests, empty.abstention_rate) == (0, 0, 0.0)


def test_the_asset_shows_counts_abstentions_latencies_and_a_plot(filled: Settings) -> None:
    result = dg.materialize([inference_log], resources={"settings": filled}, partition_key="2026-03-05")

    (event,) = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert (metadata["requests"].value, metadata["answers"].value, metadata["predictions"].value) == (5, 4, 1)
    assert metadata["abstention_rate"].value == 0.25
    assert "| answer | 4 | 25% | 250 | 385 | 2 / 1 |" in metadata["kinds"].value
    assert metadata["chart"].value.startswith("![calls by hour of 2026-03-05, UTC](data:image/svg+xml")
