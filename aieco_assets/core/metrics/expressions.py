"""SQL expressions of other tools, read node by node: what a metric may be made of, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.expression_checks import check_customers, check_number
from aieco_assets.core.metrics.semantic import SemanticModel
from aieco_assets.core.metrics.semantic_files import parse_yaml
from aieco_assets.core.metrics.views import FOLDER

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class Aggregated:
    """One aggregate of lines. `condition`: of which of them (None: of all). `fill`: what it is of none."""

    agg: str
    value: exp.Expr
    condition: exp.Expr | None
    fill: int | None


def division() -> type[exp.Expr]:
    from sqlglot import exp

    return exp.Div


def parsed(sql: str, of: str) -> exp.Expr:
    """A tree without brackets and names of datasets, so that two ways to write the same are equal."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except (SqlglotError, RecursionError):
        raise AiecoError(f"The expression of the metric {of} is no SQL: mend it.") from None

    while tree.find(exp.Paren):
        tree = tree.transform(lambda node: node.this if isinstance(node, exp.Paren) else node)
    for node in tree.walk():
        node.comments = None
        if isinstance(node, exp.Column):
            node.set("table", None)
    return tree


@cache
def columns_of_lines() -> dict[str, str]:
    """What a metric can be made of, each with its type, as the dbt project describes the lines."""
    place = FOLDER / "_lines.yml"
    content = parse_yaml(place.read_text(encoding="utf-8"), place.name)
    return {column["name"]: column["data_type"] for model in content["models"] for column in model["columns"]}


def personal_columns(model: SemanticModel) -> frozenset[str]:
    """Those that tell people apart, as the dimensions say."""
    from sqlglot import exp

    dimensions = [one for one in model.dimensions if one.config.meta.personal]
    return frozenset(column.name for one in dimensions for column in parsed(one.sql, one.name).find_all(exp.Column))


def check(tree: exp.Expr, of: str, model: SemanticModel) -> None:
    """Raises AiecoError for what is more than arithmetic and comparisons over the columns of lines, what is no number,
    and what would show a customer."""
    from sqlglot import exp

    allowed = (
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.Star),
        *(exp.Sum, exp.Count, exp.Distinct, exp.Avg, exp.Min, exp.Max, exp.Coalesce, exp.Nullif, exp.Case, exp.If),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.DPipe, exp.Cast, exp.DataType, exp.DataTypeParam),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
    )
    columns = columns_of_lines()
    for node in tree.walk():
        if not isinstance(node, allowed):
            raise AiecoError(f"The metric {of} uses {node.key.upper()}, which no metric may: {tree.sql()[:80]}.")
        if isinstance(node, exp.Column) and node.name not in columns:
            raise AiecoError(f"The metric {of} uses the column {node.name}, which the lines do not have.")
    check_customers(tree, of, personal_columns(model))
    check_number(tree, of, columns)


def sides(tree: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """What is divided by what, without what only keeps a division from being of whole numbers, or by nought."""
    from sqlglot import exp

    above, below = tree.this, tree.expression
    if isinstance(above, exp.Mul) and above.expression == exp.Literal.number("1.0"):
        above = above.this
    if isinstance(above, exp.Cast):
        above = above.this
    if isinstance(below, exp.Nullif):
        below = below.this
    return above, below


def aggregated(tree: exp.Expr, of: str) -> Aggregated:
    """Raises AiecoError for what is not one aggregate of lines."""
    from sqlglot import exp

    fill = None
    if isinstance(tree, exp.Coalesce) and len(tree.expressions) == 1 and tree.expressions[0].is_int:
        fill, tree = int(tree.expressions[0].this), tree.this
    names = {exp.Sum: "sum", exp.Avg: "average", exp.Min: "min", exp.Max: "max", exp.Count: "count"}
    agg, value = names.get(type(tree), ""), tree.this
    if agg == "count" and isinstance(value, exp.Distinct) and len(value.expressions) == 1:
        agg, value = "count_distinct", value.expressions[0]
    if not agg or value is None or value.find(exp.AggFunc):
        raise AiecoError(
            f"The metric {of} is neither one aggregate nor a ratio of two: define it by hand, in models/semantic."
        )
    condition = None
    if isinstance(value, exp.Case) and not value.this and len(value.args["ifs"]) == 1 and not value.args.get("default"):
        (one,) = value.args["ifs"]
        condition, value = one.this, one.args["true"]
    if isinstance(value, exp.Star):
        value = exp.Literal.number("1")
    return Aggregated(agg, value, condition, fill)


def filtered(condition: exp.Expr, dimensions: dict[str, str], of: str) -> str:
    """A condition as MetricFlow writes it: `dimensions` has what it is called there by column."""
    from sqlglot import exp

    for column in condition.find_all(exp.Column):
        if column.name not in dimensions:
            raise AiecoError(f"The metric {of} is limited by {column.name}, which is no dimension: make it one first.")
    sql = condition.transform(
        lambda node: exp.to_identifier(f"aieco__{node.name}") if isinstance(node, exp.Column) else node
    ).sql("postgres")
    for column, name in dimensions.items():
        sql = sql.replace(f"aieco__{column}", name) if column.isidentifier() else sql
    return sql
