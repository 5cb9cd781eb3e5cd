import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo
    import plotly.express as px

    from aieco_assets.core.metrics.catalog import METRICS
    from aieco_assets.core.stack.interactive import opened_settings
    from aieco_assets.core.storage.frames import read_frame

    return METRICS, mo, opened_settings, px, read_frame


@app.cell
def _(mo, opened_settings):
    settings = opened_settings()
    mo.md(
        f"""
        # The warehouse

        What the graph has made of the transactions, in the home `{settings.home}`. Every statement here is read-only
        and ends after a minute. `aieco run` fills the tables.
        """
    )
    return (settings,)


@app.cell
def _(mo, read_frame, settings):
    TABLES = """
        select n.nspname || '.' || c.relname as relation, obj_description(c.oid) as description,
            greatest(c.reltuples, 0)::bigint as about_rows
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('marts', 'features', 'predictions') and c.relkind in ('r', 'p')
        order by relation
    """
    relations = read_frame(settings, TABLES)
    mo.vstack([mo.md("## Tables"), mo.ui.table(relations, selection=None)])
    return


@app.cell
def _(mo, px, read_frame, settings):
    days = read_frame(settings, "select invoice_date, orders, customers, revenue from marts.agg_daily_sales order by 1")
    smooth = days.assign(revenue=days["revenue"].rolling(7, min_periods=1).mean())
    print(f"{len(days)} days of sales, {days['orders'].sum():,} orders")
    mo.vstack(
        [
            mo.md("## Revenue a day, mean of seven days"),
            mo.ui.plotly(px.line(smooth, x="invoice_date", y="revenue")),
        ]
    )
    return


@app.cell
def _(mo, px, read_frame, settings):
    cohorts = read_frame(
        settings,
        "select to_char(cohort_month, 'YYYY-MM') as cohort, months_since, retention from marts.agg_cohort_retention"
        " where months_since between 1 and %s order by cohort_month, months_since",
        [12],
    )
    grid = cohorts.pivot(index="cohort", columns="months_since", values="retention")
    print(f"{len(grid)} cohorts")
    mo.vstack(
        [
            mo.md("## Share of a month's new customers who buy again, by months since"),
            mo.ui.plotly(px.imshow(grid, aspect="auto", color_continuous_scale="Blues")),
        ]
    )
    return


@app.cell
def _(METRICS, mo):
    asked = mo.ui.dropdown({one.name: one.example for one in METRICS.values()}, label="A governed metric")
    mo.vstack([asked])
    return (asked,)


@app.cell
def _(METRICS, asked, mo, settings):
    from aieco_assets.core.contracts import KnowledgeVersion
    from aieco_assets.core.metrics.answer import reply

    question = asked.value or next(iter(METRICS.values())).example
    said = reply(settings, question, lambda: KnowledgeVersion(0, None))
    answer = said.answer.answer if said else "No metric answers this."
    print(f"{question} {answer}")
    mo.md(f"**{question}** {answer}")
    return


if __name__ == "__main__":
    app.run()
