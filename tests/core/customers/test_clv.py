"""Training, the gate and scoring on literal features in a real warehouse with a real registry."""

from __future__ import annotations

from datetime import date

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, CLV
from aieco_assets.core.customers.clv import train_clv
from aieco_assets.core.customers.scoring import predict_customers, score_customers
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import available_as_of, read_rfm
from aieco_assets.core.registry.models import MODEL_FILE, champion, history, load_champion_json, set_alias
from aieco_assets.core.registry.versions import register_data_model, to_json, version_by_alias, versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
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
    assert first.content["metrics"]["holdout_rmse"] < first.content["metrics"]["naive_rmse"]
    version, content = load_champion_json(settings, CLV)
    assert content == first.content
    assert version.tags["partition_range"] == "2025-06-30...2025-09-30"
    again = train_clv(settings)
    assert (again.version, again.created, again.champion) == (1, False, True)
    assert len(history(settings, CLV)) == 1


def test_a_rollback_is_not_undone_by_training_on_the_same_features(settings: Settings) -> None:
    fill(settings)
    first = train_clv(settings)
    write_features(settings, simulate(600, seed=3), date(2025, 10, 31))
    second = train_clv(settings)
    assert (second.version, second.champion) == (2, True)
    set_alias(settings, CLV, CHAMPION, first.version, "maria", "complaints")
    assert not train_clv(settings).champion
    found = champion(settings, CLV)
    assert found is not None
    assert found.version == 1


def test_a_challenger_worse_on_the_same_holdout_is_refused(settings: Settings) -> None:
    fill(settings)
    trained = train_clv(settings)
    # Half the purchases before the calibration date go missing, so what is learned from it foresees too little.
    whole = simulate(600, seed=3)
    write_features(settings, [days[:1] if number % 2 else days for number, days in enumerate(whole)], MONTH_ENDS[0])
    challenger = train_clv(settings)
    assert challenger.created
    assert not challenger.champion
    refused = version_by_alias(settings, CLV, CHALLENGER)
    assert refused is not None
    assert (refused.version, refused.tags["gate"]) == (challenger.version, "refused")
    present = champion(settings, CLV)
    assert present is not None
    assert present.version == trained.version


def test_too_few_customers_leave_the_champion_and_register_nothing(settings: Settings) -> None:
    fill(settings)
    train_clv(settings)
    rows_before = len(versions(settings, CLV))
    with connect(settings.warehouse) as connection:
        connection.execute("delete from features.customer_rfm where customer_id > '12010'")
    with pytest.raises(AiecoError, match="too few"):
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
    content = {"parameters": {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5, "unit_days": 7.0} | parameters}
    made = register_data_model(settings, CLV, {MODEL_FILE: to_json(content)}, kind="bg-nbd")
    set_alias(settings, CLV, CHAMPION, made.version, "test", "literal parameters")


def test_scoring_covers_every_customer_once_and_repeats_cheaply(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    first = score_customers(settings, LATEST)
    stored = "select * from predictions.customers order by as_of, customer_id"
    before = rows(settings, stored)
    assert first.written
    assert first.customers == len(before) == len(read_rfm(settings, LATEST))
    assert all(0 <= row[2] <= 1 and row[3] < row[4] < row[5] for row in before)
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
        "select p_alive, expected_purchases_90d from predictions.customers"
        " where customer_id = '12007' and as_of = '2025-09-30'",
    )
    assert (online[0]["p_alive"], online[0]["expected_purchases_90d"]) == batch
    assert online[0]["model_version"] == 1


def test_a_month_before_the_first_purchase_has_no_predictions(settings: Settings) -> None:
    fill(settings, customers=80)
    put_champion(settings)
    assert score_customers(settings, date(2024, 11, 30)).customers == 0
    assert rows(settings, "select count(*) from predictions.customers") == [(0,)]
