"""What an import takes for a metric: a number that Postgres makes of lines, in which no customer is seen."""

from __future__ import annotations

import json

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.catalog import metrics_of
from aieco_assets.core.metrics.importing import merged
from aieco_assets.core.metrics.semantic import Layer
from aieco_assets.core.metrics.statements import LAYER
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.metrics.test_exchange import ASKED, metric, of

# Of the lines below: 3 pieces at 6.0 to a known customer in Germany, and 1 piece at 4.0 to nobody known in France.
MADE = {
    "SUM(amount)": 10.0,
    "COALESCE(SUM(CASE WHEN country = 'Spain' THEN amount END), 0)": 0.0,
    "COUNT(DISTINCT customer_id)": 1.0,
    "COUNT(DISTINCT CASE WHEN country = 'France' THEN customer_id END)": 0.0,
    "SUM(CASE WHEN customer_id IS NULL THEN amount END)": 4.0,
    "COUNT(DISTINCT (invoice_no, country))": 2.0,
    "COUNT(DISTINCT invoice_no || ' ' || invoice_date)": 2.0,
    "AVG(amount - COALESCE(cancelled_amount, 0))": 5.0,
    "MAX(amount / NULLIF(quantity, 0))": 4.0,
    "MIN(CAST(amount AS DOUBLE PRECISION) / 2)": 2.0,
    "SUM(CASE WHEN invoice_date >= DATE '2011-02-01' AND NOT country IN ('Spain') THEN -quantity END)": -1.0,
    "SUM(CASE WHEN invoice_date < '2011-02-01' OR country = 'Spain' THEN 1 ELSE NULL END)": 1.0,
    "SUM(CASE country WHEN 'Germany' THEN 2 ELSE 0.5 END)": 2.5,
    "SUM(amount) * 1.0 / NULLIF(COUNT(DISTINCT invoice_no), 0)": 5.0,
}
CUSTOMER = (
    "which may show or single out a customer: only COUNT(DISTINCT customer_id), and whether it IS NULL, may be made"
)


def brought(sql: str, layer: Layer = LAYER, **more: object) -> Layer:
    return merged(layer, json.dumps(of(metric("zonk", sql, ai_context=ASKED, **more))), "metrics.json")


def test_what_is_accepted_is_a_number_of_lines_in_postgres(settings: Settings) -> None:
    lines = (
        "(values (date '2011-01-04', '1', 'Germany', '1001', 3::numeric, 6::numeric, null::numeric),"
        " (date '2011-02-05', '2', 'France', null, 1, 4, null))"
        " as lines (invoice_date, invoice_no, country, customer_id, quantity, amount, cancelled_amount)"
    )
    found = {}
    with connect(settings.warehouse) as connection:
        for sql in MADE:
            made = metrics_of(brought(sql))["zonk"]
            statement = f"select ({made.value})::double precision from {lines} where {made.condition}"
            ((found[sql],),) = connection.execute(statement.encode()).fetchall()
    assert found == MADE


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (
            "SUM(country)",
            "has SUM(country), where country is no number: SUM, AVG, MIN, MAX and arithmetic take numbers",
        ),
        ("MIN(country)", "has MIN(country), where country is no number"),
        ("MAX(invoice_date)", "where invoice_date is no number"),
        ("MAX(TRUE)", "where TRUE is no number"),
        ("SUM('1')", "where '1' is no number"),
        ("SUM(NULL)", "where NULL is no number"),
        ("SUM(amount + country)", "has amount + country, where country is no number"),
        ("SUM(-country)", "has -country, where country is no number"),
        ("COUNT(NULL)", "has COUNT(NULL), which counts nothing: count a column"),
        ("COUNT()", "has COUNT(), which counts nothing"),
        ("COUNT(CASE WHEN country = 'Spain' THEN NULL END)", "which counts nothing"),
        ("MIN(CAST(country AS REGCLASS))", "has CAST(country AS REGCLASS): only a number can be cast, to SMALLINT"),
        ("SUM(CAST(country AS INT))", "has CAST(country AS INT): only a number can be cast"),
        ("CAST(amount AS JSON)", "has CAST(amount AS JSON): only a number can be cast"),
        ("COUNT(DISTINCT CAST(amount AS MONEY))", "has CAST(amount AS MONEY): only a number can be cast"),
        ("SUM(amount * 1e400)", "has the number 1e400, which is none or too large: take one below 1e+15"),
        ("SUM(amount * 1e)", "has the number 1e, which is none"),
        ("SUM(CASE WHEN country IN () THEN 1 END)", "has country IN (), where nothing is listed"),
        ("SUM(amount / quantity)", "divides by quantity, which may be 0: divide by NULLIF(quantity, 0)"),
        ("SUM(amount / 0.0)", "divides by 0.0"),
        ("SUM(amount / NULLIF(quantity, 1))", "which may be 0"),
        ("SUM(CASE WHEN country > 5 THEN amount END)", "has country > 5, whose values are not of one kind"),
        ("SUM(CASE WHEN country BETWEEN 1 AND 2 THEN amount END)", "whose values are not of one kind"),
        ("SUM(CASE WHEN invoice_date > 'soon' THEN amount END)", "has invoice_date > 'soon', whose values are not"),
        ("SUM(CASE WHEN country = 'Spain' THEN amount ELSE 'x' END)", "whose values are not of one kind"),
        ("SUM(CASE country WHEN 1 THEN amount END)", "whose values are not of one kind"),
        ("COALESCE(SUM(amount), 'x')", "whose values are not of one kind"),
        ("SUM(CASE WHEN quantity THEN amount ELSE 0 END)", "whose condition is none: compare a column with a value"),
        ("SUM(CASE WHEN NOT country THEN amount END)", "has NOT country, whose condition is none"),
        ("SUM(CASE WHEN country IS TRUE THEN amount END)", "has country IS TRUE, whose condition is none"),
        ("COUNT(DISTINCT invoice_date || 1)", "has invoice_date || 1, where neither is a text: put ' ' between"),
    ],
)
def test_what_is_no_number_is_refused_with_the_part_that_is_none(sql: str, sentence: str) -> None:
    with pytest.raises(AiecoError) as refused:
        brought(sql)
    assert str(refused.value).startswith("The metric zonk ") and sentence in str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        "MIN(customer_id)",
        "MAX(COALESCE(customer_id, '0'))",
        "MIN(CAST(customer_id AS INT))",
        "COUNT(customer_id)",
        "COUNT(DISTINCT customer_id || country)",
        "COUNT(DISTINCT (customer_id, country))",
        "SUM(CASE WHEN customer_id = '1001' THEN amount END)",
        "SUM(CASE WHEN customer_id IN ('1001') THEN amount ELSE 0 END)",
        "SUM(CASE WHEN customer_id BETWEEN '1001' AND '1001' THEN amount END)",
        "SUM(CASE customer_id WHEN '1001' THEN amount END)",
        "COUNT(DISTINCT CASE WHEN customer_id > '1001' THEN customer_id END)",
        "COUNT(DISTINCT CASE customer_id WHEN '1001' THEN 1 END)",
        "COUNT(DISTINCT CASE WHEN NULLIF(customer_id, '1001') IS NULL THEN 1 END)",
        "SUM(amount) * 1.0 / NULLIF(MIN(customer_id), 0)",
    ],
)
def test_what_may_show_or_single_out_a_customer_is_refused(sql: str) -> None:
    with pytest.raises(AiecoError) as refused:
        brought(sql)
    assert str(refused.value).startswith("The metric zonk has ") and CUSTOMER in str(refused.value)


def test_a_block_of_our_own_form_is_no_way_around_what_an_expression_may_say() -> None:
    block = {
        "name": "zonk",
        "label": "Zonk",
        "type": "simple",
        "type_params": {"measure": "amount"},
        "filter": "{{ Dimension('line__customer') }} = '1001'",
        "config": {"meta": {"unit": "currency", "example": "What did she bring?"}},
    }
    own = [{"vendor_name": "DBT", "data": json.dumps(block)}]
    with pytest.raises(AiecoError, match="may show or single out a customer"):
        brought("SUM(CASE WHEN customer_id = '1001' THEN amount END)", custom_extensions=own)


def test_what_is_in_the_definition_already_is_not_judged_anew() -> None:
    measures = [
        one.model_copy(update={"agg": "count"}) for one in LAYER.model.measures if one.name == "known_customers"
    ]
    others = [one for one in LAYER.model.measures if one.name != "known_customers"]
    model = LAYER.model.model_copy(update={"measures": (*others, *measures)})
    by_hand = LAYER.model_copy(update={"model": model})
    said = metric("customers", "COUNT(CASE WHEN line_type = 'sale' THEN customer_id END)")

    assert merged(by_hand, json.dumps(of(said)), "metrics.json") == by_hand


@pytest.mark.parametrize(
    ("sql", "sentence", "form"),
    [
        ("COUNT(*)", "the nearest form that can be written back is COUNT(1), so write that there", "COUNT(1)"),
        (
            "SUM(amount) / NULLIF(COUNT(DISTINCT invoice_no), 0)",
            "is (SUM(sales_lines.amount)) * 1.0 / NULLIF(COUNT(DISTINCT sales_lines.invoice_no), 0), so write that",
            "(SUM(sales_lines.amount)) * 1.0 / NULLIF(COUNT(DISTINCT sales_lines.invoice_no), 0)",
        ),
        (
            "SUM(amount) * 1.0 / COUNT(DISTINCT invoice_no)",
            "divides by COUNT(DISTINCT invoice_no), which may be 0: divide by NULLIF(COUNT(DISTINCT invoice_no), 0)",
            "SUM(amount) * 1.0 / NULLIF(COUNT(DISTINCT invoice_no), 0)",
        ),
    ],
)
def test_what_would_be_written_otherwise_is_refused_with_a_form_that_is_taken(
    sql: str, sentence: str, form: str
) -> None:
    with pytest.raises(AiecoError) as refused:
        brought(sql)
    assert "The metric zonk " in str(refused.value) and sentence in str(refused.value)
    assert brought(form).metric("zonk")
