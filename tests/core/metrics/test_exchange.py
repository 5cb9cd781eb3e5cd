"""The definition taken to other tools and brought back, as documents of Open Semantic Interchange."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.catalog import METRICS, metrics_of
from aieco_assets.core.metrics.importing import Imported, import_file
from aieco_assets.core.metrics.osi import exported
from aieco_assets.core.metrics.semantic_files import FOLDER, read_layer
from aieco_assets.core.metrics.statements import LAYER

SOLD_IN_GERMANY = "SUM(CASE WHEN sales_lines.line_type = 'sale' AND (sales_lines.country = 'Germany') THEN amount END)"
ASKED = {"unit": "currency", "examples": ["What did Germany bring?"], "synonyms": ["German takings (all)"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "semantic"))


@pytest.fixture
def bring(folder: Path, tmp_path: Path) -> Callable[[Any], Imported]:
    """Import a document, given as data or text, into the folder."""

    def imported(document: Any) -> Imported:
        file = tmp_path / "document"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        (tmp_path / "views").mkdir(exist_ok=True)
        return import_file(file, folder, tmp_path / "views")

    return imported


LONG = "x" * 60  # as long as a metric's name may be


def metric(name: str, sql: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "expression": {"dialects": [{"dialect": "ANSI_SQL", "expression": sql}]}, **more}


def blocks(folder: Path) -> dict[str, str]:
    """The text of each metric of the file, and what stands before the first, by name."""
    first, *rest = (folder / "sales.yml").read_text().split("\n  - name: ")
    return {"": first} | {text.split("\n")[0]: text for text in rest}


def of(*metrics: dict[str, Any], **model: Any) -> dict[str, Any]:
    datasets = [{"name": "sales_lines", "source": "aieco.metrics.sales_lines"}]
    return {"semantic_model": [{"name": "shop", "datasets": datasets, "metrics": [*metrics], **model}]}


def test_what_was_exported_comes_back_without_a_change(bring, folder: Path) -> None:
    found = bring(exported(LAYER))

    assert found == Imported((), (), tuple(block.name for block in LAYER.metrics))
    assert (folder / "sales.yml").read_text() == (FOLDER / "sales.yml").read_text()


def test_a_document_names_every_metric_every_dimension_and_the_release_of_the_specification() -> None:
    document = exported(LAYER)
    (model,) = document["semantic_model"]

    assert document["version"] == "0.1.1"
    assert {one["name"] for one in model["metrics"]} >= {*METRICS}
    fields = {one["name"]: one for one in model["datasets"][0]["fields"]}
    assert fields["invoice_date"]["dimension"] == {"is_time": True} and {"customer", "amount", "line_id"} <= {*fields}
    assert model["metrics"][0]["ai_context"]["examples"] == [METRICS["revenue"].example]


def test_a_metric_of_another_tool_is_translated_and_every_other_line_stays(bring, folder, tmp_path: Path) -> None:
    before = (folder / "sales.yml").read_text()
    found = bring(yaml.safe_dump(of(metric("german_sales", SOLD_IN_GERMANY, ai_context=ASKED))))

    assert found.added == ("german_sales",) and found.changed == ()
    after = (folder / "sales.yml").read_text()
    assert after.startswith(before.rstrip())
    made = metrics_of(read_layer(folder))["german_sales"]
    assert made.condition == "line_type = 'sale' AND country = 'Germany'"
    assert (made.value, made.unit, made.adds_up) == ("sum(amount)", "currency", True)
    assert made.nouns == ("german sales", r"german takings \(all\)")
    assert "german_sales" in (tmp_path / "views" / "_metrics.yml").read_text()


def test_a_ratio_is_made_of_metrics_that_are_there_and_of_measures_that_are_not(bring, folder: Path) -> None:
    sold = "COUNT(CASE WHEN line_type = 'sale' THEN 1 END)"
    orders = "COUNT(DISTINCT CASE WHEN line_type = 'sale' THEN invoice_no || ' ' || invoice_date END)"
    found = bring(of(metric("lines_per_order", f"{sold} * 1.0 / NULLIF({orders}, 0)", ai_context=ASKED)))

    assert found.added == ("lines_per_order_numerator", "lines_per_order")
    layer = read_layer(folder)
    params = layer.metric("lines_per_order").type_params
    assert params.denominator is not None and params.denominator.name == "orders"
    assert layer.measure("lines_per_order_of_lines").agg == "count"
    assert metrics_of(layer)["lines_per_order"].condition == "line_type = 'sale'"


def test_what_another_tool_changed_is_changed_and_keeps_what_questions_know_of_it(bring, folder: Path) -> None:
    document = exported(LAYER)
    (changed,) = [one for one in document["semantic_model"][0]["metrics"] if one["name"] == "net_revenue"]
    changed["expression"] = metric("", "SUM(CASE WHEN line_type <> 'test' THEN amount END)")["expression"]
    before = blocks(folder)

    assert bring(document).changed == ("net_revenue",)
    made = metrics_of(read_layer(folder))["net_revenue"]
    assert (made.condition, made.example) == ("line_type <> 'test'", METRICS["net_revenue"].example)
    after = blocks(folder)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == ["net_revenue"]


def test_metrics_that_belong_to_the_dataset_are_read_too(bring, folder: Path) -> None:
    document = of()
    document["semantic_model"][0]["datasets"][0]["metrics"] = [metric("german", SOLD_IN_GERMANY, ai_context=ASKED)]

    assert bring(document).added == ("german",)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (of(metric("x", "SUM((SELECT 1))", ai_context=ASKED)), "The metric x uses SUBQUERY"),
        (of(metric("x", "SUM(PG_SLEEP(9))", ai_context=ASKED)), "The metric x uses ANONYMOUS"),
        (of(metric("x", "SUM(amount) OVER ()", ai_context=ASKED)), "The metric x uses WINDOW"),
        (of(metric("x", "SUM(password)", ai_context=ASKED)), "uses the column password"),
        (of(metric("x", "SUM(amount); DROP TABLE y", ai_context=ASKED)), "The metric x uses BLOCK"),
        (of(metric("x", "SUM(", ai_context=ASKED)), "is no SQL"),
        (of(metric("x", "SUM(amount) + SUM(quantity)", ai_context=ASKED)), "neither one aggregate nor a ratio"),
        (of(metric("x", "SUM(CASE WHEN quantity > 1 THEN amount END)", ai_context=ASKED)), "limited by quantity"),
        (of(metric("x", SOLD_IN_GERMANY)), "The metric x is new here: give its ai_context a unit"),
        (of(metric("x y", SOLD_IN_GERMANY, ai_context=ASKED)), "The metric x y: name: String should match pattern"),
        (of({"name": "x", "expression": {"dialects": []}}), "semantic_model > shop > metrics > x > expression"),
        (of(metric("x", "1", owner="me")), "x > owner: Extra inputs are not permitted"),
        (of() | {"version": "2.0"}, "version: Input should be '0.1.1'"),
        (
            of(datasets=[{"name": "a", "source": "b.customers"}]),
            "is about customers: metrics are made of",
        ),
        ({"semantic_model": of()["semantic_model"] * 2}, "has 2 semantic models"),
        (
            of(
                metric(
                    "x",
                    SOLD_IN_GERMANY,
                    custom_extensions=[
                        {
                            "vendor_name": "DBT",
                            "data": json.dumps(
                                {
                                    "name": "x",
                                    "label": "X",
                                    "type": "simple",
                                    "type_params": {"measure": "amount"},
                                    "filter": "true -- and nothing else",
                                }
                            ),
                        }
                    ],
                )
            ),
            "The DBT extension of the metric x has a comment",
        ),
        (
            of(metric("x", SOLD_IN_GERMANY, description="{{ env_var('HOME') }}", ai_context=ASKED)),
            "The metric x: description holds {{, which begins what dbt would run",
        ),
        (
            of(metric("x", "COUNT(DISTINCT country || '{{ x }}')", ai_context=ASKED)),
            "The expression of the metric x holds {{, which begins what dbt would run",
        ),
        (
            of(metric("x", SOLD_IN_GERMANY.replace("Germany", "{{ x }}"), ai_context=ASKED)),
            "expression of the metric x holds {{",
        ),
        (of(metric(LONG, "COUNT(DISTINCT country || 'x')", ai_context=ASKED)), "_of_lines: name: String should match"),
        (of(metric("x", "MIN(customer_id)", ai_context=ASKED)), "may show or single out a customer"),
        (of(metric("x", "SUM(country)", ai_context=ASKED)), "where country is no number"),
        (
            of(metric("x", SOLD_IN_GERMANY, ai_context={**ASKED, "synonyms": [f"take {n}" for n in range(101)]})),
            "The metric x: config: meta > nouns: Tuple should have at most 100 items",
        ),
        ("[1, 2]", "is no mapping"),
        ("{", "is no YAML"),
        ("[" * 500_000, "is more than 100 levels deep"),
    ],
)
def test_a_document_that_is_not_allowed_changes_nothing_and_is_told_why(
    bring, folder: Path, tmp_path: Path, document: Any, sentence: str
) -> None:
    with pytest.raises(AiecoError) as refused:
        bring(document)

    assert sentence in str(refused.value) and "\n" not in str(refused.value)
    assert (folder / "sales.yml").read_text() == (FOLDER / "sales.yml").read_text()
    assert not [*(tmp_path / "views").iterdir()]


def test_a_file_that_is_not_there_is_said_to_be_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match="cannot be read: No such file"):
        import_file(tmp_path / "none.json", folder)
