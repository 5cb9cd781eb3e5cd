"""MongoDB collections. No mongod can be installed here, so mongomock, a double, stands in for the server.

What only a server knows (logins, time-outs) is not covered; the messages of the driver itself are real.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import mongomock
import pymongo
import pytest
from bson.decimal128 import Decimal128

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import pending_days
from aieco_assets.core.retail.checks import lost_rows
from aieco_assets.core.settings import Settings
from tests.core.retail.connectors.conftest import land
from tests.core.retail.connectors.test_sql import frame

URL = "mongodb://clerk:hunter2@shop.example/retail?collection=transactions&cursor=updated_at&appName=x"
OLD = datetime(2020, 1, 1)
HEART: dict[str, Any] = {
    "_id": 1, "InvoiceNo": "536365", "StockCode": "85123A", "Description": "HEART", "Quantity": 6,
    "InvoiceDate": datetime(2010, 12, 1, 8, 26, 0, 500_000), "UnitPrice": 2.55, "CustomerID": 17850.0,
    "Country": "United Kingdom", "updated_at": OLD,
}  # fmt: skip
LANTERN: dict[str, Any] = {
    "_id": 2, "InvoiceNo": 536366, "StockCode": "71053", "Quantity": 1, "InvoiceDate": "2010-12-02 09:00:00",
    "UnitPrice": Decimal128("3.390"), "updated_at": OLD,
}  # fmt: skip
TIN: dict[str, Any] = {**HEART, "_id": 3, "InvoiceDate": "2010-12-01 09:00:00", "InvoiceNo": "536367"}


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Any:
    server = mongomock.MongoClient("mongodb://shop.example/retail")

    def client(url: str, **options: Any) -> mongomock.MongoClient:
        assert url == "mongodb://clerk:hunter2@shop.example/retail?appName=x"  # the driver knows none of ours
        return mongomock.MongoClient("mongodb://shop.example/retail", _store=server._store)

    monkeypatch.setattr(pymongo, "MongoClient", client)
    found = server.retail.transactions
    found.insert_many([dict(HEART), dict(LANTERN), dict(TIN)])
    return found


@pytest.fixture
def retail(settings: Settings) -> Settings:
    return settings.model_copy(update={"transactions": URL})


def test_dates_and_texts_side_by_side_land_by_day(retail: Settings, documents: Any):
    result = land(retail)
    assert (result.read, result.loaded, result.quarantined_files) == (3, 3, {})
    row, second = frame(retail, "2010-12-01").rows(named=True)
    assert (str(row["invoiced_at"]), row["customer_id"], row["extra"]) == ("2010-12-01 08:26:00", "17850", None)
    assert (str(second["invoiced_at"]), row["_source_file"]) == ("2010-12-01 09:00:00", "2010-12-01.jsonl")
    lantern = frame(retail, "2010-12-02").row(0, named=True)
    assert (lantern["invoice_no"], str(lantern["unit_price"]), lantern["description"]) == ("536366", "3.390000", None)
    assert lost_rows(retail) == []


@pytest.mark.parametrize(
    ("change", "days"),
    [
        (lambda found: None, []),
        (
            lambda found: found.update_one({"_id": 2}, {"$set": {"Quantity": 7, "updated_at": datetime(2020, 1, 2)}}),
            [2],
        ),
        (lambda found: found.delete_one({"_id": 3}), [1]),
        (lambda found: found.insert_one({**LANTERN, "_id": 4, "InvoiceDate": datetime(2010, 12, 3)}), [3]),
        (lambda found: found.update_one({"_id": 3}, {"$set": {"InvoiceDate": "2010-12-02 10:00:00"}}), [1, 2]),
    ],
    ids=["nothing", "corrected", "deleted", "late", "moved"],
)
def test_only_days_that_changed_are_fetched(
    retail: Settings, documents: Any, fetched: list[str], change: Callable[[Any], Any], days: list[int]
):
    land(retail)
    fetched.clear()
    change(documents)
    assert [*land(retail).days] == [date(2010, 12, day) for day in days]
    assert sorted(set(fetched)) == [f"2010-12-0{day}.jsonl" for day in days]
    fetched.clear()
    assert (land(retail).days, fetched) == ((), [])


def test_a_change_of_a_moment_ago_is_looked_at_once_more(retail: Settings, documents: Any, fetched: list[str]):
    documents.update_one({"_id": 2}, {"$set": {"updated_at": datetime.utcnow()}})
    land(retail)
    fetched.clear()
    assert (land(retail).days, fetched) == ((), ["2010-12-02.jsonl"])


def test_without_a_cursor_every_day_is_fetched(retail: Settings, documents: Any, fetched: list[str]):
    url = URL.replace("&cursor=updated_at", "")
    land(retail.model_copy(update={"transactions": url}))
    fetched.clear()
    assert land(retail.model_copy(update={"transactions": url})).days == ()
    assert fetched == ["2010-12-01.jsonl", "2010-12-02.jsonl"]


def test_documents_without_a_valid_date_are_rejected_under_the_first_day(retail: Settings, documents: Any):
    odd = [None, 5, "01/12/2010 08:26", "2010-02-30 10:00:00", datetime(1999, 1, 1), ["2010-12-01 08:26:00"]]
    documents.insert_many([{**HEART, "_id": 10 + n, "InvoiceDate": at} for n, at in enumerate(odd)])
    documents.insert_one({name: value for name, value in HEART.items() if name not in ("_id", "InvoiceDate")})
    result = land(retail)
    assert (result.read, result.loaded, result.rejected, result.quarantined_files) == (10, 3, 7, {})
    rejects = frame(retail, "2010-12-01", "transactions_rejected")
    assert set(rejects["_source_file"]) == {"2010-12-01.no-valid-date.jsonl"}
    assert lost_rows(retail) == []
    assert not pending_days(retail)


def test_fields_in_other_spellings_and_added_ones(retail: Settings, documents: Any):
    documents.drop()
    row = {name: value for name, value in HEART.items() if name not in ("InvoiceNo", "InvoiceDate", "updated_at")}
    row |= {"invoice_no": "A", "invoice_date": datetime(2010, 12, 1), "till": {"no": 1, "at": OLD}, "updated_at": OLD}
    documents.insert_many([row, {**row, "_id": 2, "InvoiceNo": "B"}])
    assert land(retail).loaded == 2
    rows = frame(retail, "2010-12-01")
    assert sorted(rows["invoice_no"]) == ["A", "B"]
    assert rows["extra"].to_list() == ['{"till.at":"2020-01-01 00:00:00","till.no":"1"}'] * 2


def test_a_field_that_is_gone_from_a_day_quarantines_that_day(retail: Settings, documents: Any):
    documents.update_one({"_id": 2}, {"$unset": {"UnitPrice": ""}})
    result = land(retail)
    assert result.read == 2
    assert "lacks UnitPrice" in result.quarantined_files["2010-12-02.jsonl"]


def refused(settings: Settings, url: str) -> str:
    with pytest.raises(AiecoError) as caught:
        pending_days(settings.model_copy(update={"transactions": url}))
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def test_what_is_wrong_is_one_sentence_that_names_it(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aieco_assets.core.retail.connectors.mongo._TIMEOUT_MS", 200)
    assert "add ?collection=name" in refused(settings, "mongodb://clerk:hunter2@host/retail?cursor=a")
    assert "names no database" in refused(settings, "mongodb://clerk:hunter2@host/?collection=a")
    away = refused(settings, "mongodb://clerk:hunter2@127.0.0.1:1/retail?collection=sales")
    assert away.startswith("mongodb://127.0.0.1:1/retail?collection=sales cannot be read (127.0.0.1:1: ")
    assert away.endswith("start its server, or mend AIECO_TRANSACTIONS.")
    assert "cannot be read" in refused(settings, "mongodb://clerk:hun:ter2@127.0.0.1:1/retail?collection=sales")


def test_an_empty_collection_is_refused(retail: Settings, documents: Any):
    documents.delete_many({})
    assert "names a collection that is empty or not there" in refused(retail, URL)
