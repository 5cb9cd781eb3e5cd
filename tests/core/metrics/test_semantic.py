"""The definition of the metrics as files: what is read of them, and what is refused with the place to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.catalog import METRICS, metrics_of
from aieco_assets.core.metrics.compiling import compiled
from aieco_assets.core.metrics.semantic import Layer
from aieco_assets.core.metrics.semantic_files import parse_layer, read_layer
from aieco_assets.core.metrics.statements import LAYER, groupings
from aieco_assets.core.metrics.views import view_files, write_views

MODEL = """
semantic_models:
  - name: lines
    model: ref('metrics_sales_lines')
    defaults: {agg_time_dimension: invoice_date}
    entities: [{name: line, type: primary, expr: line_id}]
    dimensions:
      - {name: invoice_date, type: time, type_params: {time_granularity: day}, config: {meta: {grouping: true}}}
      - {name: country, type: categorical, config: {meta: {grouping: true}}}
      - {name: kind, type: categorical, expr: line_type}
    measures:
      - {name: amount, agg: sum}
      - {name: lines, agg: count, expr: 1}
      - {name: buyers, agg: count_distinct, expr: customer_id}
"""
SALES = """
  - name: sales
    label: Sales
    type: simple
    type_params: {measure: {name: amount, fill_nulls_with: 0}}
    filter: "{{ Dimension('line__kind') }} = 'sale'"
    config: {meta: {unit: currency, example: How much did we sell?}}
"""
BACK = """
  - name: back
    label: Back
    type: simple
    type_params: {measure: amount}
    filter: ["{{ Dimension('line__kind') }} = 'return' or amount < 0", "{{ Dimension('line__country') }} like 'G%'"]
"""

# deep1 is made of sales, deep2 of deep1 and so on; the deepest comes first.
DEEP = "".join(
    f"""
  - name: deep{at}
    label: Deep
    type: derived
    type_params: {{expr: {of}, metrics: [{of}]}}
    config: {{meta: {{unit: currency, example: How deep?}}}}
"""
    for at, of in [(at, f"deep{at - 1}" if at > 1 else "sales") for at in range(9, 0, -1)]
)


def layer(*metrics: str) -> Layer:
    return parse_layer({"shop.yml": f"{MODEL}\nmetrics:{''.join(metrics)}"})


def test_a_ratio_is_of_all_lines_that_one_of_its_parts_is_of() -> None:
    rate = """
  - name: rate
    label: The rate
    type: ratio
    type_params: {numerator: back, denominator: sales}
    config: {meta: {unit: share, example: What is our rate?}}
"""
    lines, value = compiled(layer(SALES, BACK, rate), "rate")

    back = "(line_type = 'return' or amount < 0) and country like 'G%'"
    assert lines == f"({back}) or (line_type = 'sale')"
    assert value == (
        f"(sum(amount) filter (where {back}))::numeric"
        " / nullif(coalesce(sum(amount) filter (where line_type = 'sale'), 0), 0)"
    )


def test_a_derived_metric_is_arithmetic_over_others_by_their_names() -> None:
    left = """
  - name: left
    label: What is left
    type: derived
    type_params: {expr: sales - taken, metrics: [sales, {name: back, alias: taken}]}
    config: {meta: {unit: currency, example: What is left of our sales?}}
"""
    found = metrics_of(layer(SALES, BACK, left))["left"]

    assert found.value.startswith("(coalesce(sum(amount) filter (where line_type = 'sale'), 0)) - (sum(amount) filter")
    assert not found.adds_up


def test_dimensions_are_what_people_may_group_by_and_time_by_each_grain() -> None:
    assert [*groupings(layer(SALES).model)] == ["day", "week", "month", "quarter", "year", "country"]


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        (SALES.replace("amount, fill", "weight, fill"), "no measure weight"),
        (SALES.replace("line__kind", "line__colour"), "no dimension colour"),
        (SALES.replace("line__kind", "shop__kind"), "names shop: only line is known"),
        (SALES.replace("Dimension('line__kind')", "Metric('sales')"), "filter of the metric sales is not understood"),
        (SALES.replace("= 'sale'", "= 'sale'; drop table x"), "filter of the metric sales is not understood"),
        (SALES.replace("type: simple", "type: cumulative"), "sales > type: Input should be 'simple', 'ratio' or"),
        (SALES.replace("type: simple", "type: ratio"), "is ratio, so its type_params need numerator and denominator"),
        (SALES.replace("unit: currency, ", ""), "metrics > sales > config"),
        (SALES.replace("unit: currency", "units: currency"), "metrics > sales > config"),
        (SALES + SALES, "defines the metric sales twice"),
        (SALES + BACK, "Nobody can ask for the metric back"),
        (SALES.replace("meta: {", "meta: {net: sales_net, "), "no metric sales_net"),
        (
            SALES.replace("meta: {", "meta: {net: back, ") + BACK,
            "The metrics sales and back (its net) must be of the same lines",
        ),
        (
            SALES
            + SALES.replace("name: sales", "name: loop")
            .replace("simple", "derived")
            .replace("measure: {name: amount, fill_nulls_with: 0}", "expr: loop, metrics: [loop]"),
            "loop is made of itself",
        ),
        (SALES + DEEP, "The metric deep9 is made of metrics more than 8 deep"),
        (SALES.replace("label: Sales", "label: '{{ 1/0 }}'"), "metrics > sales: label holds {{, which begins what dbt"),
        (SALES.replace("How much did we sell?", "'{% x %}'"), "metrics > sales > config: meta: example holds {%"),
        ("\n  - [", "shop.yml is no YAML (line"),
    ],
)
def test_a_definition_that_is_wrong_is_refused_with_what_to_mend(metrics: str, sentence: str) -> None:
    with pytest.raises(AiecoError) as refused:
        metrics_of(layer(metrics))
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_a_folder_without_a_definition_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(AiecoError, match="definitions of the metrics are missing"):
        read_layer(tmp_path)


def test_views_are_written_once_and_those_of_metrics_that_are_gone_go(tmp_path: Path) -> None:
    (tmp_path / "by_hand.sql").write_text("select 1")
    written = write_views(LAYER, METRICS, tmp_path)
    again = write_views(LAYER, METRICS, tmp_path)
    fewer = {name: metric for name, metric in METRICS.items() if name != "return_rate"}

    assert len(written) == len(METRICS) + 1 and again == []
    assert write_views(LAYER, fewer, tmp_path) == ["_metrics.yml", "metrics_return_rate.sql"]
    assert {path.name for path in tmp_path.iterdir()} == {*view_files(LAYER, fewer), "by_hand.sql"}


def test_no_view_tells_customers_apart() -> None:
    assert not [text for text in view_files(LAYER, METRICS).values() if '"customer"' in text]
