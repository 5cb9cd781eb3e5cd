"""Views and partitioned tables of Postgres, which have no marks of their own, or those of their parts."""

from __future__ import annotations

import pytest

from tests.core.retail.connectors.conftest import Shop, land
from tests.core.retail.connectors.test_sql import DAYS, frame


class TestView:
    @pytest.fixture
    def view(self, shop: Shop) -> Shop:
        shop.do('create view shop."Daily Sales" as select * from shop.sales')
        return shop

    def test_without_a_cursor_every_day_is_fetched_and_told_by_its_hash(self, view: Shop, fetched: list[str]):
        settings = view.settings("table=shop.Daily%20Sales")
        land(settings)
        fetched.clear()
        view.do("update shop.sales set quantity = 7 where id = 2")
        assert (land(settings).days, fetched) == ((DAYS[1],), [f"{day}.jsonl" for day in DAYS])

    def test_a_cursor_tells_what_changed_and_is_no_part_of_the_rows(self, view: Shop, fetched: list[str]):
        settings = view.settings("table=shop.Daily%20Sales&cursor=updated_at")
        land(settings)
        assert frame(settings, "2010-12-01")["extra"].to_list() == ['{"id":"1"}']
        fetched.clear()
        assert (land(settings).days, fetched) == ((), [])
        # Not the latest of its day: a transaction that began earlier and ended later.
        view.do("insert into shop.sales select 9, 'A', 'B', 'C', 1, '2010-12-02 09:00', 1, null, null, now()")
        land(settings)
        fetched.clear()
        view.do("update shop.sales set quantity = 7, updated_at = '2020-06-01' where id = 2")
        assert (land(settings).days, set(fetched)) == ((DAYS[1],), {"2010-12-02.jsonl"})

    def test_a_day_on_which_a_cursor_is_missing_is_always_fetched(self, view: Shop, fetched: list[str]):
        settings = view.settings("table=shop.Daily%20Sales&cursor=updated_at")
        view.do("update shop.sales set updated_at = null where id = 2")
        land(settings)
        fetched.clear()
        assert (land(settings).days, fetched) == ((), ["2010-12-02.jsonl"])


def test_a_partitioned_table_is_as_good_as_any(shop: Shop, fetched: list[str]):
    shop.do(
        "create table shop.parts (like shop.sales) partition by range (invoice_date);"
        "create table shop.p1 partition of shop.parts for values from ('2010-01-01') to ('2010-12-02');"
        "create table shop.p2 partition of shop.parts for values from ('2010-12-02') to ('2011-01-01');"
        "insert into shop.parts select * from shop.sales"
    )
    settings = shop.settings("table=shop.parts")
    assert land(settings).loaded == 3
    fetched.clear()
    shop.do("update shop.parts set quantity = 9 where id = 3")
    assert (land(settings).days, set(fetched)) == ((DAYS[2],), {"2010-12-03.jsonl"})
