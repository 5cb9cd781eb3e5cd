"""The signals of a day from literal records: what was measured has a row, what was not has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

import dagster as dg
import numpy as np
import pytest

from aieco_assets.core.monitoring.effect_sizes import cohens_d, cohens_h, cramers_v
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.monitoring.records import failure_record, feedback_record, prediction_record
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.monitoring.signals import record_signals, series
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.monitoring.signals import signals

DAY = date(2026, 3, 5)
AS_OF = date(2025, 11, 30)  # judged from 2026-03-07: 90 days, and 7 for what arrives late


def stored(settings: Settings) -> dict[tuple[date, str, str], tuple[float, int, float | None]]:
    with connect(settings.warehouse) as connection:
        rows = connection.execute("select day, metric, entity, value, sample_size, reference from monitoring.signals")
        return {row[:3]: row[3:] for row in rows}


def answers(
    settings: Settings,
    day: date,
    scores: list[float],
    abstained: int,
    slowest_ms: float = 100,
    documents: Sequence[str] = ("d",),
) -> list[str]:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc).isoformat()
    records = []
    for number, score in enumerate(scores):
        silent = number < abstained
        call = prediction_record(f"{day}-{number:04d}", {"llm": "a@1"}, 0, 0, "ann", 0.1)
        said = {"kind": "answer", "question": "How long?", "outcome": "abstained" if silent else "verified"}
        counts = {"prompt_tokens": 90, "completion_tokens": 10, "abstained": silent, "verified": not silent}
        hits = {"retrieved": [{"chunk_id": "c", "document": documents[number % len(documents)], "score": score}]}
        records.append({**call, **said, **counts, **hits, "asked_at": noon})
    records[-1]["latency_ms"] = slowest_ms
    spool = spool_of(settings)
    spool.append(records)
    ship(settings, spool)
    return [record["trace_id"] for record in records]


@pytest.mark.parametrize(("calls", "compared"), [(29, False), (30, True)])
def test_a_latency_is_compared_with_days_before_that_had_calls_enough(
    settings: Settings, calls: int, compared: bool
) -> None:
    answers(settings, DAY - timedelta(days=1), [0.8] * calls, abstained=0)
    answers(settings, DAY, [0.8] * 60, abstained=0)

    record_signals(settings, DAY)

    found = stored(settings)
    for metric in ("latency_p50_ms", "latency_p99_ms"):
        assert (found[DAY, metric, "answer"][2] is not None) is compared


def test_calls_are_measured_with_their_samples_and_against_the_days_before(settings: Settings) -> None:
    answers(settings, DAY - timedelta(days=3), [0.8, 0.9] * 50, abstained=20)
    first, second, *_ = answers(settings, DAY, [0.7, 0.8] * 20, abstained=20, slowest_ms=5_000)
    spool = spool_of(settings)
    spool.append([feedback_record(first, "down", None), feedback_record(second, "up", None)])
    ship(settings, spool)

    record_signals(settings, DAY, "run-1")

    found = {metric: values for (_, metric, entity), values in stored(settings).items() if entity == "answer"}
    assert found["requests"] == (40, 40, pytest.approx(100 / 3))  # of the days since the first call
    assert found["abstention_rate"] == (0.5, 40, 0.2)
    assert found["verified_rate"] == (0.5, 40, 0.8)
    assert found["thumbs_down_rate"] == (0.5, 2, None)
    assert found["tokens_per_answer"] == (100, 40, 100)
    assert found["latency_p50_ms"] == (100, 40, 100)
    assert found["latency_p99_ms"][0] > 3_000
    assert found["top_score"] == (pytest.approx(0.75), 40, pytest.approx(0.85))
    assert found["top_score_shift"][0] == pytest.approx(-0.1 / 0.05, rel=0.02)
    assert found["abstention_shift"][0] == pytest.approx(cohens_h(0.5, 0.2))


def test_answers_that_failed_count_among_the_questions_also_when_all_did(settings: Settings) -> None:
    answers(settings, DAY, [0.8] * 6, abstained=0)
    spool = spool_of(settings)
    noons = [f"{day}T12:00:00+00:00" for day in (DAY, DAY, DAY + timedelta(days=1))]
    spool.append([{**failure_record(RuntimeError("secret")), "failed_at": noon} for noon in noons])
    ship(settings, spool)
    assert stored_of(settings, DAY)[DAY, "error_rate", "answer"] == (0.25, 8, None)
    next_day = DAY + timedelta(days=1)
    assert stored_of(settings, next_day) == {(next_day, "error_rate", "answer"): (1.0, 1, None)}
    with connect(settings.warehouse) as connection:
        assert connection.execute("select distinct error from service.failures").fetchall() == [("RuntimeError",)]


def test_too_few_answers_tell_no_shift_and_a_day_without_calls_nothing(settings: Settings) -> None:
    answers(settings, DAY - timedelta(days=3), [0.8, 0.9] * 50, abstained=20)
    answers(settings, DAY, [0.1] * 29, abstained=29)
    assert not {metric for _, metric, _ in stored_of(settings, DAY)} & {"top_score_shift", "abstention_shift"}
    assert stored_of(settings, DAY + timedelta(days=1)) == {}
    with connect(settings.warehouse) as connection:
        rows = connection.execute("select day, signals from monitoring.signal_days order by day").fetchall()
    assert rows == [(DAY, 8), (DAY + timedelta(days=1), 0)]  # measured, and found nothing


def stored_of(settings: Settings, day: date) -> dict[tuple[date, str, str], tuple[float, int, float | None]]:
    record_signals(settings, day)
    return {key: value for key, value in stored(settings).items() if key[0] == day}


def test_a_day_made_again_is_the_same_and_what_went_is_gone(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into lake.transaction_days (invoice_date, read, loaded, rejected, bytes, sha256, inputs_sha256,"
            " landed_at) values ('2026-03-03', 150, 120, 30, 1, '', '', '2026-03-05 02:00Z'),"
            " ('2026-03-04', 50, 30, 20, 1, '', '', '2026-03-05 02:00Z'),"
            " ('2026-03-05', 50, 50, 0, 1, '', '', '2026-03-06 02:00Z')"
        )
    first, again = stored_of(settings, DAY), stored_of(settings, DAY)
    assert first == again == {(DAY, "reject_rate", "transactions"): (0.25, 200, None)}
    with connect(settings.warehouse) as connection:
        connection.execute("delete from lake.transaction_days")
    assert stored_of(settings, DAY) == {}


def test_drift_and_documents_that_were_kept_out_are_signals(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        for column, score in (("monetary", 0.3), ("country", 0.05)):
            connection.execute(
                "insert into monitoring.drift (day, column_name, method, score, threshold, drifted, reference_as_of,"
                " current_as_of, share_drifted, features_digest, report) values (%s, %s, 'w', %s, 0.1, %s, %s, %s,"
                " 0.5, '', '')",
                (DAY, column, score, score >= 0.1, AS_OF, AS_OF),
            )
        connection.execute(
            "insert into lake.documents (path, sha256, bytes, media_type, first_seen, last_seen)"
            " select 'a' || n, '', 1, '', '2026-03-01', '2026-03-01' from generate_series(1, 3) as n"
        )
        connection.execute(
            "insert into lake.document_quarantine (source, path, place, reason, seen_at)"
            " values ('lake/documents', 'b', '', 'broken', '2026-03-01')"
        )
    found = {key[1:]: value for key, value in stored_of(settings, DAY).items()}
    assert found["drift_share", "customer_rfm"] == (0.5, 0, None)
    assert found["drift_score", "monetary"] == (0.3, 0, 0.1)
    assert found["quarantine_rate", "documents"] == (0.25, 4, None)


def test_effect_sizes_are_cohens() -> None:
    assert cohens_h(0.5, 0.5) == 0
    assert cohens_h(1, 0) == pytest.approx(np.pi)
    assert cohens_d(1.0, 4.0, 50, (0.0, 4.0, 50)) == 0.5
    assert cohens_d(1.0, 0.0, 50, (0.0, 0.0, 50)) == 0


def test_the_association_of_a_table_is_free_of_what_chance_gives() -> None:
    assert cramers_v([[30, 30], [20, 20]]) == 0
    assert cramers_v([[50, 0], [0, 50]]) == pytest.approx(1, abs=0.01)
    assert cramers_v([[70, 70]]) == 0  # one topic
    random = np.random.default_rng(3)
    same = [random.multinomial(40, [1 / 30] * 30), random.multinomial(400, [1 / 30] * 30)]
    assert cramers_v(np.transpose(same).tolist()) < 0.12  # the plain one is 0.26


def test_questions_about_other_documents_than_before_are_a_shift_of_topics(settings: Settings) -> None:
    answers(settings, DAY - timedelta(days=3), [0.8] * 100, abstained=0, documents=["returns.md", "delivery.md"])
    answers(settings, DAY, [0.8] * 40, abstained=0, documents=["returns.md", "delivery.md"])
    assert stored_of(settings, DAY)[DAY, "topic_shift", "answer"] == (0.0, 40, None)

    next_day = DAY + timedelta(days=1)
    answers(settings, next_day, [0.8] * 40, abstained=0, documents=["recall-of-toys.md"])
    assert stored_of(settings, next_day)[next_day, "topic_shift", "answer"][0] > 0.9


def test_a_series_has_a_gap_where_nothing_was_measured(settings: Settings) -> None:
    from aieco_assets.core.monitoring.signals import write_signals

    with connect(settings.warehouse) as connection:
        write_signals(connection, DAY, [Signal("drift_share", "customer_rfm", 0.5, 1)])
    found = series(settings, DAY + timedelta(days=1), 3)[("drift_share", "customer_rfm")]
    assert [str(value) for value in found] == ["nan", "0.5", "nan"]


def test_the_asset_shows_what_was_measured_what_was_not_and_a_plot(settings: Settings) -> None:
    answers(settings, DAY, [0.8] * 10, abstained=1)
    result = dg.materialize([signals], resources={"settings": settings}, partition_key=str(DAY))

    (event,) = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert metadata["dagster/row_count"].value == 8
    assert "drift_share" in metadata["absent"].value
    assert "| abstention_rate | answer | 0.1 | 10 |  |" in metadata["signals"].value
    assert metadata["chart"].value.startswith("![signals of 30 days to 2026-03-05, UTC](data:image/svg+xml")
    with connect(settings.warehouse) as connection:
        assert connection.execute("select distinct run_id from monitoring.signals").fetchall() == [(result.run_id,)]
