"""The Dash application: a period and a country in, tiles and figures out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.dashboard import figures, queries
from aieco_assets.dashboard.queries import Choice, Extent

if TYPE_CHECKING:
    import dash
    import psycopg
    from dash.development.base_component import Component

    Reading = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]

ALL = "All countries"
# Shown at first: half a year, so that a year of data has a period before to compare with.
DAYS = 182
PANELS = {
    "sales": "Sales and returns",
    "countries": "Countries by revenue",
    "items": "Items by revenue",
    "retention": "Customers who came back: % of each month's new ones, by months after their first purchase",
}


def create_app(reading: Reading) -> dash.Dash:
    """The application over whatever `reading` opens; pages and scripts come from this process alone."""
    import dash
    from dash import Input, Output

    app = dash.Dash(
        __name__,
        title="aieco sales",
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
    )
    app.layout = lambda: _page(reading)

    @app.callback(
        [Output("tiles", "children"), *(Output(name, "figure") for name in PANELS), Output("problem", "children")],
        [Input("period", "start_date"), Input("period", "end_date"), Input("country", "value")],
    )
    def _update(first: str | None, last: str | None, country: str | None) -> tuple[Any, ...]:
        if not first or not last:
            raise dash.exceptions.PreventUpdate
        try:
            choice = _choice(first, last, country)
            with reading() as connection:
                return *_answers(connection, choice), ""
        except AiecoError as error:
            return [dash.no_update] * (len(PANELS) + 1) + [str(error)]  # type: ignore[return-value]

    return app


def _choice(first: str, last: str, country: str | None) -> Choice:
    try:
        days = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    except ValueError:
        raise AiecoError("The period is not one: choose a first and a last day.") from None
    return Choice(min(days), max(days), None if country in (None, "", ALL) else country)


def _page(reading: Reading) -> Component:
    from dash import html

    try:
        with reading() as connection:
            return _layout(queries.read_extent(connection))
    except AiecoError as error:
        return html.Main([html.H1("Sales"), html.P(str(error), className="problem")])


def _layout(extent: Extent) -> Component:
    from dash import dcc, html

    begin = max(extent.first, extent.last - timedelta(days=DAYS - 1))
    period = dcc.DatePickerRange(
        id="period", min_date_allowed=str(extent.first), max_date_allowed=str(extent.last), start_date=str(begin),
        end_date=str(extent.last), display_format="D MMM YYYY", first_day_of_week=1, number_of_months_shown=2,
    )  # fmt: skip
    country = dcc.Dropdown([ALL, *extent.countries], ALL, id="country", clearable=False)
    panels = [
        html.Section(
            [html.H2(title), dcc.Graph(id=name, config={"displayModeBar": False}, className="figure")],
            className=f"panel {name}",
        )
        for name, title in PANELS.items()
    ]
    return html.Main(
        [
            html.Header(
                [
                    html.Div([html.H1("Sales"), html.P(f"Invoices up to {_long(extent.last)}", id="freshness")]),
                    html.Div([period, country], className="controls"),
                ]
            ),
            html.P("", id="problem", className="problem", role="alert"),
            html.Div([], id="tiles", className="tiles"),
            html.Div(panels, className="panels"),
            html.Footer("Views of the schema analytics: customers by pseudonym. Cohorts are of all countries."),
        ]
    )


def _answers(connection: psycopg.Connection[Any], choice: Choice) -> tuple[Any, ...]:
    now, before = (
        queries.read_frame(connection, queries.TILES, one).iloc[0].to_dict() for one in (choice, choice.before)
    )
    daily, countries, items, cohorts = (
        queries.read_frame(connection, query, choice)
        for query in (queries.DAILY, queries.COUNTRIES, queries.ITEMS, queries.COHORTS)
    )
    return (
        [_tile(name, now[name], before[name]) for name in ("revenue", "orders", "customers", "returned")],
        figures.sales(daily),
        figures.ranking(countries, "country", queries.TOP),
        figures.ranking(items, "item", queries.TOP),
        figures.retention(cohorts),
    )


def _tile(name: str, now: float, before: float) -> Component:
    """A figure, and its change from the period of the same length before (nothing when that had none)."""
    from dash import html

    money = name in ("revenue", "returned")
    change = f"{(now - before) / before:+.1%} on the period before" if before else "nothing in the period before"
    return html.Div(
        [
            html.Span(name.capitalize(), className="name"),
            html.Strong(f"£{now:,.0f}" if money else f"{now:,.0f}"),
            html.Small(change),
        ],
        className="tile",
    )


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
