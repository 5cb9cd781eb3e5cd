"""What scaffolds write: dbt models, contracts and metric blocks as texts, and what they refuse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from aieco_assets.core.declared.contract import hold_to_contract
from aieco_assets.core.declared.feature import declared_features, feature_files
from aieco_assets.core.declared.files import write_new
from aieco_assets.core.declared.mart import mart_files
from aieco_assets.core.declared.metric import MetricSaid, add_metric, metric_block, questions_missed
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.catalog import metrics_of
from aieco_assets.core.metrics.semantic_files import read_layer

MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
MARTS = MODELS / "marts"
SAID = MetricSaid(measure="amount", where=["country=Germany"], unit="currency", example="What were our German sales?")


def test_a_mart_by_day_is_made_day_by_day_and_tested_within_the_window() -> None:
    texts = mart_files("agg_store_days", ["invoice_date", "store"], MARTS)
    sql, contract = texts["agg_store_days.sql"], yaml.safe_load(texts["_agg_store_days.yml"])
    assert "meta={'window_column': 'invoice_date'}" in sql and "in_window('invoice_date')" in sql
    assert "coalesce(store, 'Unspecified') as store" in sql and sql.endswith("group by 1, 2\n")
    (test,) = contract["models"][0]["data_tests"]
    assert test["unique_combination"] == {
        "arguments": {"columns": ["invoice_date", "store"]},
        "config": {"where": "__window__"},
    }
    columns = {column["name"]: column["data_type"] for column in contract["models"][0]["columns"]}
    assert [*columns] == ["invoice_date", "store", "sale_lines", "orders", "customers", "items_sold", "sales_amount"]


def test_a_mart_without_the_day_is_made_of_all_lines_and_counts_an_invoice_number_of_two_days_twice() -> None:
    sql = mart_files("agg_stores", ["store"], MARTS)["agg_stores.sql"]
    assert "tags=['whole_history']" in sql and "in_window" not in sql
    assert "count(distinct invoice_no || ' ' || invoice_date)" in sql


def test_a_mart_by_customer_leaves_out_lines_of_nobody_and_does_not_count_customers() -> None:
    sql = mart_files("agg_customers", ["customer_id"], MARTS)["agg_customers.sql"]
    assert "and customer_id is not null" in sql and "as customers" not in sql


@pytest.mark.parametrize(
    ("name", "grain", "told"),
    [
        ("agg_x", [], "needs its grain"),
        ("agg_x", ["shop"], "can be by shop: --grain takes invoice_date"),
        ("agg_x", ["store", "store"], "twice"),
        ("Agg", ["store"], "'Agg' is no name"),
        ("../x", ["store"], "is no name"),
    ],
)
def test_a_mart_that_is_none_is_refused_in_a_sentence(name: str, grain: list[str], told: str) -> None:
    with pytest.raises(AiecoError, match=told):
        mart_files(name, grain, MARTS)


def test_a_file_that_is_there_is_never_written_over_and_nothing_is_written_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    (folder / "two").write_text("old")
    with pytest.raises(AiecoError, match="b/c/two is there already"):
        write_new(folder, {"one": "new", "two": "new"})
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"two": "old"}


def test_a_feature_is_an_aggregate_of_what_was_known_by_the_month_end() -> None:
    sql = feature_files("basket", "avg(quantity)", 90, "pieces")["basket.sql"]
    assert "(AVG(bought.quantity))::double precision as basket" in sql
    assert "customers.as_of between bought.known_from and bought.known_until" in sql
    assert "bought.invoice_date > customers.as_of - 90" in sql


def test_features_with_a_table_of_their_own_are_known_by_their_contracts(tmp_path: Path) -> None:
    write_new(tmp_path, feature_files("basket", "avg(quantity)", 90, "pieces"))
    (tmp_path / "_features.yml").write_text("version: 2\n")
    assert declared_features(tmp_path) == ["basket"]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The definition of the metrics, copied."""
    for name in ("semantic", "metrics"):
        shutil.copytree(MODELS / name, tmp_path / name)
    return tmp_path


def test_a_metric_is_written_behind_the_others_with_its_view(models: Path) -> None:
    before = (models / "semantic" / "sales.yml").read_text()
    add_metric("german_sales", SAID, models)
    after = (models / "semantic" / "sales.yml").read_text()
    assert after.startswith(before.rstrip())
    metric = metrics_of(read_layer(models / "semantic"))["german_sales"]
    assert metric.condition == "line_type = 'sale' and country = 'Germany'"
    assert "country = 'Germany'" in (models / "metrics" / "metrics_german_sales.sql").read_text()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (MetricSaid(measure="amount", unit="", example="x"), "needs --unit"),
        (MetricSaid(measure="amount", unit="currency", example=""), "needs --example"),
        (MetricSaid(unit="currency", example="x"), "give one of both"),
        (MetricSaid(measure="profit", unit="currency", example="x"), "no measure profit: --measure takes amount"),
        (MetricSaid(measure="amount", where=["country='x'"], unit="currency", example="x"), "without quotes"),
        (MetricSaid(measure="amount", where=["continent=Asia"], unit="currency", example="x"), "continent"),
        (
            MetricSaid(measure="amount", where=["customer = 1001"], unit="currency", example="x"),
            "would single out one customer: leave --where customer=1001 out",
        ),
        (
            MetricSaid(measure="amount", unit="{{ nope() }}", example="x"),
            r"^The metric .*: meta: unit holds \{\{, which",
        ),
        (MetricSaid(measure="amount", unit="x", example="{{ x }}"), r"meta: example holds \{\{"),
        (MetricSaid(measure="amount", unit="x", example="x", label="{{ 1/0 }}"), r"^The metric .*: label holds \{\{"),
        (MetricSaid(measure="amount", unit="x", example="x", description="%} {% do"), r"description holds \{%"),
        (MetricSaid(measure="amount", unit="x", example="x", nouns=["{# x"]), r"meta: nouns holds \{#"),
        (
            MetricSaid(measure="amount", unit="x", example="x", label="a\x07"),
            "label holds a character that is not printed",
        ),
    ],
)
def test_a_metric_that_is_none_is_refused_and_nothing_is_written(models: Path, said: MetricSaid, told: str) -> None:
    before = {path: path.read_text() for path in models.rglob("*.*")}
    with pytest.raises(AiecoError, match=told):
        add_metric("new_metric", said, models)
    assert {path: path.read_text() for path in models.rglob("*.*")} == before


def test_a_metric_that_is_there_is_not_written_again(models: Path) -> None:
    with pytest.raises(AiecoError, match="There is a metric revenue already"):
        add_metric("revenue", SAID, models)


def test_a_metric_whose_view_would_be_a_model_of_ours_is_refused_and_the_model_stays(models: Path) -> None:
    lines = models / "metrics" / "metrics_sales_lines.sql"
    before = lines.read_text()
    with pytest.raises(
        AiecoError, match=r"metrics/metrics_sales_lines.sql is there already, where the view of sales_l"
    ):
        add_metric("sales_lines", SAID, models)
    assert lines.read_text() == before


def test_a_view_of_a_metric_that_is_gone_is_no_reason_to_refuse_its_name(models: Path) -> None:
    add_metric("german_sales", SAID, models)
    shutil.copytree(MODELS / "semantic", models / "semantic", dirs_exist_ok=True)
    add_metric("german_sales", SAID, models)
    assert "german_sales" in (models / "semantic" / "sales.yml").read_text()


def test_a_metric_that_is_made_of_itself_is_named_and_not_what_else_it_is_made_of(models: Path) -> None:
    said = MetricSaid(numerator="revenue", denominator="x1", unit="currency", example="x")
    with pytest.raises(AiecoError, match=r"^The metric x1 is made of itself"):
        add_metric("x1", said, models)


def test_a_ratio_is_one_metric_by_another() -> None:
    block = metric_block("x", MetricSaid(numerator="revenue", denominator="orders", unit="currency", example="x"))
    assert (block["type"], block["type_params"]["numerator"]) == ("ratio", {"name": "revenue"})


def test_the_block_in_the_guide_is_the_one_that_the_scaffold_of_the_guide_writes() -> None:
    page = (MODELS.parents[1] / "docs" / "metrics.md").read_text()
    (shown,) = yaml.safe_load(page.split("```yaml\n", 1)[1].split("```", 1)[0])
    example = "What were our book adjustments in 2025?"
    label = "Adjustments of the books"
    said = MetricSaid(measure="amount", line_type="adjustment", label=label, unit="currency", example=example)
    assert metric_block("book_adjustments", said) == shown


def test_questions_that_are_read_as_another_metric_or_none_are_named() -> None:
    asked = ["What was our revenue in 2011?", "How many orders did we have?", "Who wrote the handbook?"]
    assert questions_missed("revenue", asked) == asked[1:]


def test_a_declared_mart_without_contract_grain_or_model_is_refused_with_its_file() -> None:
    node = {
        "unique_id": "model.aieco.agg_x",
        "fqn": ["aieco", "marts", "agg_x"],
        "config": {"contract": {"enforced": True}},
        "columns": {"store": {}},
    }
    test = {
        "attached_node": "model.aieco.agg_x",
        "test_metadata": {"name": "unique", "kwargs": {"column_name": "store"}},
    }
    nodes = {"model.aieco.agg_x": node, "test.x": test}
    hold_to_contract({"nodes": nodes}, "marts", "agg_x", ["store"], "defs.yaml")
    for wrong, grain, told in (
        ({}, ["store"], "there is no dbt_project/models/marts/agg_x.sql"),
        ({"model.aieco.agg_x": node | {"config": {}}, "test.x": test}, ["store"], "not enforced"),
        (nodes, ["shop"], "grain shop, which is no column"),
        ({"model.aieco.agg_x": node}, ["store"], "which nothing tests"),
    ):
        with pytest.raises(AiecoError, match=f"^defs.yaml .*{told}"):
            hold_to_contract({"nodes": wrong}, "marts", "agg_x", grain, "defs.yaml")


@pytest.mark.parametrize(
    ("said", "description"),
    [
        (SAID, "Amount of sale lines where country is Germany."),
        (
            MetricSaid(measure="returned_pieces", line_type="return", unit="pieces", example="x"),
            "Returned pieces of return lines.",
        ),
        (
            MetricSaid(numerator="net_revenue", denominator="orders", unit="currency", example="x"),
            "Net revenue by orders.",
        ),
        (MetricSaid(measure="amount", unit="currency", example="x", description="What we took."), "What we took."),
    ],
)
def test_a_metric_that_nobody_described_says_what_it_counts(said: MetricSaid, description: str) -> None:
    assert metric_block("our_sales", said)["description"] == description
