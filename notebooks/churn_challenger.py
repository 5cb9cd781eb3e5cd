import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo
    import plotly.express as px

    from aieco_assets.core.contracts import CHURN
    from aieco_assets.core.customers.churn.booster import PARAMETERS, ROUNDS
    from aieco_assets.core.customers.churn.training import challenge_churn
    from aieco_assets.core.customers.churn.training_set import WINDOW_DAYS, read_training_set, stacked
    from aieco_assets.core.registry.models import load_champion_json
    from aieco_assets.core.registry.versions import versions
    from aieco_assets.core.stack.interactive import opened_settings

    return (
        CHURN,
        PARAMETERS,
        ROUNDS,
        WINDOW_DAYS,
        challenge_churn,
        load_champion_json,
        mo,
        opened_settings,
        px,
        read_training_set,
        stacked,
        versions,
    )


@app.cell
def _(WINDOW_DAYS, mo, opened_settings, read_training_set, stacked):
    settings = opened_settings()
    found = read_training_set(settings)
    rows, churned = stacked(found.train)
    mo.md(
        f"""
        # A challenger of the churn model

        From features to a registered version, by the functions that `models/churn` runs. Churned: no purchase in the
        {WINDOW_DAYS} days after a month end.

        - learned from: {len(rows):,} customers of {len(found.train)} month ends; {churned.mean():.0%} stayed away
        - judged on: {len(found.test.table):,} customers as of {found.test.as_of}
        """
    )
    return found, settings


@app.cell
def _(found, mo, px):
    seen = found.test.table.assign(churned=found.test.churned)
    mo.vstack(
        [
            mo.md("## One feature: days since the last purchase"),
            mo.ui.plotly(px.histogram(seen, x="days_since_last", color="churned", nbins=40, barmode="overlay")),
        ]
    )
    return


@app.cell
def _(PARAMETERS, ROUNDS, mo):
    # A range has its shipped value inside; where the sliders begin is what a program runs with.
    rounds = mo.ui.slider(50, 600, 50, value=2 * ROUNDS, label="rounds")
    leaves = mo.ui.slider(4, 32, 2, value=PARAMETERS["num_leaves"], label="leaves of a tree")
    rate = mo.ui.slider(0.01, 0.1, 0.01, value=PARAMETERS["learning_rate"] / 2, label="learning rate")
    train = mo.ui.run_button(label="Train and register as challenger")
    mo.vstack([mo.md("## A recipe of one's own"), rounds, leaves, rate, train])
    return leaves, rate, rounds, train


@app.cell
def _(challenge_churn, leaves, mo, rate, rounds, settings, train):
    mo.stop(mo.app_meta().mode != "script" and not train.value, mo.md("*Nothing is trained yet.*"))
    trained = challenge_churn(settings, {"num_leaves": leaves.value, "learning_rate": rate.value}, rounds.value)
    return (trained,)


@app.cell
def _(CHURN, load_champion_json, mo, settings, trained, versions):
    version = next(one for one in versions(settings, CHURN) if one.version == trained.version)
    present, content = load_champion_json(settings, CHURN)
    table = [
        {"metric": name, f"version {version.version}": value, f"champion ({present.version})": content["metrics"][name]}
        for name, value in trained.content["metrics"].items()
    ]
    print(f"churn version {version.version}: {version.tags['gate']}, {version.tags['gate_reason']}")
    mo.vstack(
        [
            mo.md(
                f"""
                ## What the gate says

                Version {version.version} is the challenger, and the gate: **{version.tags["gate"]}**,
                {version.tags["gate_reason"]}. Its MLflow run is `{version.run_id}`.

                `aieco promote churn {version.version}` puts it into production.
                """
            ),
            mo.ui.table(table, selection=None),
        ]
    )
    return


@app.cell
def _(mo, px, trained):
    tenths = [{"said": said, "churned": seen, "customers": size} for size, said, seen in trained.content["calibration"]]
    importance = trained.content["importance"]
    calibration = px.scatter(tenths, x="said", y="churned", size="customers", title="Calibration by tenth")
    calibration.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"dash": "dot"})
    weights = px.bar(x=list(importance.values()), y=list(importance), title="Mean absolute SHAP value, log-odds")
    mo.vstack([mo.ui.plotly(calibration), mo.ui.plotly(weights)])
    return


if __name__ == "__main__":
    app.run()
