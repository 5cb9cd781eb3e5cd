"""Declared models on literal features and orders in a real warehouse with a real registry."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.customers.declared.spec import ModelSpec, checked_spec
from aieco_assets.core.customers.declared.trainers import fit, predict
from aieco_assets.core.customers.declared.training import champion_speaks, score, train_declared
from aieco_assets.core.customers.declared.training_set import read_training_set
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.features.labels import spent_after
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.versions import load_files, versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.orders import AS_OF, write_orders, write_shop

BUYS = ModelSpec("buys_again", "buys", 60, ("t_days", "recency_days", "frequency"), "lightgbm")
SPENDS = ModelSpec("spend_soon", "spends", 60, ("frequency", "t_days", "recency_days", "mean_gap_days"), "linear")


def test_money_is_that_of_the_days_after_the_month_end_and_of_nobody_who_bought_nothing(settings: Settings) -> None:
    june = date(2025, 6, 30)
    days = {"on the day": 0, "next day": 1, "last day": 60, "after it": 61}
    write_orders(settings, [(name, june + timedelta(at), "sale") for name, at in days.items()])
    assert spent_after(settings, june, 60) == {"next day": 10.0, "last day": 10.0}


def test_a_model_is_judged_on_the_last_month_end_and_learns_from_those_that_were_over_by_then(
    settings: Settings,
) -> None:
    write_shop(settings)
    found = read_training_set(settings, BUYS)
    assert found.test.as_of == AS_OF[-1]
    assert [one.as_of for one in found.train] == [day for day in AS_OF if day + timedelta(60) <= AS_OF[-1]]


def test_the_first_version_that_knows_something_is_champion_and_the_same_data_are_trained_once(
    settings: Settings,
) -> None:
    write_shop(settings)
    first = train_declared(settings, BUYS)
    assert (first.version, first.created, first.champion) == (1, True, True)
    assert first.content["metrics"]["score"] > first.content["metrics"]["chance"] + 0.05
    assert champion_speaks(settings, "buys_again") == (1, True)
    again = train_declared(settings, BUYS)
    assert (again.version, again.created) == (1, False)
    found = champion(settings, "buys_again")
    assert found is not None and load_files(settings, found)["fitted.txt"].startswith(b"tree\n")
    # Days alone know less: a challenger, and the champion stays.
    less = train_declared(settings, ModelSpec("buys_again", "buys", 60, ("t_days",), "linear"))
    assert (less.version, less.champion) == (2, False)
    newest = versions(settings, "buys_again")[0]
    assert newest.tags["gate"] == "refused" and "version 1 has" in newest.tags["gate_reason"]
    other = train_declared(settings, ModelSpec("buys_again", "buys", 30, BUYS.features, "lightgbm"))
    assert not other.champion
    assert "buys in 60 days: a person decides" in versions(settings, "buys_again")[0].tags["gate_reason"]


def test_a_regression_is_stored_as_json_and_refused_where_the_mean_foresees_better(settings: Settings) -> None:
    write_shop(settings)
    trained = train_declared(settings, SPENDS)
    assert not trained.champion and trained.content["metrics"]["score"] < 0
    assert champion_speaks(settings, "spend_soon") is None
    (version,) = versions(settings, "spend_soon")
    assert "is no better than knowing nothing (0.000)" in version.tags["gate_reason"]
    assert load_files(settings, version)["fitted.txt"].startswith(b'{"features"')


def test_too_few_customers_or_months_are_said_and_register_nothing(settings: Settings) -> None:
    write_shop(settings, customers=40)
    with pytest.raises(NotTrainableError, match="buys_again needs 30 customers"):
        train_declared(settings, BUYS)
    with pytest.raises(NotTrainableError, match="two month ends 300 days apart"):
        train_declared(settings, ModelSpec("buys_again", "buys", 300, BUYS.features, "linear"))
    assert versions(settings, "buys_again") == []


def test_a_feature_of_its_own_is_read_by_customer_and_its_absence_names_the_command(settings: Settings) -> None:
    write_shop(settings)
    spec = ModelSpec("buys_again", "buys", 60, ("frequency", "basket"), "linear")
    with pytest.raises(AiecoError, match="no feature basket yet: `aieco run --select features/basket`"):
        train_declared(settings, spec)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "create table features.basket as select as_of, customer_id, 2.5 * frequency as basket"
            " from features.customer_rfm where customer_id <> '12000'"
        )
    found = read_training_set(settings, spec).test
    known = found.customers["customer_id"] != "12000"
    assert (found.table["basket"][known] == 2.5 * found.table["frequency"][known]).all()
    assert found.table["basket"][~known].isna().all()
    assert train_declared(settings, spec).version == 1


@pytest.mark.parametrize("trainer", ["lightgbm", "linear"])
@pytest.mark.parametrize("target", ["buys", "spends"])
def test_what_is_written_says_the_same_when_it_is_read_and_takes_columns_by_name(trainer: str, target: str) -> None:
    random = np.random.default_rng(3)
    table = pd.DataFrame({"a": random.normal(size=400), "b": random.normal(size=400)})
    table.loc[::7, "b"] = np.nan
    truth = (table["a"] > 0).to_numpy(dtype=float) * (1 if target == "buys" else 20)
    text = fit(trainer, target, table, truth)
    assert text == fit(trainer, target, table, truth)
    said = predict(text, table)
    assert np.array_equal(said, predict(text, table[["b", "a"]]))
    assert (said >= 0).all() and np.isfinite(said).all()
    assert said[truth > 0].mean() > 2 * said[truth == 0].mean()


def test_knowing_nothing_scores_the_share_of_buyers_or_zero() -> None:
    truth = np.array([1.0, 0, 0, 1])
    assert score("buys", truth, np.full(4, 0.5)) == (0.5, 0.5)
    assert score("spends", truth * 10, np.full(4, 5.0)) == (0.0, 0.0)


def test_a_declared_feature_of_a_built_in_columns_name_is_refused_and_not_trained_as_that_column() -> None:
    with pytest.raises(AiecoError, match=r"^defs.yaml: dbt_project/models/features/frequency.sql has the name of the "):
        checked_spec("ours", "buys", 60, ["frequency"], "linear", known=["frequency"], place="defs.yaml")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "churn"}, "a model churn of its own"),
        ({"target": "leaves"}, "no target leaves; take buys or spends"),
        ({"trainer": "forest"}, "no trainer forest; take lightgbm or linear"),
        ({"days": 0}, "days is 1 to 365, not 0"),
        ({"features": []}, "at least one"),
        ({"features": ["shoe_size"]}, "no feature shoe_size; take frequency, .*, basket"),
    ],
)
def test_a_declaration_that_is_none_names_its_place_and_what_there_is(change: dict, told: str) -> None:
    said = {"name": "ours", "target": "buys", "days": 60, "features": ["basket"], "trainer": "linear"}
    assert checked_spec(**said, known=["basket"], place="defs.yaml").declared_features == ("basket",)
    with pytest.raises(AiecoError, match=f"^defs.yaml: .*{told}"):
        checked_spec(**said | change, known=["basket"], place="defs.yaml")
