"""The dashboard's figures and what it says when there is nothing to show; tests/e2e opens it in a browser."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pandas as pd
import pytest
from psycopg.errors import ReadOnlySqlTransaction

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.dashboard import figures
from aieco_assets.dashboard.app import create_app
from aieco_assets.dashboard.queries import Choice, reading


def update(client, first: str, last: str, country: str | None, category: str = "*", store: str = "*") -> dict:
    names = (
        "tiles.children",
        "sales.figure",
        "countries.figure",
        "categories.figure",
        "items.figure",
        "retention.figure",
        "problem.children",
    )
    outputs = [dict(zip(("id", "property"), name.split("."), strict=True)) for name in names]
    given = (("period", "start_date", first), ("period", "end_date", last), ("country", "value", country))
    given += (("category", "value", category), ("store", "value", store))
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": f"..{'...'.join(names)}..",
            "outputs": outputs,
            "inputs": [{"id": one, "property": name, "value": value} for one, name, value in given],
            "changedPropIds": ["country.value"],
        },
    )
    assert answer.status_code == 200
    return answer.get_json()["response"]


def test_without_marts_the_page_says_what_makes_them(settings: Settings):
    client = create_app(partial(reading, settings.warehouse)).server.test_client()
    page = client.get("/_dash-layout")
    assert page.status_code == 200
    assert "`aieco run`" in page.get_data(as_text=True)
    assert "marts" in update(client, "2011-01-01", "2011-02-01", None)["problem"]["children"]


def test_a_period_that_is_none_is_refused_in_one_sentence(settings: Settings):
    client = create_app(partial(reading, settings.warehouse)).server.test_client()
    said = update(client, "yesterday'; drop schema analytics --", "2011-02-01", "Spain")
    assert said == {"problem": {"children": "The period is not one: choose a first and a last day."}}


def test_a_reader_can_change_nothing(settings: Settings):

    with connect(settings.warehouse) as connection:
        connection.execute("create table kept (n int)")
    with pytest.raises(ReadOnlySqlTransaction), reading(settings.warehouse) as connection:
        connection.execute("drop table kept")


def test_the_period_before_has_the_same_length_and_ends_the_day_before():
    before = Choice(date(2011, 3, 1), date(2011, 3, 31), "Spain").before
    assert before == Choice(date(2011, 1, 29), date(2011, 2, 28), "Spain")


def test_long_periods_are_shown_by_week_and_keep_their_sum():
    days = [date(2011, 1, 3) + timedelta(days=n) for n in range(140)]  # from a Monday, twenty weeks
    figure = figures.sales(pd.DataFrame({"day": days, "revenue": 10.0, "returned": 1.0}))
    sold, returned = figure.data
    assert [pd.Timestamp(day).day_name() for day in sold.x] == ["Monday"] * 20
    assert list(sold.y) == [70.0] * 20
    assert sum(returned.y) == -140
    short = figures.sales(pd.DataFrame({"day": days[:90], "revenue": 10.0, "returned": 1.0}))
    assert len(short.data[0].x) == 90


def test_item_names_are_text_and_never_markup():
    names = ['<a href="javascript:alert(1)">LAMP</a>', "A" * 60]
    bars = figures.ranking(pd.DataFrame({"item": names, "revenue": [2.0, 1.0]}), "item", 10)
    shown = [*bars.layout.yaxis.ticktext, *bars.data[0].customdata]
    assert not [text for text in shown if "<" in text]
    assert bars.layout.yaxis.ticktext[0] == "A" * 33 + "…"


def test_retention_has_a_row_for_each_cohort_and_leaves_its_first_month_out():
    cohorts = pd.DataFrame(
        {
            "cohort_month": [date(2011, 1, 1)] * 3 + [date(2011, 2, 1)] * 2,
            "months_since": [0, 1, 2, 0, 1],
            "retention": [1.0, 0.25, 0.1, 1.0, 0.5],
        }
    )
    (heat,) = figures.retention(cohorts).data
    assert list(heat.y) == ["Jan 2011", "Feb 2011"]
    assert list(heat.x) == ["1", "2"]
    assert heat.z[0].tolist() == [25.0, 10.0]
    assert heat.z[1][0] == 50.0
