"""Frames to Plotly figures. Text that came with the data is escaped: Plotly renders some HTML in labels."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, cast

from aieco_assets.core.metrics.shop import marks

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

BLUE, AMBER, GREY = "#3b82c4", "#d98a29", "#8a94a3"
SCALE = [[0.0, "#e8f1fa"], [1.0, "#2b6cb0"]]  # opaque: Plotly picks the colour of the numbers by it
# Beyond so many days a bar is a week, Monday to Sunday.
MOST_DAYS = 100
LONGEST_LABEL = 34
MONTHS_SHOWN = 12
SIGNAL_COLUMNS, SIGNAL_HEIGHT = 2, 130


def sales(daily: pd.DataFrame, currency: str = "") -> go.Figure:
    """Revenue and what was returned, by day, or by week for long periods. In the shop's currency."""
    import pandas as pd
    import plotly.graph_objects as go

    frame = daily.set_index(pd.to_datetime(daily["day"]))[["revenue", "returned"]]
    weekly = len(daily) > 0 and (daily["day"].iloc[-1] - daily["day"].iloc[0]).days > MOST_DAYS
    step = frame.resample("W-SUN", label="left").sum() if weekly else frame
    start = step.index + pd.Timedelta(days=1) if weekly else step.index
    before, after = marks(currency)
    told = f"{before}%{{y:,.0f}}{after}"
    figure = go.Figure(
        [
            go.Bar(x=start, y=step["revenue"], name="Sales", marker_color=BLUE, hovertemplate=told),
            go.Bar(x=start, y=-step["returned"], name="Returns", marker_color=AMBER, hovertemplate=told),
        ]
    )
    figure.update_layout(barmode="relative", hovermode="x unified", legend={"orientation": "h", "y": 1.12, "x": 0})
    return _plain(figure, f"{before or currency} a {'week' if weekly else 'day'}".lstrip())


def ranking(frame: pd.DataFrame, label: str, top: int, currency: str = "") -> go.Figure:
    """The largest revenues, largest on top. In the shop's currency."""
    import plotly.graph_objects as go

    best = frame.head(top)[::-1]
    before, after = marks(currency)
    names = [_short(str(name)) for name in best[label]]
    figure = go.Figure(
        go.Bar(
            x=best["revenue"], y=list(range(len(best))), orientation="h", marker_color=BLUE,
            text=[f"{before}{value:,.0f}{after}" for value in best["revenue"]], textposition="auto", cliponaxis=False,
            customdata=[escape(str(name)) for name in best[label]],
            hovertemplate=f"%{{customdata}}: {before}%{{x:,.2f}}{after}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(tickvals=list(range(len(best))), ticktext=names, automargin=True, showgrid=False)
    figure.update_xaxes(visible=False)
    return _plain(figure, "")


def retention(cohorts: pd.DataFrame) -> go.Figure:
    """Share of each month's new customers who bought again in the months after, in percent."""
    import pandas as pd
    import plotly.graph_objects as go

    later = cohorts[cohorts["months_since"].between(1, MONTHS_SHOWN)]
    table = later.pivot(index="cohort_month", columns="months_since", values="retention").sort_index()
    months = [f"{pd.Timestamp(month):%b %Y}" for month in table.index]
    values = table.to_numpy(dtype=float) * 100
    figure = go.Figure(
        go.Heatmap(
            z=values, x=[str(column) for column in table.columns], y=months, colorscale=SCALE, xgap=2, ygap=2,
            texttemplate="%{z:.0f}", hoverongaps=False, showscale=False, zmin=0,
            hovertemplate="%{y}, %{x} months later: %{z:.1f} %<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category", automargin=True)
    figure.update_xaxes(showgrid=False, type="category", side="top")
    return _plain(figure, "")


def signals(frame: pd.DataFrame) -> go.Figure:
    """A small line for each metric and entity, on a scale of its own, with the last value beside its name."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    pairs = sorted({*zip(frame["metric"], frame["entity"], strict=True)})
    series = [(name, of, frame.loc[(frame["metric"] == name) & (frame["entity"] == of), :]) for name, of in pairs]
    titles = [f"{escape(str(name))} · {escape(str(of))}: {rows['value'].iloc[-1]:.3g}" for name, of, rows in series]
    rows_shown = max(1, -(-len(series) // SIGNAL_COLUMNS))
    figure = make_subplots(
        rows=rows_shown, cols=SIGNAL_COLUMNS, subplot_titles=titles, shared_xaxes=cast("bool", "all"),
        vertical_spacing=0.35 / rows_shown, horizontal_spacing=0.06,
    )  # fmt: skip
    for place, (_, _, rows) in enumerate(series):
        line = go.Scatter(
            x=rows["day"], y=rows["value"], mode="lines+markers", marker_size=4, line_color=BLUE, showlegend=False,
            hovertemplate="%{x|%d %b %Y}: %{y:.4g}<extra></extra>",
        )  # fmt: skip
        figure.add_trace(line, row=place // SIGNAL_COLUMNS + 1, col=place % SIGNAL_COLUMNS + 1)
    if not series:
        figure.add_annotation(text="No day is measured yet: monitoring/signals does it each midnight.", showarrow=False)
    _plain(figure, "")
    figure.update_annotations(font_size=12)
    figure.update_yaxes(nticks=3, automargin=True)
    return figure.update_layout(height=60 + SIGNAL_HEIGHT * rows_shown, margin_t=40)


def _plain(figure: go.Figure, y_title: str) -> go.Figure:
    """One look for all, readable on light and dark pages."""
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13, "color": GREY},
        margin={"l": 56, "r": 16, "t": 28, "b": 40},
        hoverlabel={"font": {"size": 13}},
    )
    away = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
    figure.update_yaxes(gridcolor="rgba(138,148,163,0.2)", zeroline=False, **away)
    figure.update_xaxes(zeroline=False, **away)
    if y_title:
        figure.update_yaxes(title=y_title, tickformat="~s")
    return figure


def _short(text: str) -> str:
    return escape(text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…")
