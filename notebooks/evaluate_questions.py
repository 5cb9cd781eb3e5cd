import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")


@app.cell
def _():
    from pathlib import Path

    import marimo as mo
    import plotly.express as px

    from aieco_assets.core.evaluation.evaluate import evaluate_folder
    from aieco_assets.core.evaluation.records import log_summary, metrics_of
    from aieco_assets.core.stack.interactive import opened_settings

    return Path, evaluate_folder, log_summary, metrics_of, mo, opened_settings, px


@app.cell
def _(mo, opened_settings):
    settings = opened_settings()
    sample = settings.home / "sample"
    given = mo.cli_args()
    questions = mo.ui.text(
        str(given.get("questions") or sample / "questions.jsonl"), label="Questions, JSON lines", full_width=True
    )
    documents = mo.ui.text(
        str(given.get("documents") or sample / "documents"), label="Folder of documents", full_width=True
    )
    ask = mo.ui.run_button(label="Ask them")
    mo.vstack(
        [
            mo.md(
                """
                # How right are the answers to your questions?

                Each line is a question with what its answer must contain (`must_contain`), the pages that hold it
                (`citations`), or `unanswerable`. They are asked of a knowledge base of their own, in a temporary home;
                the numbers are kept as an MLflow run.
                """
            ),
            questions,
            documents,
            ask,
        ]
    )
    return ask, documents, questions, settings


@app.cell
def _(Path, ask, documents, evaluate_folder, log_summary, metrics_of, mo, questions, settings):
    mo.stop(mo.app_meta().mode != "script" and not ask.value, mo.md("*Nothing is asked yet.*"))
    with mo.status.spinner("Reading, embedding, asking"):
        report = evaluate_folder(settings, Path(questions.value), Path(documents.value))
    tags = {"kind": "notebook", "questions": questions.value}
    run = log_summary(settings, "notebook", metrics_of(report), report, tags)
    return report, run


@app.cell
def _(mo, report, run):
    answerable, unanswerable = report["answerable"], report["unanswerable"]
    print(f"{answerable['correct']} of {answerable['n']} correct, MLflow run {run}")
    mo.md(
        f"""
        ## {answerable["correct"]} of {answerable["n"]} correct

        - cited the right page: {answerable["cited"]} of {answerable["n"]}
        - abstained where nothing answers: {unanswerable["abstained"]} of {unanswerable["n"]}
        - numbers that no quote holds: {report["unsupported_numbers"]}
        - half of the answers took less than {report["latency_ms"]["p50"]:.0f} ms
        - MLflow run `{run}`
        """
    )
    return


@app.cell
def _(mo, px, report):
    recall = report["recall_at"]
    mo.vstack(
        [
            mo.md("## Was the page among the first found?"),
            mo.ui.plotly(px.bar(x=[f"first {k}" for k in recall], y=list(recall.values()), range_y=[0, 1])),
            mo.md("## Question by question, wrong ones first"),
            mo.ui.table(
                [
                    {name: row[name] for name in ("question", "answer", "correct", "cited", "mode", "latency_ms")}
                    for row in sorted(report["rows"], key=lambda row: row["correct"])
                ],
                selection=None,
            ),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
