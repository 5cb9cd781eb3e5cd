"""One command from an empty home to a cited answer, on real parts."""

import json
import subprocess

import pytest

from tests.e2e.conftest import Home

# What a new file passes through before it can be cited or counted.
REACHED = ("--select", 'key:"lake/*" or key:"raw/*" or key:"knowledge/*"')

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_every_asset_is_materialised_and_every_check_passed(filled: Home) -> None:
    assets = filled.json("status")["assets"]
    assert {asset["status"] for asset in assets} == {"materialized"}
    assert [asset["key"] for asset in assets if asset["checks"]["failed"]] == []
    assert sum(asset["checks"]["passed"] for asset in assets) >= 20
    keys = {asset["key"] for asset in assets}
    assert keys >= {
        *("lake/documents", "lake/transactions", "raw/transactions", "marts/fct_sales_lines", "features/customer_rfm"),
        *("models/embedder", "models/llm", "models/clv", "knowledge/chunks", "knowledge/embeddings", "knowledge/index"),
        *("models/churn", "models/segments", "predictions/customers", "predictions/churn", "predictions/segments"),
        *("predictions/next_items", "predictions/daily_sales"),
        *("evaluation/rag", "serving/bento", "monitoring/drift"),
        "monitoring/inference_log",
    }


def test_a_plan_of_a_finished_home_has_nothing_to_do(filled: Home) -> None:
    report = filled.json("plan")
    assert (report["runs"], report["assets"], report["seconds"], report["reasons"]) == ([], 0, 0.0, {})


def test_all_that_is_said_of_a_customer_stands_in_one_row(filled: Home) -> None:
    (latest,) = filled.rows(
        "select count(*), count(churn_risk), count(churn_reasons), count(segment), count(next_items)"
        " from predictions.customer_profiles where as_of = (select max(as_of) from predictions.customers)"
    )
    assert latest[0] > 1000
    assert set(latest) == {latest[0]}


def test_the_history_says_which_model_is_in_production_and_why(filled: Home) -> None:
    report = filled.json("history", "clv")
    champion = report["in_production"]
    assert (champion["to_version"], champion["actor"]) == (1, "training gate")
    assert champion["metrics"]["holdout_rmse"] < champion["metrics"]["naive_rmse"]


def test_nothing_is_left_running(filled: Home) -> None:
    assert filled.processes() == []


def test_a_second_run_says_that_nothing_changed(filled: Home) -> None:
    result = filled.aieco("run")
    assert result.returncode == 0
    assert "Nothing changed" in result.stdout


def test_an_answer_cites_a_quote(filled: Home) -> None:
    question = json.loads((filled.path / "sample" / "questions.jsonl").read_text().splitlines()[0])
    answer = filled.json("ask", question["question"])
    assert not answer["abstained"]
    assert answer["verified"]
    assert answer["citations"][0]["quote"]
    assert answer["citations"][0]["document"] == question["citations"][0][0]


def test_a_question_that_the_documents_do_not_answer_is_not_answered(filled: Home) -> None:
    answer = filled.json("ask", "What is the boiling point of tungsten on the moon?")
    assert answer["abstained"]
    assert answer["citations"] == []


def test_a_number_is_read_from_the_warehouse_and_says_where_it_comes_from(filled: Home) -> None:
    answer = filled.json("ask", "How many sales have we made in the past year in the UK?")
    assert answer["verified"]
    assert answer["citations"] == []
    assert answer["knowledge_base"]["version"] >= 1
    metric = answer["metric"]
    assert (metric["name"], metric["filters"]["countries"]) == ("orders", ["United Kingdom"])
    assert f"{metric['value']:,}" in answer["answer"]
    assert metric["as_of"] and metric["loaded_at"]


def test_the_environment_lets_psql_in_and_down_stops_it(filled: Home) -> None:
    try:
        lines = filled.aieco("env").stdout
        count = subprocess.run(
            [
                "bash",
                "-c",
                f'{lines}\npsql -At "$AIECO_POSTGRES_URL" -c "select count(*) > 0 from marts.fct_sales_lines"',
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        assert count.stdout.strip() == "t"
    finally:
        assert filled.aieco("down").returncode == 0
    assert filled.processes() == []


@pytest.mark.long
def test_one_run_brings_a_new_document_and_a_corrected_day_and_the_next_takes_them_back(filled: Home) -> None:
    question = "Which animal is the mascot of the Lindqvist pottery studio?"
    document = filled.path / "sample" / "documents" / "pottery.md"
    day_file = sorted((filled.path / "sample" / "transactions").glob("*.csv"))[-1]
    whole = day_file.read_text()
    lines = whole.splitlines()
    document.write_text(
        "# Pottery studio\n\nThe mascot of the Lindqvist pottery studio is a grey heron called Ossian.\n"
    )
    day_file.write_text("\n".join(lines[:-1]) + "\n")
    try:
        assert filled.aieco("run", *REACHED).returncode == 0
        answer = filled.json("ask", question)
        assert [citation["document"] for citation in answer["citations"]] == ["pottery.md"]
        assert "heron" in answer["answer"]
        assert rows_of_day(filled, day_file.stem) == len(lines) - 2
    finally:
        document.unlink()
        day_file.write_text(whole)
    assert filled.aieco("run", *REACHED).returncode == 0
    assert "pottery.md" not in json.dumps(filled.json("ask", question))
    assert rows_of_day(filled, day_file.stem) == len(lines) - 1


def rows_of_day(home: Home, day: str) -> int:
    return home.rows("select count(*) from raw.transactions where invoice_date = %s", day)[0][0]


def test_the_bento_is_built(filled: Home) -> None:
    built = list((filled.path / "bentoml" / "bentos").rglob("bento.yaml"))
    assert built
    packed = {path.relative_to(built[0].parent / "src").parts[0] for path in (built[0].parent / "src").iterdir()}
    assert {"bento", "aieco_assets"} <= packed


def test_the_drift_report_is_kept_as_html(filled: Home) -> None:
    reports = list((filled.path / "reports").rglob("*.html"))
    assert reports
    assert "<html" in reports[0].read_text()[:2000].lower()
