"""What a metric of another tool may say: a number over lines that Postgres can make, and no customer.

Postgres would tell only in the run, in words that name no metric, and a customer's id would be told as an amount.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.sql_kinds import kind_of, typed, untyped

if TYPE_CHECKING:
    from sqlglot import exp

_LARGEST = 10**15  # a double, as answers are made of, tells whole numbers apart up to here


def check_customers(tree: exp.Expr, of: str, personal: Collection[str]) -> None:
    """Raises AiecoError where a column that tells customers apart is more than counted, or known at all."""
    from sqlglot import exp

    for column in tree.find_all(exp.Column):
        if column.name in personal and not _is_known(column) and not _is_counted(column):
            raise AiecoError(
                f"The metric {of} has {_shown(column.parent or column)}, which may show or single out a customer: "
                f"only COUNT(DISTINCT {column.name}), and whether it IS NULL, may be made of {column.name}."
            )


def _is_known(column: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(column.parent, exp.Is) and isinstance(column.parent.expression, exp.Null)


def _is_counted(column: exp.Expr) -> bool:
    """By itself, or as what a case results in."""
    from sqlglot import exp

    node = column
    while isinstance(node.parent, exp.Case | exp.If) and node.arg_key in ("true", "default", "ifs"):
        node = node.parent
    counted = node.parent
    return isinstance(counted, exp.Distinct) and len(counted.expressions) == 1 and isinstance(counted.parent, exp.Count)


def check_number(tree: exp.Expr, of: str, columns: Mapping[str, str]) -> None:
    """Raises AiecoError where the expression, or what it is made of, is not of the kind that is needed there."""
    from sqlglot import exp

    whole = typed(tree, columns)
    for node in reversed([*whole.walk()]):  # a sum of what is wrong is wrong, too: the innermost is what to mend
        is_column = isinstance(node, exp.Cast) and isinstance(node.this, exp.Column)
        if not is_column and (fault := _fault(node, columns)):
            raise AiecoError(f"The metric {of} {fault}.")
    if kind_of(whole) != "number":
        raise AiecoError(f"The metric {of} is {_shown(tree)}, which is no number: make it one, as SUM(amount) is.")


def _fault(node: exp.Expr, columns: Mapping[str, str]) -> str:
    """What is wrong with one node of a typed tree, and the mend, as the rest of a sentence; empty where nothing is."""
    from sqlglot import exp

    parts = [*node.iter_expressions()]
    if isinstance(node, exp.Literal):
        fits = node.is_string or _value(node) < _LARGEST
        return "" if fits else f"has the number {node.this}, which is none or too large: take one below {_LARGEST:.0e}"
    if isinstance(node, exp.Sum | exp.Avg | exp.Min | exp.Max | exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Neg):
        for part in parts:
            if kind_of(part) != "number":
                takes = ", ".join(name for name, kind in columns.items() if kind.startswith("numeric"))
                return (
                    f"has {_shown(node)}, where {_shown(part)} is no number: "
                    f"SUM, AVG, MIN, MAX and arithmetic take numbers, such as {takes}"
                )
    if isinstance(node, exp.Div) and not _is_never_nought(node.expression):
        below = _shown(node.expression)
        return f"divides by {below}, which may be 0: divide by NULLIF({below}, 0)"
    if isinstance(node, exp.Cast) and not _is_cast_well(node):
        return (
            f"has {_shown(node)}: only a number can be cast, to SMALLINT, INT, BIGINT, NUMERIC, REAL or DOUBLE "
            "PRECISION, and a day that is written out to DATE"
        )
    # Rows have no kind here, and can be counted.
    if isinstance(node, exp.Count) and not any(kind_of(one) or one.find(exp.Star, exp.Tuple) for one in parts):
        return f"has {_shown(node)}, which counts nothing: count a column, as COUNT(DISTINCT country) does"
    if isinstance(node, exp.DPipe) and "text" not in map(kind_of, parts):
        return f"has {_shown(node)}, where neither is a text: put ' ' between them"
    if isinstance(node, exp.In) and not node.expressions:
        return f"has {_shown(node)}, where nothing is listed: list a value"
    if not _are_conditions(node):
        return f"has {_shown(node)}, whose condition is none: compare a column with a value in it"
    if not _are_alike(_compared(node)):
        return f"has {_shown(node)}, whose values are not of one kind: text goes with text, and a number with numbers"
    return ""


def _is_never_nought(node: exp.Expr) -> bool:
    from sqlglot import exp

    if isinstance(node, exp.Nullif):
        return node.expression == exp.Literal.number(0)
    return isinstance(node, exp.Literal) and not node.is_string and _value(node) != 0


def _value(number: exp.Expr) -> float:
    try:
        return float(number.name)
    except ValueError:  # `1e` is read as a number
        return float("inf")


def _is_cast_well(node: exp.Cast) -> bool:
    from sqlglot import exp

    kind = exp.DType
    numbers = (kind.SMALLINT, kind.INT, kind.BIGINT, kind.DECIMAL, kind.FLOAT, kind.DOUBLE)
    if node.to.this == kind.DATE:
        return _is_day(node.this)
    return node.to.this in numbers and kind_of(node.this) == "number"


def _are_conditions(node: exp.Expr) -> bool:
    from sqlglot import exp

    needed: list[exp.Expr] = []
    if isinstance(node, exp.And | exp.Or | exp.Not):
        needed = [*node.iter_expressions()]
    elif isinstance(node, exp.Case) and not node.this:
        needed = [one.this for one in node.args["ifs"]]
    elif isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
        needed = [node.this]
    return all(kind_of(one) == "truth" for one in needed)


def _compared(node: exp.Expr) -> list[list[exp.Expr]]:
    """What of a node must be of one kind, together."""
    from sqlglot import exp

    if isinstance(node, exp.Case):
        # Nothing goes with any kind.
        given = [*(one.args["true"] for one in node.args["ifs"]), node.args.get("default")]
        results = [one for one in given if one and not isinstance(one, exp.Null)]
        return [results, [node.this, *(one.this for one in node.args["ifs"])]] if node.this else [results]
    same = (*(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between), exp.Coalesce, exp.Nullif)
    return [[*node.iter_expressions()]] if isinstance(node, same) else []


def _are_alike(groups: list[list[exp.Expr]]) -> bool:
    for group in groups:
        kinds = {kind_of(one) for one in group}
        if "day" in kinds:  # Postgres reads a day that is written out as one
            kinds = {"day" if _is_day(one) else kind_of(one) for one in group}
        if len(kinds) > 1 or "" in kinds:
            return False
    return True


def _is_day(node: exp.Expr) -> bool:
    try:
        return node.is_string and bool(date.fromisoformat(node.name))
    except ValueError:
        return False


def _shown(node: exp.Expr) -> str:
    return untyped(node).sql(dialect="postgres")[:80]
