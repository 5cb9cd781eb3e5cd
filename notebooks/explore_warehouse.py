import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo
    import plotly.express as px

    from aieco_assets.core.contracts import KnowledgeVersion
    from aieco_assets.core.metrics.answer import reply
    from aieco_assets.core.stack.interactive import opened_settings
    from aieco_assets.core.storage.dataframe import read_frame

    return KnowledgeVersion, mo, opened_settings, px, read_frame, reply


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
        where n.nspname in ('marts', 'features', 'predictions') and c.relkind in ('r', 'p') and not c.relispartition
        order by relation
    """
    relations = read_frame(settings, TABLES)
    mo.vstack([mo.md("## Tables"), mo.ui.table(relations, selection=None)])
    return


@app.cell
def _(mo, px, read_frame, settings):
    days = read_frame(settings, "select invoice_date, orders, sales_amount from marts.agg_daily_sales order by 1")
    smooth = days.assign(sales_amount=days["sales_amount"].rolling(7, min_periods=1).mean())
    print(f"{len(days)} days of sales, {days['orders'].sum():,} orders")
    mo.vstack(
        [
            mo.md("## Sales a day, mean of seven days"),
            mo.ui.plotly(px.line(smooth, x="invoice_date", y="sales_amount")),
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
def _(mo):
    asked = mo.ui.text("How many orders did we have?", label="A number, by the governed metrics", full_width=True)
    mo.vstack([mo.md("## Ask for a number"), asked])
    return (asked,)


@app.cell
def _(KnowledgeVersion, asked, mo, reply, settings):
    said = reply(settings, asked.value, lambda: KnowledgeVersion(0, None))
    answer = said.answer.answer if said else "No metric answers this: `aieco metrics` lists them."
    print(f"{asked.value} {answer}")
    mo.md(answer)
    return


if __name__ == "__main__":
    app.run()
