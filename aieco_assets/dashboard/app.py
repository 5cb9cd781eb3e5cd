"""The Dash application: a period, a country, a category and a store in, tiles and figures out; and the signals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.shop import Shop, marks
from aieco_assets.core.monitoring.signal_catalogue import GROUPS
from aieco_assets.dashboard import figures, queries
from aieco_assets.dashboard.queries import Choice, Extent

if TYPE_CHECKING:
    import dash
    import psycopg
    from dash.development.base_component import Component

    Reading = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]

ALL = "*"
# Shown at first: half a year, so that a year of data has a period before to compare with.
DAYS = 182
PANELS = {
    "sales": "Sales and returns",
    "countries": "Countries by revenue",
    "categories": "Categories by revenue",
    "items": "Items by revenue, net of linked cancellations",
    "retention": "Customers who came back: % of each month's new ones, by months after their first purchase",
}
FILTERS = {"country": "All countries", "category": "All categories", "store": "All stores"}


def create_app(reading: Reading, prefix: str = "/") -> dash.Dash:
    """The application over whatever `reading` opens; pages and scripts come from this process alone. `prefix`: the path
    where they begin, with a slash at both ends."""
    import dash
    from dash import Input, Output

    app = dash.Dash(
        __name__,
        title="aieco sales",
        update_title="",
        url_base_pathname=prefix,
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
    )
    app.layout = lambda: _page(reading)

    @app.callback(
        [Output("tiles", "children"), *(Output(name, "figure") for name in PANELS), Output("problem", "children")],
        [Input("period", "start_date"), Input("period", "end_date"), *(Input(name, "value") for name in FILTERS)],
    )
    def _update(first: str | None, last: str | None, *limits: str | None) -> tuple[Any, ...]:
        if not first or not last:
            raise dash.exceptions.PreventUpdate
        try:
            choice = _choice(first, last, limits)
            with reading() as connection:
                return *_answers(connection, choice), ""
        except AiecoError as error:
            return [dash.no_update] * (len(PANELS) + 1) + [str(error)]  # type: ignore[return-value]

    @app.callback([Output("signals", "figure"), Output("signal-problem", "children")], [Input("signal-group", "value")])
    def _signals(group: str | None) -> tuple[Any, str]:
        try:
            with reading() as connection:
                chosen = GROUPS.get(group or "", ())
                return figures.signals(queries.read_signals(connection, [metric.name for metric in chosen])), ""
        except AiecoError as error:
            return dash.no_update, str(error)

    return app


def _choice(first: str, last: str, limits: Sequence[str | None]) -> Choice:
    try:
        days = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    except ValueError:
        raise AiecoError("The period is not one: choose a first and a last day.") from None
    return Choice(min(days), max(days), *(None if one in (None, "", ALL) else one for one in limits))


def _page(reading: Reading) -> Component:
    from dash import html

    try:
        with reading() as connection:
            return _layout(queries.read_extent(connection), queries.read_shop(connection))
    except AiecoError as error:
        return html.Main([html.H1("Sales"), html.P(str(error), className="problem")])


def _layout(extent: Extent, shop: Shop) -> Component:
    from dash import dcc, html

    begin = max(extent.first, extent.last - timedelta(days=DAYS - 1))
    period = dcc.DatePickerRange(
        id="period", min_date_allowed=str(extent.first), max_date_allowed=str(extent.last), start_date=str(begin),
        end_date=str(extent.last), display_format="D MMM YYYY", first_day_of_week=1, number_of_months_shown=2,
    )  # fmt: skip
    word = shop.word("category")
    everything = FILTERS | ({} if word == "category" else {"category": f"Every {word}"})
    filters = [
        _filter(name, everything[name], values)
        for name, values in (("country", extent.countries), ("category", extent.categories), ("store", extent.stores))
    ]
    shown = {"countries": extent.countries, "categories": extent.categories, "retention": extent.has_customers}
    halves = sum(bool(shown.get(name, True)) for name in ("countries", "categories", "items"))
    titles = PANELS | ({} if word == "category" else {"categories": f"Revenue by {word}"})
    panels = [
        html.Section(
            [html.H2(title), dcc.Graph(id=name, config={"displayModeBar": False}, className="figure")],
            className=f"panel {name}{' wide' if name == 'items' and halves % 2 else ''}",
            hidden=not shown.get(name, True),
        )
        for name, title in titles.items()
    ]
    return html.Main(
        [
            html.Header(
                [
                    html.Div([html.H1("Sales"), html.P(f"Invoices up to {_long(extent.last)}", id="freshness")]),
                    html.Div([period, *filters], className="controls"),
                ]
            ),
            html.P("", id="problem", className="problem", role="alert"),
            html.Div([], id="tiles", className="tiles"),
            html.Div(panels, className="panels"),
            _signals_panel(),
            html.Footer(
                "Views of the schema analytics: customers by pseudonym. Cohorts are of the whole shop, as signals are."
            ),
        ]
    )


def _signals_panel() -> Component:
    from dash import dcc, html

    groups = dcc.Dropdown([*GROUPS], next(iter(GROUPS)), id="signal-group", clearable=False)
    return html.Section(
        [
            html.Div([html.H2(f"Signals of the last {queries.SIGNAL_DAYS} days"), groups], className="panel-head"),
            html.P("", id="signal-problem", className="problem", role="alert"),
            dcc.Graph(id="signals", config={"displayModeBar": False}),
        ],
        className="panel signals",
    )


def _filter(name: str, everything: str, values: Sequence[str]) -> Component:
    """A choice of one or all; out of sight where the shop has none, as what depends on it needs it on the page."""
    from dash import dcc, html

    options = [{"label": everything, "value": ALL}, *({"label": value, "value": value} for value in values)]
    return html.Div(dcc.Dropdown(options, ALL, id=name, clearable=False), className="filter", hidden=not values)


def _answers(connection: psycopg.Connection[Any], choice: Choice) -> tuple[Any, ...]:
    currency = queries.read_shop(connection).currency
    now, before = (
        queries.read_frame(connection, queries.TILES, one).iloc[0].to_dict() for one in (choice, choice.before)
    )
    daily, countries, categories, items, cohorts = (
        queries.read_frame(connection, query, choice)
        for query in (queries.DAILY, queries.COUNTRIES, queries.CATEGORIES, queries.ITEMS, queries.COHORTS)
    )
    return (
        [_tile(name, now, before, currency) for name in ("revenue", "orders", "customers", "returned")],
        figures.sales(daily, currency),
        figures.ranking(countries, "country", queries.TOP, currency),
        figures.ranking(categories, "category", queries.TOP, currency),
        figures.ranking(items, "item", queries.TOP, currency),
        figures.retention(cohorts),
    )


def _tile(name: str, now: dict[str, float], before: dict[str, float], currency: str) -> Component:
    """A figure, and its change from the period of the same length before (nothing when that had none)."""
    from dash import html

    first, last = marks(currency) if name in ("revenue", "returned") else ("", "")
    told, was, small = now[name], before[name], "nothing in the period before"
    if was:
        small = f"{(told - was) / was:+.1%} on the period before"
    is_unknown = name == "customers" and now["orders"] and not told
    return html.Div(
        [
            html.Span(name.capitalize(), className="name"),
            html.Strong("–" if is_unknown else f"{first}{told:,.0f}{last}"),
            html.Small("the orders name no customer" if is_unknown else small),
        ],
        className="tile",
    )


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
