"""The dashboard's figures and what it says when there is nothing to show; tests/e2e opens it in a browser."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial

import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder
from psycopg.errors import ReadOnlySqlTransaction
from starlette.testclient import TestClient

from aieco_assets.core.metrics.shop import Shop
from aieco_assets.core.monitoring.graph_metrics import metrics_file
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.dashboard import figures
from aieco_assets.dashboard.__main__ import served
from aieco_assets.dashboard.app import PANELS, _layout, _tile, create_app
from aieco_assets.dashboard.queries import Choice, Extent, reading


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


def shown(extent: Extent, shop: Shop) -> tuple[set[str], list[str], dict]:
    """Panels and filters that are in sight, and the page as the browser gets it."""
    page = json.loads(json.dumps(_layout(extent, shop), cls=PlotlyJSONEncoder))
    found, titles = set(), []

    def walk(node: object) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict) and not (properties := node.get("props", {})).get("hidden"):
            found.add(properties.get("id"))
            titles.extend([properties["children"]] if node["type"] == "H2" else [])
            walk(properties.get("children", []))

    walk(page)
    return found, titles, page


def test_a_shop_without_countries_and_customers_is_shown_what_it_has():
    first, last = date(2011, 1, 1), date(2011, 12, 9)
    found, titles, page = shown(
        Extent(first, last, (), ("GROCERY", "MEAT"), ("31", "367"), has_customers=False),
        Shop("SEK", {"category": "DEPARTMENT"}),
    )
    assert {"category", "store", "sales", "categories", "items"} <= found
    assert found.isdisjoint({"country", "countries", "retention"})
    *of_the_shop, signals = titles
    assert of_the_shop == [
        "Sales and returns",
        "Revenue by department",
        "Items by revenue, net of linked cancellations",
    ]
    assert signals == "Signals of the last 30 days"
    assert "Every department" in json.dumps(page)
    # What is out of sight is still there: the page's one callback needs all of it.
    assert all(f'"id": "{name}"' in json.dumps(page) for name in (*PANELS, "country"))


def test_a_shop_of_countries_alone_is_shown_no_categories():
    found, *_ = shown(Extent(date(2011, 1, 1), date(2011, 12, 9), ("France", "Spain")), Shop())
    assert {"country", "countries", "items", "retention"} <= found
    assert found.isdisjoint({"category", "store", "categories"})


def test_money_is_in_the_shop_s_currency_and_unknown_customers_are_no_nought():
    frame = pd.DataFrame({"item": ["LAMP"], "revenue": [1234.0]})
    assert list(figures.ranking(frame, "item", 10, "EUR").data[0].text) == ["€1,234"]
    assert list(figures.ranking(frame, "item", 10, "SEK").data[0].text) == ["1,234 SEK"]
    assert list(figures.ranking(frame, "item", 10).data[0].text) == ["1,234"]
    numbers = {"orders": 3, "customers": 0, "revenue": 5.0, "returned": 0.0}
    told = [part.children for part in _tile("customers", numbers, numbers, "EUR").children]
    assert told == ["Customers", "–", "the orders name no customer"]


def test_what_the_daemon_wrote_of_the_graph_is_served_to_names_of_this_host_alone(settings: Settings):
    async def pages(scope, receive, send):
        raise AssertionError("not asked for")

    app = served(settings, pages)
    asked = TestClient(app, base_url="http://127.0.0.1:8050")
    assert (asked.get("/metrics").status_code, "wait a minute" in asked.get("/metrics").text) == (503, True)
    metrics_file(settings).parent.mkdir(parents=True)
    metrics_file(settings).write_text("aieco_graph_seen_timestamp_seconds 1.0\n")
    answer = asked.get("/metrics")
    assert (answer.status_code, answer.text) == (200, "aieco_graph_seen_timestamp_seconds 1.0\n")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert TestClient(app, base_url="http://evil.example:8050").get("/metrics").status_code == 400


def test_in_a_container_prometheus_asks_by_its_address(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aieco_assets.dashboard.__main__.gethostbyname", lambda _: "10.1.2.3")
    app = served(settings.model_copy(update={"host": "0.0.0.0"}), lambda *_: None)
    for host, status in {"10.1.2.3": 503, "localhost": 503, "10.1.2.4": 400, "evil.example": 400}.items():
        assert TestClient(app, base_url=f"http://{host}:8050").get("/metrics").status_code == status


def test_below_a_path_of_the_login_prometheus_finds_the_metrics_where_they_were(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("_AIECO_DASHBOARD_PREFIX", "/dashboard/")
    asked = TestClient(served(settings, lambda *_: None), base_url="http://127.0.0.1:8050")
    assert [asked.get(path).status_code for path in ("/metrics", "/dashboard/metrics")] == [503, 503]


def signals_of(client, group: str) -> dict:
    outputs = [{"id": "signals", "property": "figure"}, {"id": "signal-problem", "property": "children"}]
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "..signals.figure...signal-problem.children..",
            "outputs": outputs,
            "inputs": [{"id": "signal-group", "property": "value", "value": group}],
            "changedPropIds": ["signal-group.value"],
        },
    )
    assert answer.status_code == 200
    return answer.get_json()["response"]


def test_the_signals_of_a_group_have_a_line_each_read_with_an_analyst_s_rights(settings: Settings):
    from aieco_assets.core.monitoring.signal import Signal
    from aieco_assets.core.monitoring.signals import write_signals
    from aieco_assets.core.storage.access import READER, as_role

    client = create_app(partial(reading, as_role(settings, READER).warehouse)).server.test_client()
    assert "No day is measured yet" in json.dumps(signals_of(client, "The service"))

    with connect(settings.warehouse) as connection:
        for number in range(40):
            found = [Signal("requests", "answer", number, 9), Signal("quarantine_rate", "documents", 0.5, 9)]
            write_signals(connection, date(2026, 3, 1) + timedelta(days=number), found)
    figure = signals_of(client, "The service")["signals"]["figure"]
    assert [title["text"] for title in figure["layout"]["annotations"]] == ["requests · answer: 39"]
    (line,) = figure["data"]
    assert (len(line["x"]), line["x"][-1]) == (30, "2026-04-09")
    assert "<" not in json.dumps(signals_of(client, "no such group")["signals"])
