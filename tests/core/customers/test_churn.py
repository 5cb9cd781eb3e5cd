"""The churn model on literal features and orders in a real warehouse with a real registry."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.contracts import CHALLENGER, CHURN
from aieco_assets.core.customers.churn.booster import contributions, fit_booster, from_text, risks, to_text
from aieco_assets.core.customers.churn.judging import calibration, judge, slices
from aieco_assets.core.customers.churn.reasons import importance, reasons_in_words
from aieco_assets.core.customers.churn.scoring import load_churn_champion, score_churn
from aieco_assets.core.customers.churn.table import NAMES, churn_table
from aieco_assets.core.customers.churn.training import challenge_churn, train_churn
from aieco_assets.core.customers.churn.training_set import read_training_set
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.features.labels import buyers_after
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.promotion import promote
from aieco_assets.core.registry.versions import load_files, version_by_alias, versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.literal import simulate, write_features
from tests.core.customers.orders import AS_OF, write_orders, write_shop

LATEST = AS_OF[-1]


def rows(settings: Settings, query: str) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(query.encode()).fetchall()


def spoil(settings: Settings, statement: str) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(statement.encode())


def test_the_label_is_no_purchase_on_the_ninety_days_after_the_month_end(settings: Settings) -> None:
    june = date(2025, 6, 30)
    write_orders(
        settings,
        [
            ("on the day", june, "sale"),
            ("next day", june + timedelta(1), "sale"),
            ("day 90", june + timedelta(90), "sale"),
            ("day 91", june + timedelta(91), "sale"),
            ("sent back", june + timedelta(5), "cancellation"),
            (None, june + timedelta(5), "sale"),
        ],
    )
    assert buyers_after(settings, june, 90) == {"next day", "day 90"}


def test_training_looks_only_at_what_had_happened_before_the_day_it_is_judged_on(settings: Settings) -> None:
    write_shop(settings, customers=300)
    found = read_training_set(settings)
    assert found.test.as_of == LATEST
    assert [one.as_of for one in found.train] == list(AS_OF[:3])
    assert found.partition_range == "2025-04-30...2025-09-30"


def test_the_first_model_that_beats_chance_is_champion_and_the_same_data_train_nothing_new(settings: Settings) -> None:
    write_shop(settings)
    first = train_churn(settings)
    again = train_churn(settings)
    metrics = first.content["metrics"]
    assert (first.version, first.created, first.champion) == (1, True, True)
    assert (again.version, again.created, again.content) == (1, False, first.content)
    assert metrics["pr_auc"] > metrics["base_rate"]
    assert metrics["pr_auc_low"] <= metrics["pr_auc"] <= metrics["pr_auc_high"]
    assert metrics["brier"] < metrics["base_rate_brier"]
    found = versions(settings, CHURN)[0]
    files = load_files(settings, found)
    assert {"model.json", "trees.txt", "judged.txt", "importance.svg", "card.md"} <= files.keys()
    assert b"Purpose" in files["card.md"]
    assert found.tags["partition_range"] == "2025-04-30...2025-09-30"

    model = load_churn_champion(settings)
    assert model is not None
    scored = score_churn(settings, LATEST, model)
    assert scored.written
    assert not score_churn(settings, LATEST, model).written
    ((count, low, high, empty),) = rows(
        settings,
        "select count(*), min(churn_risk), max(churn_risk), count(*) filter (where reason_1 = '')"
        " from predictions.churn",
    )
    assert (count, empty) == (scored.rows, 0)
    assert 0 <= low < high <= 1

    spoil(settings, "delete from predictions.churn where customer_id = '12007'")
    assert score_churn(settings, LATEST, model).written
    assert rows(settings, "select count(*) from predictions.churn") == [(count,)]

    (trees,) = settings.artifacts.rglob("trees.txt")
    trees.write_text(trees.read_text().replace("leaf_value=", "leaf_value=9"))
    with pytest.raises(AiecoError, match="churn version 1 are missing or were altered"):
        load_churn_champion(settings)


def test_a_worse_challenger_is_refused_and_a_rollback_is_not_undone(settings: Settings) -> None:
    write_shop(settings)
    train_churn(settings)
    # The months that are learned from now say nothing of what customers did next.
    strangers = simulate(500, seed=99)
    for day in AS_OF[:3]:
        write_features(settings, strangers, day)
    second = train_churn(settings)
    present = champion(settings, CHURN)
    challenger = version_by_alias(settings, CHURN, CHALLENGER)
    assert (second.version, second.champion) == (2, False)
    assert present is not None and present.version == 1
    assert challenger is not None and challenger.version == 2
    assert challenger.tags["gate"] == "refused"


def test_what_is_clearly_better_is_promoted_and_what_is_as_good_is_refused(settings: Settings) -> None:
    write_shop(settings)
    strangers = simulate(500, seed=99)
    for day in AS_OF[:3]:
        write_features(settings, strangers, day)
    train_churn(settings)
    promote(settings, CHURN, 1)
    write_shop(settings)
    better = train_churn(settings)
    assert (better.version, better.champion) == (2, True)
    # Other data, of which the trees look at nothing: they are the same, and so is what they find.
    spoil(settings, "update features.customer_rfm set first_country = 'Norway'")
    equal = train_churn(settings)
    refused = version_by_alias(settings, CHURN, CHALLENGER)
    assert (equal.version, equal.created, equal.champion) == (3, True, False)
    assert refused is not None and refused.version == 3
    assert "it takes 1% more" in refused.tags["gate_reason"]


def test_an_order_cancelled_within_the_ninety_days_keeps_nobody_and_one_cancelled_later_does(
    settings: Settings,
) -> None:
    june = date(2025, 6, 30)
    write_orders(settings, [("7", date(2025, 7, 4), "sale"), ("8", date(2025, 7, 4), "sale")])
    spoil(settings, "update marts.fct_orders set cancelled = '2025-07-04' where customer_id = '7'")
    spoil(settings, "update marts.fct_orders set cancelled = '2025-12-01' where customer_id = '8'")
    assert buyers_after(settings, june, 90) == {"8"}


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("delete from marts.fct_orders where invoice_date > '2025-07-15'", "90 days of sales after the later"),
        ("delete from features.customer_rfm where as_of < '2025-08-01'", "90 days of sales after the later"),
        ("truncate marts.fct_orders", "sales to no day"),
        ("delete from features.customer_rfm where customer_id > '12020'", "needs 30 customers who stayed away"),
        ("delete from marts.fct_orders where customer_id is not null", "and 0 did not"),
    ],
)
def test_what_teaches_too_little_is_said_and_nothing_is_registered(
    settings: Settings, statement: str, sentence: str
) -> None:
    write_shop(settings, customers=200)
    spoil(settings, statement)
    with pytest.raises(NotTrainableError, match=sentence):
        train_churn(settings)
    assert versions(settings, CHURN) == []
    assert load_churn_champion(settings) is None


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("update features.customer_rfm set recency_days = t_days + 5 where customer_id = '12007'", "after their month"),
        ("update features.customer_rfm set revenue = 'NaN' where customer_id = '12007'", "empty or infinite"),
        (
            "update features.customer_rfm f set revenue = case when exists (select from marts.fct_orders o where"
            " o.customer_id = f.customer_id and o.invoice_date > f.as_of and o.invoice_date <= f.as_of + 90)"
            " then 1 else 2 end",
            "revenue alone tells who will stay away",
        ),
    ],
)
def test_features_that_know_the_future_are_refused(settings: Settings, statement: str, sentence: str) -> None:
    write_shop(settings, customers=300)
    spoil(settings, statement)
    with pytest.raises(AiecoError, match=sentence) as refused:
        train_churn(settings)
    assert not isinstance(refused.value, NotTrainableError)
    assert versions(settings, CHURN) == []


@pytest.fixture(scope="module")
def known() -> tuple[pd.DataFrame, np.ndarray]:
    """800 customers who stay away when they have been silent for 100 days or more."""
    random = np.random.default_rng(5)
    table = pd.DataFrame({name: random.uniform(0, 200, 800) for name in NAMES})
    table.loc[::3, ["mean_gap", "silence"]] = np.nan
    return table, (table["days_since_last"] >= 100).to_numpy()


def test_the_trees_find_the_cause_and_survive_being_written_down(known) -> None:
    table, churned = known
    trees = fit_booster(table, churned)
    same = from_text(to_text(trees))
    assert np.array_equal(risks(same, table), risks(trees, table))
    assert to_text(fit_booster(table, churned)) == to_text(trees)
    shap = contributions(trees, table)
    odds = np.log(risks(trees, table) / (1 - risks(trees, table)))
    assert np.allclose(shap.sum(axis=1) - odds, (shap.sum(axis=1) - odds)[0])  # all but the base value
    assert next(iter(importance(shap))) == "days_since_last"
    with pytest.raises(AiecoError, match="other columns"):
        from_text(to_text(trees).replace(b"days_since_last", b"something_else"))


def test_longer_silence_never_lowers_the_risk_of_the_known_cause(known) -> None:
    table, churned = known
    trees = fit_booster(table, churned)
    later = risks(trees, table.assign(days_since_last=190.0))
    assert (later >= risks(trees, table.assign(days_since_last=10.0))).all()


def test_reasons_are_the_three_strongest_in_words() -> None:
    features = pd.DataFrame(
        {"frequency": [3.0, 0.0], "recency_days": [60.0, 0.0], "t_days": [150.0, 40.0], "revenue": [1234.0, 20.0],
         "orders": [4.0, 1.0], "items_bought": [40.0, 5.0], "returns_share": [0.1, 0.0]}
    )  # fmt: skip
    shap = np.zeros((2, len(NAMES)))
    shap[0, [NAMES.index("silence"), NAMES.index("revenue"), NAMES.index("frequency")]] = (0.9, -0.5, -0.2)
    shap[1, [NAMES.index("mean_gap"), NAMES.index("days_since_last"), NAMES.index("frequency")]] = (0.3, -0.2, 0.1)
    assert reasons_in_words(churn_table(features), shap) == [
        [
            "silent for 4.5 times the usual gap (raises the risk)",
            "spent 1,234 in all (lowers the risk)",
            "bought on 4 days (lowers the risk)",
        ],
        [
            "bought on one day only (raises the risk)",
            "last bought 40 days ago (lowers the risk)",
            "bought on 1 day (raises the risk)",
        ],
    ]


def test_judging_knows_a_good_risk_from_chance_and_from_a_lie() -> None:
    random = np.random.default_rng(2)
    truth = random.uniform(0, 1, 4000)
    churned = random.uniform(0, 1, 4000) < truth
    honest = judge(churned, truth, random.uniform(0, 1, 4000))
    assert honest["calibration_error"] < 0.05
    assert honest["brier"] == pytest.approx(1 / 6, abs=0.01)
    assert honest["recency_pr_auc"] == pytest.approx(honest["base_rate"], abs=0.05)
    assert honest["pr_auc"] > 0.75
    assert judge(churned, truth / 2, truth)["calibration_error"] > 0.2
    assert [size for size, _, _ in calibration(churned, truth)] == [400] * 10
    groups = slices(churned, truth, ["France"] * 3850 + ["Spain"] * 50 + [None] * 100)
    assert [(one.name, one.customers) for one in groups] == [("France", 3850), ("not France", 150)]


def test_a_recipe_of_ones_own_becomes_the_challenger_on_the_same_data_and_never_the_champion(
    settings: Settings,
) -> None:
    write_shop(settings, customers=300)
    shipped = train_churn(settings)
    own = challenge_churn(settings, {"num_leaves": 4}, rounds=40)
    assert (shipped.version, own.version, own.champion) == (1, 2, False)
    assert own.content["data_digest"] == shipped.content["data_digest"]
    assert own.content["recipe"] != shipped.content["recipe"]
    challenger, present = version_by_alias(settings, CHURN, CHALLENGER), champion(settings, CHURN)
    assert challenger is not None and present is not None
    assert (challenger.version, present.version) == (2, 1)
    assert challenge_churn(settings, {"num_leaves": 4}, rounds=40).created is False
    assert train_churn(settings).version == 1  # the graph goes on with its own


def test_a_recipe_that_is_the_shipped_one_or_none_is_refused(settings: Settings) -> None:
    write_shop(settings, customers=300)
    with pytest.raises(AiecoError, match="recipe that `models/churn` trains by"):
        challenge_churn(settings)
    with pytest.raises(AiecoError, match="does not take these parameters"):
        challenge_churn(settings, {"num_leaves": -3})
    assert versions(settings, CHURN) == []
