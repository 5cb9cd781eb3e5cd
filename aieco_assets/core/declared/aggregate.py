"""The expression of a feature, read node by node: aggregates over the columns of a purchase, and nothing else."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from aieco_assets.core.dbt_text import checked_text
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.sql_kinds import kind_of, typed

if TYPE_CHECKING:
    from sqlglot import exp

# Of `features.purchases`, what an aggregate may be made of, and what its values are.
COLUMNS = {
    "invoice_date": "date",
    "invoice_no": "text",
    "stock_code": "text",
    "quantity": "numeric",
    "amount": "numeric",
}
MOST = 2000  # characters
DEEPEST = 40  # levels of brackets and the like
_PARTS = ("day", "dow", "isodow", "doy", "week", "month", "quarter", "year", "epoch")
_TAKES = f"--expression takes one aggregate such as avg(quantity), over {', '.join(COLUMNS)}"


def checked_aggregate(name: str, expression: str) -> str:
    """The aggregate in Postgres' words, each column as `bought.…`; AiecoError where it is none, or does anything but
    read purchases."""
    from sqlglot import exp

    checked_text(expression, f"The --expression of the feature {name}")
    tree = _parsed(name, expression)
    for node in tree.walk():
        if isinstance(node, exp.Star):
            raise AiecoError(f"The feature {name} can't count *, which also counts who bought nothing: {_TAKES}.")
        if not isinstance(node, _allowed()) or not _plain(node):
            raise AiecoError(f"The feature {name} can't be made of {_shown(node)}: {_TAKES}.")
        if isinstance(node, exp.Column) and (node.name not in COLUMNS or node.table):
            raise AiecoError(f"The feature {name} can't read {_shown(node)}: {_TAKES}.")
    _check_aggregates(name, tree)
    _check_kinds(name, tree)
    for column in tree.find_all(exp.Column):
        column.set("table", exp.to_identifier("bought"))
    for division in tree.find_all(exp.Div, exp.Mod):  # one customer with nothing to divide by would end the whole run
        if not isinstance(division.expression, exp.Nullif):
            division.set("expression", exp.Nullif(this=division.expression, expression=exp.Literal.number(0)))
    # Once more as it will stand there: two strings beside each other are one then.
    return checked_text(tree.sql(dialect="postgres", comments=False), f"The --expression of the feature {name}")


def _parsed(name: str, expression: str) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError

    if len(expression) > MOST:
        raise AiecoError(
            f"The feature {name} has an expression of more than {MOST} characters: make a dbt model of it."
        )
    try:
        trees = sqlglot.parse(expression, dialect="postgres")
    except (SqlglotError, RecursionError):
        trees = []
    # How deep Python itself may go is a matter of the process: some libraries raise that limit.
    if len(trees) != 1 or trees[0] is None or _depth(trees[0]) > DEEPEST:
        raise AiecoError(f"The feature {name} can't be made of {expression[:80] or 'nothing'!r}: {_TAKES}.")
    return trees[0]


def _depth(tree: exp.Expr) -> int:
    depths = {id(None): 0}
    for node in tree.walk():
        depths[id(node)] = depths[id(node.parent)] + 1
    return max(depths.values())


@cache
def _allowed() -> tuple[type[exp.Expr], ...]:
    """What is left out could read other tables, the session or the clock, or do something."""
    from sqlglot import exp

    return (
        *(exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Var),
        *(exp.Sum, exp.Count, exp.Distinct, exp.Avg, exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr),
        *(exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.Median),
        *(exp.PercentileCont, exp.PercentileDisc, exp.WithinGroup, exp.Order, exp.Ordered, exp.Filter, exp.Where),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Trunc),
        *(exp.Sqrt, exp.Ln, exp.Exp, exp.Pow, exp.Greatest, exp.Least, exp.Coalesce, exp.Nullif, exp.Case, exp.If),
        *(exp.Cast, exp.DataType, exp.DataTypeParam, exp.Extract, exp.TimestampTrunc),
        *(exp.Lower, exp.Upper, exp.Left, exp.Right, exp.Length, exp.Like, exp.ILike),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between),
    )


def _plain(node: exp.Expr) -> bool:
    """Whether a node of an allowed kind also is what it looks like: some hold a type or a word of one's own."""
    from sqlglot import exp

    if isinstance(node, exp.DataType):
        known = (*exp.DataType.NUMERIC_TYPES, *exp.DataType.TEXT_TYPES, exp.DType.DATE, exp.DType.BOOLEAN)
        return node.this in known and node.this not in (exp.DType.MONEY, exp.DType.NAME)
    if isinstance(node, exp.Extract | exp.TimestampTrunc):
        part = node.this if isinstance(node, exp.Extract) else node.args["unit"]
        return part.name.lower() in _PARTS
    if isinstance(node, exp.Var):
        return isinstance(node.parent, exp.Extract | exp.TimestampTrunc)
    # In Postgres the greatest of several values is no aggregate.
    return not (isinstance(node, exp.Min | exp.Max) and node.expressions)


def _check_aggregates(name: str, tree: exp.Expr) -> None:
    """Each column in one aggregate, each aggregate of a column, and none in another."""
    from sqlglot import exp

    # percentile_cont(0.5) within group (order by amount) and sum(amount) filter (where …) are one aggregate each.
    around = (exp.AggFunc, exp.WithinGroup, exp.Filter)
    found = [one for one in tree.find_all(*around) if not isinstance(one.parent, exp.WithinGroup | exp.Filter)]
    for one in found:
        if one.find_ancestor(*around):
            raise AiecoError(f"The feature {name} has {_shown(one)} within another aggregate: {_TAKES}.")
        if one.find(exp.Column) is None:
            raise AiecoError(f"The feature {name} has {_shown(one)}, which is of no column: {_TAKES}.")
    shares = (exp.PercentileCont, exp.PercentileDisc)
    for one in tree.find_all(exp.WithinGroup, *shares):
        inner = one.this if isinstance(one, exp.WithinGroup) else one
        if not isinstance(inner, shares) or not isinstance(inner.this, exp.Literal):
            raise AiecoError(f"The feature {name} can't be made of {_shown(one)}: {_TAKES}.")
        if not isinstance(inner.parent, exp.WithinGroup):
            raise AiecoError(f"The feature {name} has {_shown(one)} without its WITHIN GROUP (ORDER BY …): add it.")
    for column in tree.find_all(exp.Column):
        if column.find_ancestor(*around) is None:
            raise AiecoError(f"The feature {name} has {column.name} outside an aggregate: {_TAKES}.")
    if not found:
        raise AiecoError(f"The feature {name} can't be made of {_shown(tree)}: {_TAKES}.")


def _check_kinds(name: str, tree: exp.Expr) -> None:
    """The aggregate is a number, and what is summed is one: else the run, and not the scaffold, would say so."""
    from sqlglot import exp

    whole = typed(tree, COLUMNS)
    for node in (whole, *(one.this for one in whole.find_all(exp.Sum, exp.Avg))):
        kind = kind_of(node)
        # Of two days that are taken from each other, which is a number, sqlglot says that it is a day.
        if kind in ("text", "truth") or (kind == "day" and node.find(exp.Sub) is None):
            raise AiecoError(f"The feature {name} can't be made of {_shown(tree)}, where a number is needed: {_TAKES}.")


def _shown(node: Any) -> str:
    return node.sql(dialect="postgres", comments=False)[:80]
