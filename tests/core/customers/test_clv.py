"""Training, the gate and scoring on literal features in a real warehouse with a real registry."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, CLV
from aieco_assets.core.customers import candidates, clv
from aieco_assets.core.customers.clv import train_clv
from aieco_assets.core.customers.scoring import PREDICTIONS, predict_customers, score_customers
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import available_as_of, read_rfm
from aieco_assets.core.predictions.coverage import coverage
from aieco_assets.core.registry.models import MODEL_FILE, champion, history, load_champion_json, set_alias
from aieco_assets.core.registry.promotion import promote, rollback
from aieco_assets.core.registry.versions import (
    load_files,
    register_data_model,
    to_json,
    version_by_alias,
    versions,
)
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from tests.core.customers.literal import MONTH_ENDS, TABLE, simulate, write_features

LATEST = MONTH_ENDS[-1]


def fill(settings: Settings, customers: int = 600) -> None:
    histories = simulate(customers, seed=3)
    for as_of in MONTH_ENDS:
        write_features(settings, histories, as_of)


def rows(settings: Settings, query: str) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_first_model_becomes_champion_and_the_same_features_train_nothing_new(settings: Settings) -> None:
    fill(settings)
    first = train_clv(settings)
    assert (first.version, first.created, first.champion) == (1, True, True)
    assert first.content["calibration_as_of"] == "2025-06-30"
    assert first.content["as_of"] == "2025-09-30"
    metrics = first.content["metrics"]
    assert metrics["holdout_rmse"] < metrics["naive_rmse"]
    assert metrics["holdout_value_rmse"] < metrics["naive_value_rmse"]
    assert metrics["holdout_interval_coverage"] >= 0.9
    assert {row["candidate"] for row in first.content["candidates"]} == {
        f"{family}, prior {strength}" for family in ("BG/NBD", "Pareto/NBD") for strength in ("0.1", "1", "10")
    }
    version, content = load_champion_json(settings, CLV)
    assert content == first.content
    card = load_files(settings, version)["model_card.md"].decode()
    assert all(
        f"## {part}" in card for part in ("Purpose", "Data", "Errors on the holdout", "By country group", "Limits")
    )
    assert "| France | " in card
    assert version.tags["partition_range"] == "2025-06-30...2025-09-30"
    again = train_clv(settings)
    assert (again.version, again.created, again.champion, again.gate) == (1, False, True, "promoted")
    assert [(move.actor, move.reason.partition(":")[0]) for move in history(settings, CLV)] == [
        ("training gate", "first version")
    ]


def test_a_worse_challenger_is_refused_a_better_one_promoted_and_rolled_back_for_good(settings: Settings) -> None:
    """A champion that expects almost nothing, and features that miss most purchases before the calibration date."""
    fill(settings)
    put_champion(settings, r=0.1, alpha=90.0)
    better = train_clv(settings)
    assert (better.version, better.champion, better.gate) == (2, True, "promoted")
    rollback(settings, CLV, "complaints")
    assert not train_clv(settings).champion
    found = champion(settings, CLV)
    assert found is not None
    assert found.version == 1
    promote(settings, CLV, 2)
    whole = simulate(600, seed=3)
    write_features(settings, [days[:1] if number % 3 else days for number, days in enumerate(whole)], MONTH_ENDS[0])
    worse = train_clv(settings)
    assert (worse.version, worse.created, worse.champion, worse.gate) == (3, True, False, "refused")
    refused = version_by_alias(settings, CLV, CHALLENGER)
    assert refused is not None
    assert refused.version == 3


def test_a_registry_that_goes_down_half_way_leaves_the_champion_and_the_next_training_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, customers=80)
    put_champion(settings, r=0.1, alpha=90.0)
    registry = urlsplit(settings.database("mlflow"))
    name = registry.path.lstrip("/")

    def reachable(yes: bool) -> None:
        with connect(registry._replace(path="/postgres").geturl(), autocommit=True) as connection:
            connection.execute(f'alter database "{name}" allow_connections {yes}'.encode())
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))

    def registered_then_down(*arguments: Any, **options: Any) -> Any:
        made = register_data_model(*arguments, **options)
        reachable(False)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(clv, "register_data_model", registered_then_down)
        with pytest.raises(AiecoError, match=r"registry at .* does not answer"):
            train_clv(settings)
    reachable(True)
    found = champion(settings, CLV)
    assert found is not None
    assert found.version == 1
    again = train_clv(settings)
    assert (again.version, again.created, again.champion) == (2, False, True)


def test_a_candidate_that_fails_is_kept_with_its_reason_and_all_failing_is_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double of the likelihood: which data make an optimiser fail is not known beforehand."""
    fill(settings, customers=80)
    holdout, _ = clv._read_training_data(settings)
    real = candidates.purchase_likelihood

    def flat(*_arguments: Any) -> Any:
        return lambda logs: (float("nan"), logs * float("nan"))

    monkeypatch.setattr(
        candidates, "purchase_likelihood", lambda *given: (flat if given[1] == "bg-nbd" else real)(*given)
    )
    judged = [one.row() for one in candidates.judge_candidates(settings, holdout)]
    assert [bool(row["error"]) for row in judged] == [False] * 3 + [True] * 3
    assert "did not converge" in judged[-1]["error"]
    monkeypatch.setattr(candidates, "purchase_likelihood", flat)
    with pytest.raises(AiecoError, match="No candidate of the clv model could be fitted"):
        candidates.judge_candidates(settings, holdout)


def test_too_few_customers_leave_the_champion_and_register_nothing(settings: Settings) -> None:
    fill(settings)
    put_champion(settings)
    rows_before = len(versions(settings, CLV))
    with connect(settings.warehouse) as connection:
        connection.execute("delete from features.customer_rfm where customer_id > '12010'")
    with pytest.raises(AiecoError, match="needs 50 customers of whom 20"):
        train_clv(settings)
    assert len(versions(settings, CLV)) == rows_before
    assert champion(settings, CLV) is not None


def test_one_month_end_is_not_enough(settings: Settings) -> None:
    write_features(settings, simulate(100, seed=3), LATEST)
    with pytest.raises(AiecoError, match="two month ends"):
        train_clv(settings)


def test_features_that_were_never_built_are_one_sentence(settings: Settings) -> None:
    with pytest.raises(AiecoError, match=r"aieco run --select features/customer_rfm"):
        available_as_of(settings)
    with connect(settings.warehouse) as connection:
        connection.execute(TABLE.encode())
    assert available_as_of(settings) == []
    assert read_rfm(settings, LATEST).empty


def put_champion(settings: Settings, **parameters: float) -> None:
    doubt = [[0.01, 0.0, 0.0], [0.0, 0.01, 0.0], [0.0, 0.0, 0.01]]
    content = {
        "parameters": {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5, "unit_days": 7.0} | parameters,
        "spend": {"parameters": {"p": 6.0, "q": 4.0, "v": 15.0}, "covariance": doubt},
    }
    made = register_data_model(settings, CLV, {MODEL_FILE: to_json(content)}, kind="bg-nbd")
    set_alias(settings, CLV, CHAMPION, made.version, "test", "literal parameters")


def test_scoring_covers_every_customer_once_and_repeats_cheaply(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    first = score_customers(settings, LATEST)
    stored = "select * from predictions.customers order by as_of, customer_id"
    before = rows(settings, stored)
    assert first.written
    assert first.rows == len(before) == len(read_rfm(settings, LATEST))
    assert all(0 <= row[2] <= 1 and row[3] < row[4] < row[5] for row in before)
    assert coverage(settings, "customers")[0].complete
    for low, high in (("purchases_90d_low", "purchases_90d_high"), ("value_90d_low", "value_90d_high")):
        assert rows(settings, f"select count(*) from predictions.customers where {low} > {high}") == [(0,)]
    assert rows(settings, "select count(expected_value_365d) from predictions.customers") == [(len(before),)]
    second = score_customers(settings, LATEST)
    assert (second.written, second.data_version) == (False, first.data_version)
    assert rows(settings, stored) == before
    score_customers(settings, MONTH_ENDS[0])
    assert len(rows(settings, "select distinct as_of from predictions.customers")) == 2


def test_a_new_champion_or_lost_rows_score_the_month_again(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    score_customers(settings, LATEST)
    with connect(settings.warehouse) as connection:
        connection.execute("delete from predictions.customers where customer_id = '12005'")
    assert score_customers(settings, LATEST).written
    put_champion(settings, r=0.9)
    assert score_customers(settings, LATEST).written
    assert rows(settings, "select distinct model_version from predictions.customers") == [(2,)]


def test_a_month_that_an_earlier_release_scored_is_not_scored_again(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    score_customers(settings, LATEST)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "create table predictions.batches (as_of date primary key, model_name text not null,"
            " model_version integer not null, features_digest text not null, customers integer not null,"
            " scored_at timestamptz not null)"
        )
        connection.execute(
            "insert into predictions.batches select as_of, 'clv', model_version, input_digest, rows, scored_at"
            " from predictions.scored_months where name = 'customers'"
        )
        connection.execute("delete from predictions.scored_months")
        connection.execute("truncate ops.schema_applied")
    ensure_schema(settings.warehouse)
    assert coverage(settings, "customers")[0].complete
    assert not score_customers(settings, LATEST).written
    assert rows(settings, "select to_regclass('predictions.batches') is null") == [(True,)]


def test_a_champion_of_nonsense_writes_nothing(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    score_customers(settings, LATEST)
    put_champion(settings, alpha=-1000.0)
    with pytest.raises(AiecoError, match="no parameters of a clv model"):
        score_customers(settings, LATEST)
    assert rows(settings, "select distinct model_version from predictions.customers") == [(1,)]


def test_scoring_without_champion_or_features_says_what_to_run(settings: Settings) -> None:
    fill(settings, customers=80)
    with pytest.raises(AiecoError, match="models/clv"):
        score_customers(settings, LATEST)
    put_champion(settings)
    with pytest.raises(AiecoError, match="as of 2025-08-31"):
        score_customers(settings, date(2025, 8, 31))


def test_the_online_call_equals_the_batch(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    score_customers(settings, LATEST)
    online = predict_customers(settings, ["12007", "nobody", "12003", "12007"])
    assert [row["customer_id"] for row in online] == ["12007", "12003"]
    (batch,) = rows(
        settings,
        f"select {', '.join(PREDICTIONS)} from predictions.customers"
        " where customer_id = '12007' and as_of = '2025-09-30'",
    )
    assert tuple(online[0][name] for name in PREDICTIONS) == batch
    assert online[0]["model_version"] == 1


def test_a_month_before_the_first_purchase_has_no_predictions(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    assert score_customers(settings, date(2024, 11, 30)).rows == 0
    assert rows(settings, "select count(*) from predictions.customers") == [(0,)]


def test_a_champion_from_before_there_was_value_scores_without_it(settings: Settings) -> None:
    fill(settings, customers=80)
    content = {"parameters": {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5, "unit_days": 7.0}}
    made = register_data_model(settings, CLV, {MODEL_FILE: to_json(content)}, kind="bg-nbd")
    set_alias(settings, CLV, CHAMPION, made.version, "test", "as it was")
    assert score_customers(settings, LATEST).written
    assert rows(
        settings, "select count(expected_value_90d), count(purchases_90d_high) = count(*) from predictions.customers"
    ) == [(0, True)]
    assert coverage(settings, "customers")[0].complete
    assert predict_customers(settings, ["12007"])[0]["expected_value_90d"] is None
