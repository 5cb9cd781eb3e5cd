"""What a shop says of its customers: from its table to the groups that models are compared by."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.customers.churn.training import train_churn
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.fairness.attributes import slice_columns
from aieco_assets.core.fairness.record import kept_slices
from aieco_assets.core.features.reader import read_rfm
from aieco_assets.core.governance.erasure_tables import customer_rows, erase_rows
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.retail.landing import land_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.orders import AS_OF, write_shop

LINES = "order,when,item,amount,member\n1,2026-01-02 10:00:00,Lamp,5.00,7\n2,2026-01-02 11:00:00,Lamp,5.00,8\n"
MEMBERS = "member,years,town\n7,34,Cork\n8,,Kerry\n"
MAPPING = """
currency: EUR
files: [lines.csv]
columns: {order: order, time: when, item: item, amount: amount, customer: member}
customers: {file: members.csv, customer: member, attributes: {age: years, town: town}}
"""
KNOWN = "select customer_id, attribute, value from lake.customer_attributes order by 1, 2"


def land(settings: Settings, folder: Path, mapping: str = MAPPING, members: str = MEMBERS) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in (("lines.csv", LINES), ("members.csv", members), ("shop.yaml", mapping)):
        (folder / name).write_text(text)
    land_days(settings.model_copy(update={"transactions": str(folder)}), date(2026, 1, 1), date(2026, 1, 31))


def known(settings: Settings) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(KNOWN.encode()).fetchall()


def tell(settings: Settings, rows: list[tuple[str, str, str]]) -> None:
    with connect(settings.warehouse) as connection, connection.cursor() as cursor:
        cursor.executemany("insert into lake.customer_attributes values (%s, %s, %s)", rows)


def test_what_the_mapping_names_is_kept_follows_the_table_and_goes_with_the_customer(
    settings: Settings, tmp_path: Path
) -> None:
    land(settings, tmp_path / "shop")
    assert known(settings) == [("7", "age", "34"), ("7", "town", "Cork"), ("8", "town", "Kerry")]
    land(settings, tmp_path / "shop", members="member,years,town\n7,35,Cork\n")
    assert known(settings) == [("7", "age", "35"), ("7", "town", "Cork")]
    assert customer_rows(settings.warehouse, "7")["lake.customer_attributes"] == 2
    erase_rows(settings.warehouse, "7")
    assert known(settings) == []


@pytest.mark.parametrize(
    ("mapping", "members", "sentence"),
    [
        (MAPPING.replace("members.csv", "people.csv"), MEMBERS, "has no people.csv, which shop.yaml names"),
        (MAPPING.replace("years", "income"), MEMBERS, "Mend customers in shop.yaml"),
        (MAPPING, "member,years,town\n7,34,Cork\n7,35,Cork\n", "a customer stands in it twice with another age"),
        (MAPPING.replace("{age:", "{segment:"), MEMBERS, "segment is what models are compared by anyway"),
    ],
)
def test_a_table_of_customers_that_is_not_as_the_mapping_says_is_one_sentence(
    settings: Settings, tmp_path: Path, mapping: str, members: str, sentence: str
) -> None:
    with pytest.raises(AiecoError, match=sentence):
        land(settings, tmp_path / "shop", mapping, members)
    assert known(settings) == []


def test_groups_are_those_of_the_shop_and_ages_in_years_are_cut_into_fifths(settings: Settings) -> None:
    write_shop(settings, customers=100)
    features = read_rfm(settings, AS_OF[-1])
    ids = list(features["customer_id"])
    tell(settings, [(one, "age", str(20 + at % 60)) for at, one in enumerate(ids)] + [(ids[0], "income", "15-24K")])
    found = slice_columns(settings, features)
    assert list(found) == ["country", "segment", "age", "income"]
    assert len({*found["age"]}) == 5 and found["age"][0] == "20 to 29.8"
    assert (found["income"][0], found["income"][1]) == ("15-24K", None)
    assert list(slice_columns(settings.model_copy(update={"slices": "age, country"}), features)) == ["age", "country"]
    with pytest.raises(AiecoError, match="AIECO_SLICES names gender, by which customers can't be told apart: this sho"):
        slice_columns(settings.model_copy(update={"slices": "gender"}), features)


def test_what_the_gate_of_churn_found_by_slice_lies_on_its_run_with_a_plot(settings: Settings) -> None:
    write_shop(settings)
    ids = list(read_rfm(settings, AS_OF[-1])["customer_id"])
    tell(settings, [(one, "age", "65+" if at % 3 else "25-34") for at, one in enumerate(ids)])
    train_churn(settings)
    (version,) = versions(settings, CHURN)
    slices = kept_slices(settings, version)
    assert {one.column for one in slices} == {"country", "segment", "age"}
    run = mlflow_client(settings).get_run(version.run_id)
    (recall,) = [one for one in slices if (one.slice, one.measure) == ("65+", "recall")]
    assert run.data.metrics["slice/age/65_/recall"] == pytest.approx(recall.ours)
    assert {file.path for file in mlflow_client(settings).list_artifacts(version.run_id, "slices")} == {
        "slices/slices.json",
        "slices/slices.svg",
    }
